/** Arguments of a filter by position or name. */
import type { Value } from '../../value.ts';
import type { FilterCall } from './filter.ts';
import { kind, OperationError } from './values.ts';

/** The argument at `i`, or under its name, or the standard value. */
export function arg(call: Pick<FilterCall, 'args' | 'kwargs'>, i: number, name: string, standard: Value = null): Value {
  // None is a value: it was given.
  const given = i < call.args.length ? call.args[i] : call.kwargs.get(name);
  return given === undefined ? standard : given;
}

/** A whole number, or Python's TypeError. */
export function integer(value: Value): number {
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  throw new OperationError(`'${kind(value)}' object cannot be interpreted as an integer`);
}
