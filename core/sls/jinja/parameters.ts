/** Arguments of a filter by position or name. */
import type { Value } from '../../value.ts';
import type { FilterCall } from './filter.ts';

/** The argument at `i`, or under its name, or the standard value. */
export function arg(call: Pick<FilterCall, 'args' | 'kwargs'>, i: number, name: string, standard: Value = null): Value {
  return call.args[i] ?? call.kwargs.get(name) ?? standard;
}

export function integer(value: Value): number {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean' ? Math.trunc(Number(value)) : 0;
}
