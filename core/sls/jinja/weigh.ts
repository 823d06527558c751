/** How much there is to go through in a value: lists that hold the same list twice, level upon level, are short to write and endless to print. */
import { DictView } from '../../python/view.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { OperationError } from './values.ts';

const MOST = 400_000;

/** Throws `jinja.budget` for what would be gone through for too long. What stands in it several times counts as often. */
export function weigh(...values: readonly Value[]): void {
  const known = new Map<object, number>();
  let sum = 0;
  for (const value of values) sum += weightOf(value, known);
  if (sum > MOST) throw new OperationError(`a value of more than ${MOST} members`, 'jinja.budget');
}

function weightOf(value: Value, known: Map<object, number>): number {
  const any = value as unknown;
  const members = Array.isArray(value)
    ? value
    : value instanceof Tuple
      ? value.items
      : value instanceof Dict
        ? value.values()
        : any instanceof DictView
          ? any.dict.values()
          : null;
  if (!members) return 1;
  const found = known.get(any as object);
  if (found !== undefined) return found;
  // A value that holds itself is printed as `[...]`.
  known.set(any as object, 1);
  let sum = 1;
  for (const member of members) {
    sum += weightOf(member, known);
    if (sum > MOST) break;
  }
  known.set(any as object, sum);
  return sum;
}
