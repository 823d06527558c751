/** What `loop` knows in a round of `{% for %}`. */
import type { Value } from '../../value.ts';
import { compare } from './operate.ts';
import { callable, OperationError, undefinedValue } from './values.ts';

/** What `loop.changed` was asked with last; null: not yet. */
export interface Changed {
  last: Value[] | null;
}

interface Round {
  readonly i: number;
  readonly depth: number;
  readonly changed: Changed;
}

export function loopMembers(items: readonly Value[], { i, depth, changed }: Round): readonly (readonly [string, Value])[] {
  return [
    ['index', BigInt(i + 1)],
    ['index0', BigInt(i)],
    ['revindex', BigInt(items.length - i)],
    ['revindex0', BigInt(items.length - i - 1)],
    ['first', i === 0],
    ['last', i === items.length - 1],
    ['length', BigInt(items.length)],
    ['depth', BigInt(depth + 1)],
    ['depth0', BigInt(depth)],
    ['previtem', i > 0 ? (items[i - 1] as Value) : undefinedValue('there is no previous item')],
    ['nextitem', i < items.length - 1 ? (items[i + 1] as Value) : undefinedValue('there is no next item')],
    ['cycle', callable('cycle', (args) => cycled(args, i))],
    [
      'changed',
      callable('changed', (args) => {
        const same = changed.last !== null && compare('==', changed.last, [...args]);
        changed.last = [...args];
        return !same;
      }),
    ],
  ];
}

function cycled(args: readonly Value[], i: number): Value {
  if (args.length === 0) throw new OperationError('no items for cycling given');
  return args[i % args.length] as Value;
}
