/** A project directory → plain data: configuration, settings and every file that the reactor reaches, with all problems at once. Design section 8. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeProject } from '../core/bundle.ts';
import { BrineError, type Problem } from '../core/errors.ts';
import { isGlob } from '../core/glob.ts';
import { parseReactorConfig } from '../core/reactor/config.ts';
import { findFiles, tidyPath } from '../core/reactor/files.ts';
import { reachedFiles } from '../core/reactor/reach.ts';
import type { Project, ReactorEntry } from '../core/reactor/reactions.ts';
import { type Configs, readConfigs } from './config-files.ts';
import type { KnownMinion } from './known-minions.ts';
import { LazyFiles } from './lazy-files.ts';
import { readSettings } from './settings.ts';
import { readShelf } from './shelf.ts';
import { readUtf8 } from './utf8.ts';

export interface Loaded {
  readonly project: Project;
  /** Everything that is wrong; a project with problems is shown and not deployed. */
  readonly problems: readonly Problem[];
  /** What works otherwise than it looks. */
  readonly traps: readonly Problem[];
  /** A Salt master's own configuration, with nothing of Brine in it. */
  readonly isMaster: boolean;
  /** Hosts to rehearse with, of brine.yaml. */
  readonly minions: readonly KnownMinion[];
  /** Every file of the project, reached or not. */
  readonly files: LazyFiles;
  /** Where the reactor is configured, relative to the directory: files that were read. */
  readonly configs: readonly string[];
}

/** Files that a bundle takes. */
const REACHED = 5000;

export function loadProject(dir: string): Loaded {
  const problems: Problem[] = [];
  if (!existsSync(dir) || !statSync(dir).isDirectory())
    throw new BrineError({ code: 'project.missing', text: 'there is no such directory', where: { file: dir } });
  const configs = readConfigs(dir);
  problems.push(...configs.problems);
  if (configs.files.length === 0 && configs.problems.length === 0)
    problems.push({
      code: 'project.missing',
      text: 'there is no reactor.conf',
      where: { file: join(dir, 'reactor.conf') },
      hint: "a project is a directory with one: name it with --project DIR, or begin one with reactor: [{'tag': [/srv/reactor/file.sls]}]",
    });
  const load = (path: string) => readText(dir, path);
  const config = parseReactorConfig(configs.files, load);
  problems.push(...config.problems);
  const { entries } = config;
  const files = filesOf(dir, configs, entries);
  for (const { path } of configs.files) files.singles.add(resolve(dir, path));
  const own = readSettings(dir, problems);
  const settings = { ...own.settings, nodegroups: { ...config.nodegroups, ...own.settings.nodegroups } };
  const traps = [...config.traps, ...replacedEntries(configs, entries), ...missingFiles(entries, files, configs, problems)];
  const reached = reachedFiles({ settings, entries, files });
  if (reached.size > REACHED)
    problems.push({
      code: 'project.too_large',
      text: `the reactions reach ${reached.size} files; a bundle takes ${REACHED}`,
      where: { file: dir },
      hint: 'a path that is computed reaches all of salt://',
    });
  const { shelf, sources } = readShelf(files, reached, problems);
  problems.push(...files.problems.values());
  const isMaster = configs.master !== null && !existsSync(join(dir, 'brine.yaml')) && !existsSync(join(dir, 'reactor.conf'));
  return {
    project: makeProject({ settings, entries, files: reached, shelf, sources }),
    problems,
    traps,
    isMaster,
    files,
    configs: configs.files.map(({ path }) => path),
    minions: own.minions,
  };
}

/** `reactor: /srv/reactor.yaml` names a file with the list. */
function readText(dir: string, path: string): string | undefined {
  const found = [join(dir, path), path].find((one) => existsSync(one) && statSync(one).isFile());
  return found && readUtf8(found, path);
}

/** A path such as /srv/reactor/start.sls is looked up under the project first, then as written. */
function filesOf(dir: string, { master }: Configs, entries: readonly ReactorEntry[]): LazyFiles {
  const files = new LazyFiles();
  files.addFolder(join(dir, 'srv'), '/srv');
  if (master)
    for (const root of master.roots)
      for (const folder of [join(dir, root), root]) if (folder !== join(dir, 'srv/salt')) files.addFolder(folder, '/srv/salt');
  for (const path of entries.flatMap((entry) => entry.paths)) {
    if (path.startsWith('salt://') || files.has(path)) continue;
    const absolute = tidyPath(path);
    for (const base of [dir, '']) {
      if (!isGlob(absolute)) files.add(absolute, join(base || '/', absolute));
      else if (findFiles({ files }, absolute).length === 0) {
        const folder = absolute.slice(0, absolute.search(/\/[^/]*[*?[]/));
        if (folder.length > 0) files.addFolder(join(base || '/', folder), folder);
      }
    }
  }
  return files;
}

/** Salt's own accident: what `master.d` says replaces what `master` says. */
function replacedEntries({ files }: Configs, entries: readonly ReactorEntry[]): readonly Problem[] {
  const main = entries.filter(({ where }) => where.file === 'master');
  const other = entries.find(
    ({ where }) => where.file !== 'master' && where.file !== 'reactor.conf' && !where.file?.startsWith('reactor.d/'),
  );
  if (!files.some(({ path }) => path === 'master') || !main[0] || !other) return [];
  return [
    {
      code: 'lint.silent',
      text: `Salt forgets ${main.length === 1 ? 'this entry' : `these ${main.length} entries`}: the reactor: of ${other.where.file} replaces that of the main file; Brine keeps both`,
      where: main[0].where,
      also: [other.where],
      hint: 'keep reactor: in one place, master.d/reactor.conf',
    },
  ];
}

function missingFiles(
  entries: readonly ReactorEntry[],
  files: LazyFiles,
  { master }: Configs,
  problems: Problem[],
): readonly Problem[] {
  const traps: Problem[] = [];
  for (const entry of entries)
    for (const path of entry.paths) {
      if (findFiles({ files }, path).length > 0) continue;
      if (files.problems.has(path)) continue;
      const remote = master?.remote && path.startsWith('salt://');
      (remote ? traps : problems).push({
        code: 'reactor.missing_file',
        text: remote ? `${path} is not in file_roots; it may come from another fileserver` : `no file for ${path}`,
        where: entry.where,
        hint: remote ? undefined : `make ${path.replace(/^salt:\/\//, 'srv/salt/').replace(/^\//, '')} in the project`,
      });
    }
  return traps;
}
