/** What an execution module is: functions by name, each with its docstring and parameters. Behaviour and texts as salt-semantics 5 says. */
import type { Emitted } from '../../core/event.ts';
import { Dict, type Value } from '../../core/value.ts';
import type { Command, Ended } from '../spawn.ts';

export interface Parameter {
  readonly name: string;
  /** Absent: required. */
  readonly value?: Value;
}

export interface ModuleFunction {
  readonly doc: string;
  readonly parameters: readonly Parameter[];
  /** `*args`, `**kwargs`. */
  readonly varargs?: boolean;
  readonly keywords?: boolean;
  readonly run: (it: ModuleContext, values: Bound) => Promise<Value> | Value;
}

export interface Bound {
  readonly [name: string]: Value;
}

export type Module = Readonly<Record<string, ModuleFunction>>;

export interface RunningJob {
  readonly jid: string;
  readonly fun: string;
  readonly arg: readonly Value[];
  readonly tgt: string;
  readonly tgt_type: string;
  readonly user: string;
}

/** What a function may touch of its agent. */
export interface ModuleContext {
  readonly id: string;
  readonly jid: string;
  readonly fun: string;
  /** Salt's `__pub_*` keys of the job; empty for `brine call`. */
  readonly pub: Dict;
  readonly workDir: string;
  /** False: `cmd.run` without `python_shell` splits its words. */
  readonly shellByDefault: boolean;
  readonly env: Readonly<Record<string, string>>;
  grains(): Dict;
  /** Changes static grains and sends them on. */
  setGrain(key: string, value: Value | undefined): void;
  fireMaster(event: Pick<Emitted, 'tag' | 'data'>): Promise<boolean>;
  fireLocal(tag: string, data: Dict): void;
  spawn(command: Omit<Command, 'jid' | 'env'> & { readonly env: Readonly<Record<string, string>> }): Promise<Ended>;
  running(): readonly RunningJob[];
  signal(jid: string, signal: NodeJS.Signals): boolean;
  /** Names and functions of every module, for `sys.*`. */
  modules(): ReadonlyMap<string, ModuleFunction>;
  /** Seconds that the job allows; undefined: no limit but the function's own. */
  readonly timeout: number | undefined;
  /** Sets Salt's `__context__['retcode']`. */
  setRetcode(code: number): void;
}

/** Salt's CommandExecutionError: `ERROR: …`, retcode 1. */
export class CommandExecutionError extends Error {}
/** Salt's SaltInvocationError: `ERROR executing 'f': …`. */
export class InvocationError extends Error {}
/** A TypeError of the call: `Passed invalid arguments to f: …` and the docstring. */
export class ArgumentsError extends Error {}

/** Positionals, `name=value` positionals, keywords and defaults → values by name; Python's words for what does not fit. */
export function bindArguments(
  fun: string,
  spec: ModuleFunction,
  given: { readonly arg: readonly Value[]; readonly kwarg: Dict },
): Bound {
  const short = fun.split('.').at(-1) ?? fun;
  const { parameters } = spec;
  if (!spec.varargs && given.arg.length > parameters.length) {
    const required = parameters.filter((parameter) => parameter.value === undefined).length;
    const takes = required === parameters.length ? `${required}` : `from ${required} to ${parameters.length}`;
    throw new ArgumentsError(
      `${short}() takes ${takes} positional argument${parameters.length === 1 ? '' : 's'} but ${given.arg.length} ${given.arg.length === 1 ? 'was' : 'were'} given`,
    );
  }
  const unknown = [...given.kwarg.keys()].filter(
    (name) => !parameters.some((parameter) => parameter.name === name) && !String(name).startsWith('__pub_'),
  );
  if (!spec.keywords && unknown.length > 0) {
    const list = unknown.map((name) => `${String(name)}=${display(given.kwarg.get(name) as Value)}`).join(', ');
    throw new InvocationError(`The following keyword arguments are not valid: ${list}`);
  }
  const values: Record<string, Value> = {};
  const missing: string[] = [];
  parameters.forEach((parameter, i) => {
    const named = given.kwarg.get(parameter.name);
    if (i < given.arg.length && named !== undefined)
      throw new ArgumentsError(`${short}() got multiple values for argument '${parameter.name}'`);
    const value = i < given.arg.length ? given.arg[i] : named;
    if (value !== undefined) values[parameter.name] = value;
    else if (parameter.value !== undefined) values[parameter.name] = parameter.value;
    else missing.push(parameter.name);
  });
  if (missing.length > 0) {
    const names = missing.map((name) => `'${name}'`);
    const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0];
    throw new ArgumentsError(
      `${short}() missing ${missing.length} required positional argument${missing.length > 1 ? 's' : ''}: ${list}`,
    );
  }
  if (spec.varargs) values.args = given.arg.slice(parameters.length);
  if (spec.keywords)
    values.kwargs = Dict.from([...given.kwarg].filter(([name]) => !parameters.some((parameter) => parameter.name === name)));
  return values;
}

function display(value: Value): string {
  return typeof value === 'string' ? value : String(value);
}
