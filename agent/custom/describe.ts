/** What a custom module offers → functions like the built-in ones: of a script by asking it, of an executable by the comment at its top. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { fromPlain } from '../../core/value.ts';
import { CommandExecutionError, type ModuleFunction, type Parameter } from '../modules/module.ts';
import { flag, list, mapping, number, text, whole } from '../modules/schemas.ts';
import { childEnvironment, childWords, markOf, readAnswer, thrown } from './child.ts';
import { runExecutable, runScript } from './run.ts';

const SECONDS = 10;

const TYPES = { string: text, integer: whole, number, boolean: flag, list, mapping, any: undefined } as const;
const description = v.object({
  name: v.pipe(v.string(), v.regex(/^[A-Za-z]\w*$/)),
  doc: v.string(),
  example: v.exactOptional(v.string()),
  parameters: v.array(
    v.object({
      name: v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/)),
      type: v.exactOptional(v.picklist(Object.keys(TYPES) as (keyof typeof TYPES)[])),
      default: v.exactOptional(v.unknown()),
    }),
  ),
  varargs: v.boolean(),
  keywords: v.boolean(),
});
type Description = v.InferOutput<typeof description>;

/** By name without the module's. Throws a CommandExecutionError for what cannot be loaded. */
export async function describeScript(
  path: string,
  module: string,
  env: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, ModuleFunction>> {
  const answer = await ask(path, module, env);
  const found = v.safeParse(v.array(description), answer);
  if (!found.success)
    throw new CommandExecutionError(
      `the custom module '${module}': ${found.issues[0].message} at ${v.getDotPath(found.issues[0]) ?? ''}`,
    );
  return new Map(found.output.map((one) => [one.name, functionOf(path, one)]));
}

function functionOf(path: string, { name, doc, example, parameters, varargs, keywords }: Description): ModuleFunction {
  return {
    doc: doc || 'A function of a custom module, without a description.',
    ...(example !== undefined && { example }),
    parameters: parameters.map((one): Parameter => {
      const is = one.type === undefined ? undefined : TYPES[one.type];
      return { name: one.name, ...(one.default !== undefined && { value: fromPlain(one.default) }), ...(is && { is }) };
    }),
    varargs,
    keywords,
    run: (it, values) => runScript(it, values, { path, name, plain: varargs && keywords && parameters.length === 0 }),
  };
}

/** A question of its own, beside every job. */
function ask(path: string, module: string, env: Readonly<Record<string, string>>): Promise<readonly unknown[]> {
  const [program = '', ...words] = childWords(path);
  const mark = markOf('describe');
  return new Promise((resolve, reject) => {
    const wrong = (reason: string) =>
      reject(new CommandExecutionError(`the custom module '${module}' cannot be loaded: ${reason}`));
    const child = execFile(
      program,
      words,
      { env: childEnvironment(env), timeout: SECONDS * 1000, killSignal: 'SIGKILL', maxBuffer: 1_048_576, encoding: 'buffer' },
      (error, stdout, stderr) => {
        const answer = readAnswer(stdout, mark);
        if (answer && 'functions' in answer) return resolve(answer.functions);
        if (answer && 'error' in answer) return wrong(thrown(answer).message);
        if (error?.killed) return wrong(`it did not end within ${SECONDS} seconds`);
        wrong(stderr.toString('utf8').trim().slice(-1000) || (error?.message ?? 'it gave no answer'));
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(JSON.stringify({ kind: 'describe', mark }));
  });
}

/** The comment below `#!`, up to the first line that is none. */
export function describeExecutable(path: string): ModuleFunction {
  const head = readFileSync(path).subarray(0, 8192).toString('utf8');
  const lines = head.startsWith('#!') ? head.split('\n').slice(1) : [];
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const doc = lines
    .slice(0, end < 0 ? lines.length : end)
    .map((line) => line.replace(/^#+ ?/, '').trimEnd())
    .join('\n')
    .trim();
  return {
    doc: doc || 'An executable of the project, without a description.',
    parameters: [],
    varargs: true,
    keywords: true,
    run: (it, values) => runExecutable(it, values, path),
  };
}
