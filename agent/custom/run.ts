/** A call of a custom module: in a process group of its own like every command, so that it can be ended, outlives the agent and is found again. */
import { pyStr } from '../../core/python/print.ts';
import { Dict, fromPlain, toPlain, type Value } from '../../core/value.ts';
import { type Bound, CommandExecutionError, type ModuleContext } from '../modules/module.ts';
import type { Ended } from '../spawn.ts';
import {
  childEnvironment,
  childWords,
  MODULE_MEMORY,
  MODULE_SECONDS,
  markOf,
  NODE_MEMORY,
  OUTPUT_LIMIT,
  readAnswer,
  thrown,
} from './child.ts';

interface Script {
  readonly path: string;
  /** The exported function. */
  readonly name: string;
  /** It has no schema: positionals, then one object of keywords. */
  readonly plain: boolean;
}

export async function runScript(it: ModuleContext, values: Bound, { path, name, plain }: Script): Promise<Value> {
  const { args = [], kwargs = new Dict(), ...named } = values;
  const given = plain
    ? { positional: toPlain(args), named: toPlain(kwargs) }
    : { values: { ...(toPlain(Dict.of(named)) as object), ...(toPlain(kwargs) as object), ...more(args) } };
  const mark = markOf(it.jid);
  const question = { kind: 'call', mark, name, args: given, context: contextOf(it) };
  const limit = it.moduleMemory ?? MODULE_MEMORY;
  const ended = await start(it, {
    argv: childWords(path, limit),
    stdin: JSON.stringify(question),
    memory: limit > 0 ? limit + NODE_MEMORY : 0,
  });
  const answer = readAnswer(ended.stdout, mark);
  tell(it, ended.stderr);
  if (answer && 'error' in answer) throw thrown(answer);
  if (!answer || !('return' in answer)) throw broken(it, ended);
  if (answer.retcode !== 0) it.setRetcode(answer.retcode);
  return fromPlain(answer.return);
}

/** Words as Python prints them, keywords as name=value; everything once more, with its types, on standard input. */
export async function runExecutable(it: ModuleContext, values: Bound, path: string): Promise<Value> {
  const args = values.args as readonly Value[];
  const kwargs = values.kwargs as Dict;
  const words = [...args.map((arg) => pyStr(arg)), ...[...kwargs].map(([name, value]) => `${pyStr(name)}=${pyStr(value)}`)];
  const question = { args: toPlain([...args]), kwargs: toPlain(kwargs), ...contextOf(it) };
  const memory = it.moduleMemory ?? MODULE_MEMORY;
  const ended = await start(it, { argv: [path, ...words], stdin: JSON.stringify(question), memory });
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(ended.stdout).trimEnd();
  const value = parsed(text);
  if (ended.code !== 0) {
    it.setRetcode(ended.code);
    if (typeof value !== 'object' || value === null) return [text, tail(ended.stderr)].filter((part) => part !== '').join('\n');
  }
  tell(it, ended.stderr);
  return value;
}

function contextOf(it: ModuleContext) {
  return { id: it.id, jid: it.jid, fun: it.fun, grains: toPlain(it.grains()) };
}

function more(args: Value): { readonly args?: unknown } {
  return Array.isArray(args) && args.length > 0 ? { args: toPlain(args) } : {};
}

interface Started {
  readonly argv: readonly string[];
  readonly stdin: string;
  /** Megabytes; 0: as much as there is. */
  readonly memory: number;
}

async function start(it: ModuleContext, { argv, stdin, memory }: Started): Promise<Ended> {
  const timeout = Math.min(it.timeout ?? MODULE_SECONDS, MODULE_SECONDS);
  const ended = await it.spawn({
    run: { argv },
    cwd: it.workDir,
    env: childEnvironment(it.env),
    merge: false,
    stdin,
    timeout,
    limit: OUTPUT_LIMIT,
    ...(memory > 0 && { memory }),
  });
  if (ended.tooMuch) throw new CommandExecutionError(`${it.fun} printed more than ${OUTPUT_LIMIT / 1_048_576} MB and was ended`);
  if (ended.timedOut) throw new CommandExecutionError(`${it.fun} did not end within ${timeout} seconds`);
  return ended;
}

/** JSON, or else the text itself. */
function parsed(text: string): Value {
  try {
    return fromPlain(JSON.parse(text));
  } catch {
    return text;
  }
}

function broken(it: ModuleContext, { code, stderr }: Ended): Error {
  if (/heap out of memory|Array buffer allocation failed/.test(tail(stderr)))
    return new CommandExecutionError(
      `${it.fun} wanted more than ${it.moduleMemory ?? MODULE_MEMORY} MB of memory and was ended (module_memory in the minion's settings)`,
    );
  const how =
    code < 0 ? `was ended by signal ${-code}` : code === 0 ? 'ended without a return' : `ended with exit status ${code}`;
  return new CommandExecutionError([`${it.fun} ${how}`, tail(stderr)].filter((part) => part !== '').join('\n'));
}

function tail(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(-2000)).trim();
}

/** What a module prints is for the log. */
function tell(it: ModuleContext, stderr: Uint8Array): void {
  if (stderr.length > 0) it.report('module_printed', { jid: it.jid, fun: it.fun, text: tail(stderr) });
}
