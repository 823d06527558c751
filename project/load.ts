/** A project directory → plain data: configuration, settings and every file that the reactor reaches, with all problems at once. Design section 8. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { makeProject } from '../core/bundle.ts';
import { BrineError, type Problem } from '../core/errors.ts';
import { parseReactorConfig } from '../core/reactor/config.ts';
import { findFiles } from '../core/reactor/files.ts';
import { reachedFiles } from '../core/reactor/reach.ts';
import type { Project, ProjectFile } from '../core/reactor/reactions.ts';
import { defaultSettings, parseSettings, type Settings } from '../core/settings.ts';
import { toPlain } from '../core/value.ts';
import { parseYaml } from '../core/yaml/parse.ts';

export interface Loaded {
  readonly project: Project;
  /** Everything that is wrong; a project with problems is shown and not deployed. */
  readonly problems: readonly Problem[];
}

/** Bytes up to which a text is carried in the bundle. */
const TEXT_LIMIT = 1_048_576;
const FILES = 5000;

export function loadProject(dir: string): Loaded {
  const problems: Problem[] = [];
  if (!existsSync(dir) || !statSync(dir).isDirectory())
    throw new BrineError({ code: 'project.missing', text: 'there is no such directory', where: { file: dir } });
  const configs = configFiles(dir);
  if (configs.length === 0)
    problems.push({
      code: 'project.missing',
      text: 'there is no reactor.conf',
      where: { file: join(dir, 'reactor.conf') },
      hint: "reactor:\\n  - 'tag':\\n    - /srv/reactor/file.sls",
    });
  const config = parseReactorConfig(configs.map((path) => ({ path: relative(dir, path), text: readFileSync(path, 'utf8') })));
  problems.push(...config.problems);
  const files = readFiles(dir);
  for (const root of saltRoots(dir, configs)) visitInto(root, '/srv/salt', files);
  addAbsolute(
    config.entries.flatMap((entry) => entry.paths),
    files,
  );
  const own = readSettings(dir, problems);
  const settings = { ...own, nodegroups: { ...config.nodegroups, ...own.nodegroups } };
  for (const entry of config.entries) {
    for (const path of entry.paths) {
      if (findFiles({ files }, path).length > 0) continue;
      problems.push({
        code: 'reactor.missing_file',
        text: `no file for ${path}`,
        where: entry.where,
        hint: `make ${path.replace(/^salt:\/\//, 'srv/salt/').replace(/^\//, '')} in the project`,
      });
    }
  }
  const { entries } = config;
  return { project: makeProject({ settings, entries, files: reachedFiles({ settings, entries, files }) }), problems };
}

/** `reactor.conf`, `reactor.d/*.conf` in name order; a Salt master's own `master` and `master.d/*.conf` as they stand. */
function configFiles(dir: string): readonly string[] {
  const inFolder = (name: string) =>
    existsSync(join(dir, name))
      ? readdirSync(join(dir, name))
          .filter((file) => file.endsWith('.conf'))
          .sort()
          .map((file) => join(dir, name, file))
      : [];
  const single = ['reactor.conf', 'master']
    .map((name) => join(dir, name))
    .filter((path) => existsSync(path) && statSync(path).isFile());
  return [...single, ...inFolder('reactor.d'), ...inFolder('master.d')];
}

/** Where a Salt master's own configuration says that `salt://` lies; none for a project, whose files lie under `srv/salt`. */
function saltRoots(dir: string, configs: readonly string[]): readonly string[] {
  if (!configs.some((path) => /^master(\.d)?[/\\]?/.test(relative(dir, path))) || existsSync(join(dir, 'srv'))) return [];
  const roots = configs.flatMap((path) => {
    try {
      const config = toPlain(parseYaml(readFileSync(path, 'utf8'))) as { file_roots?: { base?: unknown } } | null;
      const base = config?.file_roots?.base;
      return Array.isArray(base) ? base.filter((root): root is string => typeof root === 'string') : [];
    } catch {
      return []; // said where reactor.conf is read
    }
  });
  return roots.length > 0 ? roots : ['/srv/salt'];
}

/** Everything under `srv/`, as Salt names it: `/srv/reactor/start.sls`. */
function readFiles(dir: string): Map<string, ProjectFile> {
  const files = new Map<string, ProjectFile>();
  visitInto(join(dir, 'srv'), '/srv', files);
  return files;
}

/** Every file below a folder, under the name that Salt has for it; of two roots the first counts. */
function visitInto(folder: string, name: string, files: Map<string, ProjectFile>): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder).sort()) {
    const path = join(folder, entry);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) continue;
    if (files.size > FILES)
      throw new BrineError({ code: 'project.too_large', text: `more than ${FILES} files`, where: { file: folder } });
    if (stat.isDirectory()) visitInto(path, `${name}/${entry}`, files);
    else if (stat.isFile() && !files.has(`${name}/${entry}`)) files.set(`${name}/${entry}`, readOne(path, stat.size));
  }
}

/** A path such as /srv/reactor/start.sls is looked up under the project first, then as written. */
function addAbsolute(paths: readonly string[], files: Map<string, ProjectFile>): void {
  for (const path of paths) {
    if (!path.startsWith('/') || files.has(path)) continue;
    if (/[*?[]/.test(path)) {
      const folder = path.slice(0, path.search(/[^/]*[*?[]/));
      if (![...files.keys()].some((file) => file.startsWith(folder)) && folder.length > 1)
        visitInto(folder.slice(0, -1), folder.slice(0, -1), files);
      continue;
    }
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile()) files.set(path, readOne(path, stat.size));
  }
}

function readOne(path: string, size: number): ProjectFile {
  const bytes = readFileSync(path);
  if (size <= TEXT_LIMIT) {
    try {
      return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    } catch {
      // no text: named by its digest
    }
  }
  return { digest: Buffer.from(sha256(bytes)).toString('hex'), size };
}

function readSettings(dir: string, problems: Problem[]): Settings {
  const path = join(dir, 'brine.yaml');
  if (!existsSync(path)) return defaultSettings;
  try {
    return parseSettings(toPlain(parseYaml(readFileSync(path, 'utf8'), { file: 'brine.yaml' })));
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    problems.push(error);
    return defaultSettings;
  }
}
