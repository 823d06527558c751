/** Grains that executables print, as JSON or YAML: a mapping each. One that fails is told and gives none; the others count all the same. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Dict, fromPlain } from '../../core/value.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import { childEnvironment, childWords, markOf, readAnswer, thrown } from '../custom/child.ts';

export interface ScriptSources {
  /** Executables of the host's own: every one in it, in the order of names. */
  readonly dir: string | null;
  /** Of the project, brought by `saltutil.sync_grains`; `.mjs` ones are modules whose functions' mappings are joined. */
  readonly custom: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly id: string;
  readonly problem: (source: string, error: string) => void;
}

const SECONDS = 10;
const BYTES = 65_536;

export async function readScriptGrains({ dir, custom, env, id, problem }: ScriptSources): Promise<Dict> {
  const paths = [...ownScripts(dir), ...custom];
  const read = await Promise.all(
    paths.map((path) =>
      readOne(path, { env, id }).catch((error: unknown) => {
        problem(basename(path), error instanceof Error ? error.message : String(error));
        return new Dict();
      }),
    ),
  );
  return Dict.from(read.flatMap((grains) => [...grains]));
}

function ownScripts(dir: string | null): readonly string[] {
  if (dir === null || !existsSync(dir)) return [];
  return readdirSync(dir)
    .sort()
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(dir, name))
    .filter((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
    });
}

interface Asked {
  readonly env: Readonly<Record<string, string>>;
  readonly id: string;
}

async function readOne(path: string, { env, id }: Asked): Promise<Dict> {
  const isModule = path.endsWith('.mjs');
  const mark = markOf('grains');
  const question = JSON.stringify({ kind: 'grains', mark, context: { id } });
  const stdout = await run(isModule ? childWords(path) : [path], { env, stdin: isModule ? question : '' });
  const answer = isModule ? readAnswer(stdout, mark) : undefined;
  if (answer && 'error' in answer) throw thrown(answer);
  const grains =
    answer && 'return' in answer
      ? fromPlain(answer.return)
      : parseYaml(new TextDecoder('utf-8', { fatal: true }).decode(stdout), { file: basename(path) });
  if (!(grains instanceof Dict)) throw new Error('it printed no mapping of grains');
  return grains;
}

function run(
  [program = '', ...words]: readonly string[],
  { env, stdin }: { readonly env: Asked['env']; readonly stdin: string },
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const options = {
      env: childEnvironment(env),
      timeout: SECONDS * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: BYTES,
      encoding: 'buffer',
    } as const;
    const child = execFile(program, words, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const said = stderr.toString('utf8').trim().slice(-500);
      if (/maxBuffer/.test(error.message)) return reject(new Error(`it printed more than ${BYTES} bytes`));
      if (error.killed) return reject(new Error(`it did not end within ${SECONDS} seconds`));
      reject(new Error([`it ended with ${error.code ?? error.signal}`, said].filter((part) => part !== '').join(': ')));
    });
    child.stdin?.on('error', () => {}); // it did not want to read
    child.stdin?.end(stdin);
  });
}
