/** Arguments of a runner function against its signature, with Python's words for what does not fit. */
import { Dict, type Value } from '../../../core/value.ts';
import { RunnerArguments, RunnerKeyword } from './errors.ts';
import type { More, RunnerFunction } from './types.ts';

export interface Given {
  readonly arg: readonly Value[];
  readonly kwarg: Dict;
}

/** Positionals, then keywords, then defaults. Throws `RunnerError`. */
export function bind(
  fun: string,
  { parameters, rest }: Pick<RunnerFunction, 'parameters' | 'rest'>,
  { arg, kwarg }: Given,
): { readonly values: Readonly<Record<string, Value>>; readonly more: More } {
  const short = fun.split('.').at(-1) ?? fun;
  const refuse = (text: string): never => {
    throw new RunnerArguments(`${short}() ${text}`);
  };
  if (arg.length > parameters.length && rest !== 'both') refuse(tooMany(parameters, arg.length));
  const values: Record<string, Value> = {};
  const missing: string[] = [];
  parameters.forEach((parameter, i) => {
    if (i < arg.length && kwarg.has(parameter.name)) refuse(`got multiple values for argument '${parameter.name}'`);
    const given = i < arg.length ? arg[i] : kwarg.get(parameter.name);
    if (given !== undefined) values[parameter.name] = given;
    else if (parameter.value !== undefined) values[parameter.name] = parameter.value;
    else missing.push(`'${parameter.name}'`);
  });
  if (missing.length > 0)
    refuse(`missing ${missing.length} required positional argument${missing.length > 1 ? 's' : ''}: ${listed(missing)}`);
  const kwargs = Dict.from([...kwarg].filter(([name]) => !parameters.some((parameter) => parameter.name === name)));
  const unknown = [...kwargs.keys()][0];
  if (unknown !== undefined && rest === undefined)
    throw new RunnerKeyword(`${short}() got an unexpected keyword argument '${String(unknown)}'`);
  return { values, more: { args: arg.slice(parameters.length), kwargs } };
}

function tooMany(parameters: RunnerFunction['parameters'], given: number): string {
  const least = parameters.filter((parameter) => parameter.value === undefined).length;
  const takes = least === parameters.length ? String(least) : `from ${least} to ${parameters.length}`;
  return `takes ${takes} positional argument${takes === '1' ? '' : 's'} but ${given} ${given === 1 ? 'was' : 'were'} given`;
}

/** `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`: as Python lists names. */
function listed(names: readonly string[]): string {
  if (names.length < 3) return names.join(' and ');
  return `${names.slice(0, -1).join(', ')}, and ${names.at(-1)}`;
}

/** Names in a list, or in a text with commas, as Salt's `split_input` reads them; null for none given. */
export function namesOf(value: Value | undefined): readonly string[] | null {
  if (value === null || value === undefined) return null;
  return Array.isArray(value)
    ? value.map(String)
    : String(value)
        .split(',')
        .map((name) => name.trim());
}
