/**
 * The grains of a host: what the machine says, what the host's own scripts say, static ones from a file, those of the settings, and those that
 * `grains.set…` kept; each wins over the ones before. Read again when asked, and told to the platform when they changed.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode, encode } from '../../core/json.ts';
import { Dict, type Value } from '../../core/value.ts';
import { parseYaml } from '../../core/yaml/parse.ts';

export interface GrainSources {
  readonly dataDir: string;
  /** The machine's own, and those of scripts; a problem is told and never thrown. */
  readonly machine: () => Promise<Dict>;
  readonly scripts: () => Promise<Dict>;
  /** YAML; static grains as Salt has them in `/etc/salt/grains`. */
  readonly file: string | null;
  readonly settings: Readonly<Record<string, Value>>;
  readonly problem: (source: string, error: string) => void;
  readonly changed: () => void;
}

export interface GrainStore {
  current(): Dict;
  /** Kept over restarts. With `destructive` a null takes the grain away. */
  set(changes: ReadonlyMap<string, Value>, destructive: boolean): void;
  refresh(): Promise<void>;
}

export async function createGrainStore(sources: GrainSources): Promise<GrainStore> {
  const { dataDir, settings, problem, changed } = sources;
  const path = join(dataDir, 'grains.json');
  const kept = readKept(path, problem);
  let [machine, scripts, file] = [new Dict(), new Dict(), new Dict()];
  let all = new Dict();
  const settle = () => {
    const before = encode(all);
    // A grain that is given stands for itself, as in Salt: `os: CentOS` on a Debian host leaves `os_family` as it is.
    all = Dict.from([...machine, ...scripts, ...file, ...Object.entries(settings), ...kept]);
    return encode(all) !== before;
  };
  const read = async () => {
    machine = await sources.machine();
    file = readFile(sources.file, problem);
    scripts = await sources.scripts();
    return settle();
  };
  await read();
  return {
    current: () => all,
    set: (changes, destructive) => {
      for (const [name, value] of changes) {
        if (value === null && destructive) kept.delete(name);
        else kept.set(name, value);
      }
      writeFileSync(`${path}.new`, encode(kept), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      if (settle()) changed();
    },
    refresh: async () => {
      if (await read()) changed();
    },
  };
}

/** A file that cannot be read is put aside: the agent starts without it. */
function readKept(path: string, problem: GrainSources['problem']): Dict {
  if (!existsSync(path)) return new Dict();
  try {
    const kept = decode(readFileSync(path, 'utf8'));
    if (kept instanceof Dict) return kept;
    problem(path, 'expected a mapping');
  } catch (error) {
    problem(path, error instanceof Error ? error.message : String(error));
  }
  renameSync(path, `${path}.bad`);
  return new Dict();
}

function readFile(path: string | null, problem: GrainSources['problem']): Dict {
  if (path === null || !existsSync(path)) return new Dict();
  try {
    const grains = parseYaml(readFileSync(path, 'utf8'), { file: path });
    if (grains instanceof Dict) return grains;
    if (grains !== null) problem(path, 'expected a mapping of grains');
  } catch (error) {
    problem(path, error instanceof Error ? error.message : String(error));
  }
  return new Dict();
}
