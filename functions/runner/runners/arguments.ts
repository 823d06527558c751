/** Arguments of a runner function against its signature, with Python's words for what does not fit. */
import { Dict, type Value } from '../../../core/value.ts';
import { RunnerError } from './errors.ts';

export interface Parameter {
  readonly name: string;
  /** Absent: required. */
  readonly value?: Value;
}

/** Positionals, then keywords, then defaults. `rest` keeps unknown keywords instead of refusing them. */
export function bind(
  fun: string,
  parameters: readonly Parameter[],
  { arg, kwarg, rest = false }: { arg: readonly Value[]; kwarg: Dict; rest?: boolean },
): { readonly values: Readonly<Record<string, Value>>; readonly more: Dict } {
  const short = fun.split('.').at(-1) ?? fun;
  if (arg.length > parameters.length) {
    throw new RunnerError(
      `Passed invalid arguments: ${short}() takes ${parameters.length} positional arguments but ${arg.length} were given`,
    );
  }
  const values: Record<string, Value> = {};
  parameters.forEach((parameter, i) => {
    const given = i < arg.length ? arg[i] : kwarg.get(parameter.name);
    if (given !== undefined) values[parameter.name] = given;
    else if (parameter.value !== undefined) values[parameter.name] = parameter.value;
    else
      throw new RunnerError(`Passed invalid arguments: ${short}() missing 1 required positional argument: '${parameter.name}'`);
  });
  const more = Dict.from([...kwarg].filter(([name]) => !parameters.some((parameter) => parameter.name === name)));
  if (more.size > 0 && !rest)
    throw new RunnerError(
      `Passed invalid arguments: ${short}() got an unexpected keyword argument '${String([...more.keys()][0])}'`,
    );
  return { values, more };
}
