/** The files that say which tags wake which SLS: a project's own, or those of a Salt master as they stand. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { BrineError, type Problem } from '../core/errors.ts';
import { isGlob, matchGlob } from '../core/glob.ts';
import { toPlain } from '../core/value.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import { unreadable } from './lazy-files.ts';
import { readUtf8 } from './utf8.ts';

export interface ConfigFile {
  /** Relative to the project. */
  readonly path: string;
  readonly text: string;
}

export interface MasterConfig {
  /** Folders that `salt://` lies in, in order; those of `base` first. */
  readonly roots: readonly string[];
  /** Files may come from elsewhere too: git, S3. */
  readonly remote: boolean;
}

export interface Configs {
  readonly files: readonly ConfigFile[];
  readonly problems: readonly Problem[];
  /** null: a project of Brine's own. */
  readonly master: MasterConfig | null;
}

/** `reactor.conf`, `reactor.d/*.conf` in name order; `master`, what it includes, and `master.d/*.conf`. */
export function readConfigs(dir: string): Configs {
  const problems: Problem[] = [];
  const read = (path: string): ConfigFile[] => {
    try {
      return [{ path: relative(dir, path), text: readUtf8(path, relative(dir, path)) }];
    } catch (error) {
      problems.push(error instanceof BrineError ? error : { ...unreadable(path, error), where: { file: relative(dir, path) } });
      return [];
    }
  };
  const own = [join(dir, 'reactor.conf')].filter(isFile).flatMap(read);
  const master = [join(dir, 'master')].filter(isFile).flatMap(read);
  const more = inFolder(join(dir, 'reactor.d'), '*.conf').flatMap(read);
  const options = master.map(({ text }) => optionsOf(text));
  const patterns = options.flatMap((option) => [...texts(option.default_include ?? 'master.d/*.conf'), ...texts(option.include)]);
  if (master.length === 0) patterns.push('master.d/*.conf');
  const included = [...new Set(patterns)].flatMap((pattern) => globFiles(dir, pattern)).flatMap(read);
  const salt = [...master, ...included];
  return {
    files: [...own, ...master, ...more, ...included],
    problems,
    master: salt.length > 0 ? masterConfig(salt.map(({ text }) => optionsOf(text))) : null,
  };
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function inFolder(folder: string, pattern: string): readonly string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => matchGlob(name, pattern) && !name.startsWith('.'))
    .sort()
    .map((name) => join(folder, name))
    .filter(isFile);
}

/** Salt's include: a path or a glob in one folder, relative to the configuration. */
function globFiles(dir: string, pattern: string): readonly string[] {
  const path = resolve(dir, pattern);
  return isGlob(basename(path)) ? inFolder(dirname(path), basename(path)) : [path].filter(isFile);
}

type Options = Readonly<Record<string, unknown>>;

/** What is no YAML is said where the reactor is read from it. */
function optionsOf(text: string): Options {
  try {
    const value = toPlain(parseYaml(text));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Options) : {};
  } catch {
    return {};
  }
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** `file_roots: {base: [/srv/salt], …}`; a later file counts over an earlier one, as Salt merges them. */
function masterConfig(options: readonly Options[]): MasterConfig {
  const last = (name: string) => options.map((option) => option[name]).findLast((value) => value !== undefined && value !== null);
  const roots = last('file_roots');
  const environments = typeof roots === 'object' && roots !== null && !Array.isArray(roots) ? (roots as Options) : {};
  const names = Object.keys(environments).sort((a, b) => Number(b === 'base') - Number(a === 'base'));
  const found = names.flatMap((name) => texts(environments[name]));
  const backends = texts(last('fileserver_backend')).filter((name) => !/^(roots|file_roots|minion|minionfs)$/.test(name));
  return { roots: found.length > 0 ? found : ['/srv/salt', '/srv/spm/salt'], remote: backends.length > 0 };
}
