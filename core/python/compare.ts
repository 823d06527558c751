/** Python's truth, order, membership, length and iteration. Equality is `equal` of core/value.ts. */
import { Bytes, Dict, equal, hashKey, Tuple, typeName, type Value } from '../value.ts';
import { charsOf, compareText, lengthOf } from './code-points.ts';
import { PythonError, typeError } from './error.ts';
import { intOf, numberOf } from './number.ts';
import { DictView } from './view.ts';

/** `bool(value)`: zero, nothing and what is empty are false. */
export function truth(value: Value | DictView): boolean {
  if (value === null || value === false || value === 0 || value === 0n || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Bytes) return value.bytes.length > 0;
  if (value instanceof Dict || value instanceof DictView) return value.size > 0;
  return true;
}

export type OrderOperator = '<' | '<=' | '>' | '>=';

/** `left op right`; TypeError between kinds that have no order. NaN is in no order with anything. */
export function ordered(op: OrderOperator, left: Value, right: Value): boolean {
  const order = orderOf(left, right, op);
  switch (op) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** For sorting: below zero, zero, above zero. */
export function compare(left: Value, right: Value): number {
  const order = orderOf(left, right, '<');
  return Number.isNaN(order) ? 0 : order;
}

function orderOf(left: Value, right: Value, op: OrderOperator): number {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) {
    // biome-ignore lint/suspicious/noDoubleEquals: compares a bigint and a number by their exact amounts
    return a < b ? -1 : a > b ? 1 : a == b ? 0 : Number.NaN;
  }
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (Array.isArray(left) && Array.isArray(right)) return orderOfItems(left, right, op);
  if (left instanceof Tuple && right instanceof Tuple) return orderOfItems(left.items, right.items, op);
  if (left instanceof Bytes && right instanceof Bytes) return orderOfItems(bytesOf(left), bytesOf(right), op);
  throw typeError(`'${op}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`);
}

function orderOfItems(left: readonly Value[], right: readonly Value[], op: OrderOperator): number {
  const at = left.findIndex((item, i) => i >= right.length || !equal(item, right[i] as Value));
  if (at < 0 || at >= right.length) return left.length - right.length;
  return orderOf(left[at] as Value, right[at] as Value, op);
}

function bytesOf(value: Bytes): bigint[] {
  return Array.from(value.bytes, (byte) => BigInt(byte));
}

/** A sorted copy, stable; `key` gives what is compared. */
export function sorted(
  items: Iterable<Value>,
  { reverse = false, key = (item: Value) => item }: { reverse?: boolean; key?: (item: Value) => Value } = {},
): Value[] {
  const keyed = Array.from(items, (item) => ({ item, key: key(item) }));
  keyed.sort(reverse ? (a, b) => compare(b.key, a.key) : (a, b) => compare(a.key, b.key));
  return keyed.map(({ item }) => item);
}

/** `item in container`. */
export function contains(container: Value | DictView, item: Value): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    return container.includes(item);
  }
  if (container instanceof Dict) return container.has(hashable(item));
  if (container instanceof DictView) {
    if (container.kind === 'keys') return container.dict.has(hashable(item));
    return [...container].some((member) => equal(member, item));
  }
  if (Array.isArray(container)) return container.some((member) => equal(member, item));
  if (container instanceof Tuple) return container.items.some((member) => equal(member, item));
  if (container instanceof Bytes) return bytesContain(container, item);
  throw typeError(`argument of type '${typeName(container)}' is not iterable`);
}

function bytesContain(container: Bytes, item: Value): boolean {
  const int = intOf(item);
  if (int !== undefined) {
    if (int < 0n || int > 255n) throw new PythonError('ValueError', 'byte must be in range(0, 256)');
    return container.bytes.includes(Number(int));
  }
  if (!(item instanceof Bytes)) throw typeError(`a bytes-like object is required, not '${typeName(item)}'`);
  return String.fromCharCode(...container.bytes).includes(String.fromCharCode(...item.bytes));
}

/** The value itself where it can be a key; TypeError for what Python cannot hash. */
export function hashable(value: Value): Value {
  if (hashKey(value) !== undefined) return value;
  const inner = value instanceof Tuple ? value.items.find((item) => hashKey(item) === undefined) : undefined;
  if (inner !== undefined) return hashable(inner);
  throw typeError(`unhashable type: '${typeName(value)}'`);
}

/** `len(value)`: characters of a text, bytes, members, keys. */
export function length(value: Value | DictView): number {
  if (typeof value === 'string') return lengthOf(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Tuple) return value.items.length;
  if (value instanceof Bytes) return value.bytes.length;
  if (value instanceof Dict || value instanceof DictView) return value.size;
  throw typeError(`object of type '${typeName(value)}' has no len()`);
}

/** The members that `for x in value` sees: characters, members, keys; TypeError for what cannot be iterated. */
export function iterate(value: Value | DictView): Value[] {
  if (typeof value === 'string') return charsOf(value);
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return [...value.items];
  if (value instanceof Bytes) return bytesOf(value);
  if (value instanceof Dict) return [...value.keys()];
  if (value instanceof DictView) return [...value];
  throw typeError(`'${typeName(value)}' object is not iterable`);
}

/** `a, b = value`: exactly so many members. */
export function unpack(value: Value | DictView, count: number): Value[] {
  let items: Value[];
  try {
    items = iterate(value);
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    throw typeError(`cannot unpack non-iterable ${typeName(value as Value)} object`);
  }
  if (items.length > count) throw new PythonError('ValueError', `too many values to unpack (expected ${count})`);
  if (items.length < count) {
    throw new PythonError('ValueError', `not enough values to unpack (expected ${count}, got ${items.length})`);
  }
  return items;
}
