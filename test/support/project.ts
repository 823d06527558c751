/** A project out of texts, for the pure calls. */
import { makeProject } from '../../core/bundle.ts';
import { parseReactorConfig } from '../../core/reactor/config.ts';
import type { Project } from '../../core/reactor/reactions.ts';
import { defaultSettings } from '../../core/settings.ts';

/** `reactor.conf` and SLS files by their paths. */
export function projectOf({ 'reactor.conf': text = '', ...files }: Readonly<Record<string, string>>): Project {
  const { entries, nodegroups } = parseReactorConfig([{ path: 'reactor.conf', text }]);
  return makeProject({
    settings: { ...defaultSettings, nodegroups },
    entries,
    files: new Map(Object.entries(files).map(([path, content]) => [path, { text: content }])),
  });
}
