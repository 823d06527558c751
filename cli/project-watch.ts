/** Tells when a file of the project was saved: editors write in several steps, so a burst counts once. */
import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';

const QUIET = 60;

/** Calls back `QUIET` milliseconds after the last of a burst of changes to `reactor.conf`, `reactor.d/`, `srv/` or `brine.yaml`. */
export function watchProject(dir: string, changed: () => void): { close(): void } {
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const touch = () => {
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET);
  };
  // Editors replace files, so the directory is watched and not the file.
  const add = (path: string, recursive: boolean, wanted: (name: string) => boolean) => {
    try {
      const watcher = watch(path, { recursive }, (_event, name) => {
        if (name === null || wanted(name)) touch();
      });
      watcher.on('error', () => watcher.close());
      watchers.push(watcher);
    } catch {
      // a project need not have every folder
    }
  };
  add(dir, false, (name) => name === 'reactor.conf' || name === 'brine.yaml');
  add(join(dir, 'reactor.d'), false, (name) => name.endsWith('.conf'));
  add(join(dir, 'srv'), true, () => true);
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
