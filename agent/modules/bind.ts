/** Positionals, keywords and defaults → values by name, each held against its schema; Python's words for what does not fit. */
import * as v from 'valibot';
import { pyRepr, pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { ArgumentsError, type Bound, InvocationError, type ModuleFunction, type Parameter } from './module.ts';

export interface Given {
  readonly arg: readonly Value[];
  readonly kwarg: Dict;
}

/** Throws ArgumentsError or InvocationError. `args` and `kwargs` hold what has no parameter of its own. */
export function bindArguments(fun: string, spec: ModuleFunction, given: Given): Bound {
  const short = pythonName(fun);
  const { parameters } = spec;
  refuseUnknown(spec, given);
  refuseTooMany(short, spec, given);
  const values: Record<string, Value> = {};
  const missing: string[] = [];
  const positional = positionalOf(spec);
  parameters.forEach((parameter, at) => {
    const i = parameter.keyword ? Number.POSITIVE_INFINITY : at;
    const named = given.kwarg.get(parameter.name);
    if (i < given.arg.length && named !== undefined)
      throw new ArgumentsError(`${short}() got multiple values for argument '${parameter.name}'`);
    const value = i < given.arg.length ? given.arg[i] : named;
    if (value !== undefined) values[parameter.name] = checked(parameter, value);
    else if (parameter.value !== undefined) values[parameter.name] = parameter.value;
    else missing.push(`'${parameter.name}'`);
  });
  if (missing.length > 0)
    throw new ArgumentsError(
      `${short}() missing ${missing.length} required positional argument${missing.length > 1 ? 's' : ''}: ${inWords(missing)}`,
    );
  if (spec.varargs) values.args = given.arg.slice(positional.length);
  if (spec.keywords)
    values.kwargs = Dict.from([...given.kwarg].filter(([name]) => !parameters.some((parameter) => parameter.name === name)));
  return values;
}

/** Functions whose names Python has taken end in `_` in Salt's sources, and so do its messages. */
const TAKEN = new Set(['true', 'false', 'try', 'list', 'set', 'open', 'reload', 'help', 'exec', 'type', 'sum', 'hash']);

function pythonName(fun: string): string {
  const short = fun.split('.').at(-1) ?? fun;
  return TAKEN.has(short) && !SAME.has(fun) ? `${short}_` : short;
}

/** Called so in Salt too. */
const SAME = new Set(['grains.set']);

function refuseUnknown(spec: ModuleFunction, given: Given): void {
  if (spec.keywords) return;
  const unknown = [...given.kwarg].filter(
    ([name]) => !spec.parameters.some((parameter) => parameter.name === name) && !String(name).startsWith('__pub_'),
  );
  if (unknown.length === 0) return;
  const list = unknown.map(([name, value]) => `${pyStr(name)}=${pyStr(value)}`).join(', ');
  throw new InvocationError(`The following keyword arguments are not valid: ${list}`);
}

/** In Salt's order; those that are taken by name alone stand behind them. */
export function positionalOf({ parameters }: ModuleFunction): readonly Parameter[] {
  return parameters.filter((parameter) => !parameter.keyword);
}

function refuseTooMany(short: string, spec: ModuleFunction, { arg }: Given): void {
  const parameters = positionalOf(spec);
  if (spec.varargs || arg.length <= parameters.length) return;
  const required = parameters.filter((parameter) => parameter.value === undefined).length;
  const takes = required === parameters.length ? `${required}` : `from ${required} to ${parameters.length}`;
  throw new ArgumentsError(
    `${short}() takes ${takes} positional argument${parameters.length === 1 && takes === '1' ? '' : 's'} but ${arg.length} ${arg.length === 1 ? 'was' : 'were'} given`,
  );
}

function checked(parameter: Parameter, value: Value): Value {
  if (!parameter.is || (value === null && parameter.value === null)) return value;
  const found = v.safeParse(parameter.is, value);
  if (found.success) return found.output;
  throw new InvocationError(`${parameter.name}: ${found.issues[0].message}, found ${pyRepr(value).slice(0, 200)}`);
}

/** `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'` */
function inWords(names: readonly string[]): string {
  if (names.length < 3) return names.join(' and ');
  return `${names.slice(0, -1).join(', ')}, and ${names.at(-1)}`;
}
