/** Salt's filters over lists: sets, pairs, averages, itertools. */
import { binary as arithmetic } from '../../python/arithmetic.ts';
import { toFloatValue } from '../../python/number.ts';
import { PyRange, PySet } from '../../python/set.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { type Filter, own, pure } from './filter.ts';
import { undefinedIn } from './filters-serialize.ts';
import { Lazy } from './lazy.ts';
import { binary, contains, distinctOf, ordering, truthy } from './operate.ts';
import { arg, integer } from './parameters.ts';
import { iterate, lengthOf } from './sequences.ts';
import { isText, plain, strip, toText } from './text.ts';
import { Undefined } from './undefined.ts';
import { asAny, kind, lazy, OperationError, python } from './values.ts';

/** What one evaluation may make of itertools. */
const MANY = 100_000;
const PAIRS = 4_000_000;

function distinct(list: readonly Value[]): Value[] {
  return distinctOf(list);
}

/** Can Python hash it? Then Salt makes sets. */
const isHashable = (value: Value) =>
  value instanceof Tuple ||
  isText(value) ||
  value === null ||
  typeof value !== 'object' ||
  (value as unknown) instanceof PyRange ||
  (value as unknown) instanceof Lazy;

const asSet = (values: readonly Value[]) => asAny(new PySet(values, strip));

/** Sets of what can be hashed, else what `keep` leaves of the first, each member once. */
const setFilter = (keep: (one: Value, two: Value) => readonly Value[]): Filter =>
  own((of, call) => {
    const other = arg(call, 0, 'lst2');
    const kept = keep(of, other);
    return isHashable(of) && isHashable(other) ? asSet(kept) : distinct(kept);
  });

/** `lst1 + lst2`, as Python adds; sets are joined. */
function joined(one: Value, two: Value): readonly Value[] {
  return isHashable(one) && isHashable(two) ? [...iterate(one), ...iterate(two)] : iterate(binary('+', one, two));
}

const shared = (one: Value, two: Value) => within(one, two, true);

/** Members of the first that are in the second, or are not: one by one, so only so many. */
function within(one: Value, two: Value, wanted: boolean): readonly Value[] {
  const [items, others] = [iterate(one), Array.isArray(two) || two instanceof Tuple ? iterate(two).length : 1];
  if (items.length * others > PAIRS) throw new OperationError(`more than ${PAIRS} pairs to compare`, 'jinja.budget');
  return items.filter((item) => contains(two, item) === wanted);
}

function toBool(value: Value): boolean {
  if ((value as unknown) instanceof Undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  if (isText(value)) return ['yes', '1', 'true'].includes(plain(value).toLowerCase());
  if (typeof value === 'bigint') return value > 0n;
  if (typeof value === 'number') return false;
  return !isHashable(value) && lengthOf(value) > 0n;
}

/** Nothing, and texts that say so, are left out unless they are to stay. */
function flatten(list: readonly Value[], levels: number | null, nulls: boolean): Value[] {
  return list.flatMap((one) => {
    if (!nulls && (one === null || (isText(one) && ['None', 'null'].includes(plain(one))))) return [];
    if (typeof one !== 'object' || one === null || isText(one)) return [one];
    if (levels === null) return flatten(iterate(one), null, nulls);
    return levels >= 1 ? flatten(iterate(one), levels - 1, nulls) : [one];
  });
}

/** Iterators of itertools let what is undefined through, so that it is said where it is used. */
const iterator = (
  make: (lists: readonly (readonly Value[])[], size: number, kwargs: Dict) => readonly (readonly Value[])[],
): Filter =>
  own(
    (of, call) => {
      const missing = [of, ...call.args].map((one) => undefinedIn(one)).find((one) => one !== null);
      if (missing) return missing as unknown as Value;
      const lists = [of, ...call.args.filter((one) => typeof one === 'object' || isText(one))].map((one) => iterate(one));
      const size = arg(call, 0, 'r');
      const count = typeof size === 'bigint' ? integer(size) : (lists[0] as readonly Value[]).length;
      const rows = make(lists, count, call.kwargs);
      return lazy(rows.map((row) => new Tuple(row)));
    },
    { undefined: true },
  );

function choose(list: readonly Value[], size: number, next: (i: number) => readonly Value[]): Value[][] {
  let rows: Value[][] = [];
  const walk = (rest: readonly Value[], row: Value[]) => {
    if (rows.length > MANY) throw new OperationError(`more than ${MANY} rows`, 'jinja.budget');
    if (row.length === size) {
      rows.push(row);
      return;
    }
    rest.forEach((one, i) => {
      walk(rest === list ? next(i) : narrowed(rest, i), [...row, one]);
    });
  };
  const repeats = next(0).length === list.length;
  const narrowed = (rest: readonly Value[], i: number) => (repeats ? rest.slice(i) : rest.slice(i + 1));
  if (size === 0) rows = [[]];
  else walk(list, []);
  return rows;
}

function permute(list: readonly Value[], size: number): Value[][] {
  let rows: Value[][] = [[]];
  let indices: number[][] = [[]];
  if (size > list.length) return [];
  for (let i = 0; i < size; i += 1) {
    const grown = indices.flatMap((row) =>
      list
        .map((_one, at) => at)
        .filter((at) => !row.includes(at))
        .map((at) => [...row, at]),
    );
    if (grown.length > MANY) throw new OperationError(`more than ${MANY} rows`, 'jinja.budget');
    indices = grown;
  }
  rows = indices.map((row) => row.map((at) => list[at] as Value));
  return rows;
}

function product(lists: readonly (readonly Value[])[]): Value[][] {
  if (lists.reduce((count, list) => count * list.length, 1) > MANY)
    throw new OperationError(`more than ${MANY} rows`, 'jinja.budget');
  return lists.reduce<Value[][]>((rows, list) => rows.flatMap((row) => list.map((one) => [...row, one])), [[]]);
}

export const saltListFilters: Readonly<Record<string, Filter>> = {
  to_bool: own(toBool, { undefined: true }),
  exactly_n_true: pure((of, call) => iterate(of).filter(truthy).length === integer(arg(call, 0, 'amount', 1n))),
  exactly_one_true: pure((of) => iterate(of).filter(truthy).length === 1),
  sequence: own(
    (of) => {
      const isOne = isText(of) || of === null || typeof of !== 'object' || (of as unknown) instanceof Undefined;
      const listed = Array.isArray(of) || of instanceof Tuple || of instanceof Dict || (of as unknown) instanceof PySet;
      return isOne || !listed ? [of] : of;
    },
    { undefined: true },
  ),
  is_list: own((of) => Array.isArray(of), { undefined: true }),
  is_iter: own((of) => typeof of === 'object' && of !== null && !isText(of)),
  avg: pure((of) => {
    if (isHashable(of)) return python(() => toFloatValue(of));
    const list = iterate(of);
    if (list.length === 0) throw new OperationError('division by zero', 'jinja.value');
    const sum = python(() => list.reduce((total, one) => arithmetic('+', total, one), 0n as Value));
    return python(() => toFloatValue(sum) / list.length);
  }),
  union: setFilter(joined),
  intersect: setFilter(shared),
  difference: setFilter((one, two) => within(one, two, false)),
  symmetric_difference: setFilter((one, two) => {
    const both = shared(one, two);
    return within([...joined(one, two)], [...both], false);
  }),
  flatten: own((of, call) => {
    const levels = arg(call, 0, 'levels');
    return flatten(iterate(of), levels === null ? null : integer(levels), truthy(arg(call, 1, 'preserve_nulls', false)));
  }),
  zip: iterator((lists) =>
    Array.from({ length: Math.min(...lists.map((list) => list.length)) }, (_one, i) => lists.map((list) => list[i] as Value)),
  ),
  zip_longest: iterator((lists, _size, kwargs) =>
    Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_one, i) =>
      lists.map((list) => list[i] ?? kwargs.get('fillvalue') ?? null),
    ),
  ),
  compress: own(
    (of, call) => {
      const missing = undefinedIn(of) ?? undefinedIn(call.args[0] as Value);
      if (missing) return missing as unknown as Value;
      const chosen = iterate(call.args[0] as Value);
      return lazy(iterate(of).filter((_one, i) => truthy(chosen[i] ?? false)));
    },
    { undefined: true },
  ),
  product: iterator((lists, _size, kwargs) => {
    const times = integer(kwargs.get('repeat') ?? 1n);
    return product(Array.from({ length: times }, () => lists).flat());
  }),
  combinations: iterator(([list = []], size) => choose(list, size, (i) => list.slice(i + 1))),
  combinations_with_replacement: iterator(([list = []], size) => choose(list, size, (i) => list.slice(i))),
  permutations: iterator(([list = []], size) => permute(list, size)),
  compare_lists: pure((of, call) => {
    const [old, next] = [of, arg(call, 0, 'new')];
    const result = new Dict();
    const [added, gone] = [
      iterate(next).filter((one) => !contains(old, one)),
      iterate(old).filter((one) => !contains(next, one)),
    ];
    if (added.length > 0) result.set('new', added);
    if (gone.length > 0) result.set('old', gone);
    return result;
  }),
  sorted_ignorecase: own((of) => {
    const lower = (value: Value) => {
      if (!isText(value)) throw new OperationError(`'${kind(value)}' object has no attribute 'lower'`);
      return plain(toText(value)).toLowerCase();
    };
    const order = iterate(of).map((one, i) => ({ one, i, by: lower(one) }));
    return order.sort((a, b) => ordering(a.by, b.by) || a.i - b.i).map(({ one }) => one);
  }),
};
