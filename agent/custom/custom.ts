/** The project's own modules and grains on this host: brought by jobs, laid out below the state directory, offered like the built-in ones. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { GRAINS, MODULES, moduleOf } from '../../core/job/files.ts';
import type { JobFile } from '../../core/job/job.ts';
import type { FileStore } from '../files.ts';
import type { CustomFunctions } from '../modules/index.ts';
import type { ModuleFunction } from '../modules/module.ts';

export type CustomKind = 'modules' | 'grains';

export interface Custom extends CustomFunctions {
  /** Before a function of a custom module runs: the module that its job names. */
  bring(fun: string, files: readonly JobFile[]): Promise<void>;
  /** Exactly these, and no others from now on; names of what changed, `modules.backup`. */
  sync(kind: CustomKind, files: readonly JobFile[]): Promise<readonly string[]>;
  /** Paths of the grains' files. */
  grains(): readonly string[];
}

export interface CustomOptions {
  /** `custom/` of the state directory. */
  readonly dir: string;
  readonly store: FileStore;
  readonly env: Readonly<Record<string, string>>;
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

const FOLDERS: Readonly<Record<CustomKind, string>> = { modules: MODULES, grains: GRAINS };
/** Path below `salt://` → digest. */
const indexText = v.record(v.string(), v.string());
type Index = Record<string, string>;

export function createCustom({ dir, store, env, report }: CustomOptions): Custom {
  const index = readIndex(dir);
  const described = new Map<string, Promise<ReadonlyMap<string, ModuleFunction>>>();

  const install = async (file: JobFile): Promise<boolean> => {
    const path = join(dir, file.path);
    if (index[file.path] === file.sha256 && existsSync(path)) return false;
    const bytes = await store.get(file);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, bytes, { mode: 0o600 });
    if (!isScript(path)) chmodSync(`${path}.new`, 0o700);
    renameSync(`${path}.new`, path);
    index[file.path] = file.sha256;
    return true;
  };
  const remove = (path: string) => {
    delete index[path];
    rmSync(join(dir, path), { force: true });
  };
  const save = () => {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(join(dir, 'index.json.new'), JSON.stringify(index), { mode: 0o600 });
    renameSync(join(dir, 'index.json.new'), join(dir, 'index.json'));
  };
  const pathsOf = (module: string) => Object.keys(index).filter((path) => path.startsWith(MODULES) && moduleOf(path) === module);

  /** The functions of one file, with the module's name before them. */
  const functionsIn = async (path: string): Promise<ReadonlyMap<string, ModuleFunction>> => {
    const { describeExecutable, describeScript } = await import('./describe.ts');
    const module = moduleOf(path);
    if (!isScript(path)) return new Map([[`${module}.${functionOf(path)}`, describeExecutable(join(dir, path))]]);
    const functions = await describeScript(join(dir, path), module, env);
    return new Map([...functions].map(([name, spec]) => [`${module}.${name}`, spec]));
  };
  const functionsOf = (path: string) => {
    const key = `${path} ${index[path]}`;
    const known = described.get(key) ?? functionsIn(path);
    described.set(key, known);
    known.catch(() => described.delete(key)); // asked again at the next call
    return known;
  };

  return {
    bring: async (fun, files) => {
      const module = fun.split('.')[0] as string;
      const wanted = files.filter(({ path }) => path.startsWith(MODULES) && moduleOf(path) === module);
      if (wanted.length === 0) return;
      let changed = false;
      for (const file of wanted) changed = (await install(file)) || changed;
      for (const path of pathsOf(module).filter((old) => !wanted.some((file) => file.path === old))) {
        remove(path);
        changed = true;
      }
      if (changed) save();
    },
    sync: async (kind, files) => {
      const folder = FOLDERS[kind];
      const wanted = files.filter(({ path }) => path.startsWith(folder));
      const changed = new Set<string>();
      for (const file of wanted) if (await install(file)) changed.add(`${kind}.${moduleOf(file.path)}`);
      for (const path of Object.keys(index).filter((old) => old.startsWith(folder))) {
        if (wanted.some((file) => file.path === path)) continue;
        remove(path);
        changed.add(`${kind}.${moduleOf(path)}`);
      }
      if (changed.size > 0) save();
      return [...changed].sort();
    },
    grains: () => Object.keys(index).flatMap((path) => (path.startsWith(GRAINS) ? [join(dir, path)] : [])),
    find: async (fun) => {
      for (const path of pathsOf(fun.split('.')[0] as string)) {
        const found = (await functionsOf(path)).get(fun);
        if (found) return found;
      }
      return undefined;
    },
    all: async () => {
      const all = new Map<string, ModuleFunction>();
      for (const path of Object.keys(index).filter((one) => one.startsWith(MODULES)))
        try {
          for (const [name, spec] of await functionsOf(path)) all.set(name, spec);
        } catch (error) {
          report('module_failed', { module: moduleOf(path), error: error instanceof Error ? error.message : String(error) });
        }
      return all;
    },
  };
}

export function isScript(path: string): boolean {
  return path.endsWith('.mjs');
}

/** `_modules/backup.sh` is `backup.run`, `_modules/backup/full.sh` is `backup.full`. */
function functionOf(path: string): string {
  const [, , nested] = path.split('/');
  return nested === undefined ? 'run' : (nested.split('.')[0] as string);
}

function readIndex(dir: string): Index {
  try {
    return v.parse(indexText, JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8')));
  } catch {
    return {}; // none yet, or none that can be read: jobs bring their modules again
  }
}
