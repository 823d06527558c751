/** Python's operators on values, taint kept. Numbers, order and formatting are core/python's. */
import * as arithmetic from '../../python/arithmetic.ts';
import { compare as ordered } from '../../python/compare.ts';
import { PythonError } from '../../python/error.ts';
import { DEFAULT_LIMIT } from '../../python/limit.ts';
import { percentPieces } from '../../python/percent.ts';
import type { Piece } from '../../python/piece.ts';
import { PyRange, PySet } from '../../python/set.ts';
import { DictView } from '../../python/view.ts';
import { Bytes, Dict, equal, hashKey, Tuple, type Value } from '../../value.ts';
import { escapeHtml } from './html.ts';
import { Lazy } from './lazy.ts';
import { isPlain, isTextObject, iterate } from './sequences.ts';
import {
  asMarkup,
  asValue,
  concat,
  isMarkup,
  isTainted,
  isText,
  plain,
  slice as sliceText,
  strip,
  Text,
  tainted,
} from './text.ts';
import { Lax, Undefined } from './undefined.ts';
import { Callable, defined, kind, Namespace, OperationError, python } from './values.ts';

export function truthy(value: Value): boolean {
  const any = defined(value) as unknown;
  if (any instanceof Text) return plain(any) !== '';
  if (any instanceof Undefined) return false;
  if (any instanceof DictView || any instanceof PyRange) return any.size > 0;
  if (any instanceof PySet) return any.members.length > 0;
  if (value === null || value === false || value === '' || value === 0n || value === 0) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Dict) return value.size > 0;
  if (value instanceof Bytes) return value.bytes.length > 0;
  return true;
}

type Operator = arithmetic.BinaryOperator;

export function binary(op: Operator, left: Value, right: Value): Value {
  defined(left);
  defined(right);
  if (op === '+' && isText(left) && isText(right)) return sized(plus(left, right));
  if (op === '%' && isText(left) && (typeof left !== 'string' || isTainted(right))) return asValue(formatPercent(left, right));
  if (op === '*' && (isTextObject(left) || isTextObject(right))) return repeat(left, right);
  if (isPlain(left) && isPlain(right)) return python(() => arithmetic.binary(op, left, right));
  if (op === '+' && (isText(left) || Array.isArray(left) || left instanceof Tuple)) {
    const own = isText(left) ? 'str' : kind(left);
    throw new OperationError(`can only concatenate ${own} (not "${kind(right)}") to ${own}`);
  }
  if (op === '-' && isSetLike(left) && isSetLike(right)) {
    const other = iterate(right);
    return asValue(
      new PySet(
        iterate(left).filter((one) => !other.some((its) => same(one, its))),
        strip,
      ) as unknown as string,
    );
  }
  const name = op === '**' ? '** or pow()' : op;
  throw new OperationError(`unsupported operand type(s) for ${name}: '${kind(left)}' and '${kind(right)}'`);
}

function isSetLike(value: Value): boolean {
  const any = value as unknown;
  return any instanceof PySet || (any instanceof DictView && any.kind !== 'values');
}

function plus(left: string | Text, right: string | Text): Value {
  if (!isMarkup(left) && !isMarkup(right)) return asValue(concat([left, right]));
  const escaped = (text: string | Text) => (isMarkup(text) ? asMarkup(text, false) : escapeText(text));
  return asValue(asMarkup(concat([escaped(left), escaped(right)])));
}

/** Part by part, so that what a host wrote stays marked. */
export function escapeText(text: string | Text): string | Text {
  if (typeof text === 'string') return escapeHtml(text);
  return new Text(text.parts.map((part) => ({ text: escapeHtml(part.text), tainted: part.tainted })));
}

function repeat(left: Value, right: Value): Value {
  const [text, times] = (isTextObject(left) ? [left, right] : [right, left]) as unknown as [Text, Value];
  if (typeof times !== 'bigint' && typeof times !== 'boolean')
    throw new OperationError(`can't multiply sequence by non-int of type '${kind(times)}'`);
  const count = Math.max(0, Number(times));
  if (plain(text).length * count > DEFAULT_LIMIT)
    throw new OperationError(`a value of more than ${DEFAULT_LIMIT} characters or items`, 'jinja.budget');
  return asValue(concat(Array.from({ length: count }, () => text)));
}

export function unary(op: '-' | '+', value: Value): Value {
  defined(value);
  if (isPlain(value)) return python(() => arithmetic.unary(op, value));
  throw new OperationError(`bad operand type for unary ${op}: '${kind(value)}'`);
}

export function sized<V extends Value>(value: V): V {
  const length = isText(value) ? plain(value).length : Array.isArray(value) ? value.length : 0;
  if (length > DEFAULT_LIMIT)
    throw new OperationError(`a value of more than ${DEFAULT_LIMIT} characters or items`, 'jinja.budget');
  return value;
}

/** `'%s-%d' % (…)`: what stood in the format keeps its own taint, what came of a host's argument is the host's. */
export function formatPercent(format: string | Text, values: Value): string | Text {
  const given = values instanceof Tuple ? values.items : [values];
  for (const value of given) defined(value);
  return joinPieces(
    format,
    python(() => percentPieces(plain(format), values, { plain: strip })),
  );
}

export function joinPieces(format: string | Text, pieces: readonly Piece<Value>[]): string | Text {
  return concat(
    pieces.map(({ text, argument, at, inner }) => {
      if (argument === undefined) return at === undefined ? text : sliceText(format, at, at + text.length);
      if (!isTainted(argument)) return text;
      if (inner && isText(argument) && typeof argument !== 'string') {
        const [from, to] = inner;
        const own = plain(argument);
        if (text.slice(from, to) === own) return concat([text.slice(0, from), argument, text.slice(to)]);
      }
      return tainted(text);
    }),
  );
}

export function same(left: Value, right: Value): boolean {
  defined(left);
  defined(right);
  if (isText(left) && isText(right)) return plain(left) === plain(right);
  const [a, b] = [left as unknown, right as unknown];
  if (a instanceof PyRange || b instanceof PyRange)
    return a instanceof PyRange && b instanceof PyRange && equal(a.items, b.items);
  if (isSetLike(left) && isSetLike(right)) {
    const [x, y] = [iterate(left), iterate(right)];
    return x.length === y.length && x.every((one) => y.some((other) => same(one, other)));
  }
  if ((a instanceof Lax && b instanceof Lax) || left === right) return true;
  if (!isPlain(left) || !isPlain(right)) return false;
  return equal(strip(left), strip(right));
}

export function compare(op: string, left: Value, right: Value): boolean {
  switch (op) {
    case '==':
      return same(left, right);
    case '!=':
      return !same(left, right);
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    default: {
      const order = ordering(left, right, op);
      return op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : order >= 0;
    }
  }
}

/** Negative, zero, positive; NaN for what cannot be ordered among floats. */
export function ordering(left: Value, right: Value, op = '<'): number {
  defined(left);
  defined(right);
  const [a, b] = [strip(left), strip(right)];
  if (isPlain(a) && isPlain(b)) {
    return python(() => {
      try {
        return ordered(a, b);
      } catch (error) {
        if (error instanceof PythonError) throw new PythonError(error.type, error.message.replace(/^'<'/, `'${op}'`));
        throw error;
      }
    });
  }
  throw new OperationError(`'${op}' not supported between instances of '${kind(left)}' and '${kind(right)}'`);
}

export function contains(holder: Value, item: Value): boolean {
  defined(holder);
  if (isText(holder)) {
    if (!isText(item)) {
      defined(item);
      throw new OperationError(`'in <string>' requires string as left operand, not ${kind(item)}`);
    }
    return plain(holder).includes(plain(item));
  }
  if (holder instanceof Dict) {
    defined(item);
    const key = hashableKey(item);
    return isPlain(key) && hashed(() => holder.has(key));
  }
  if (holder === null || typeof holder !== 'object')
    throw new OperationError(`argument of type '${kind(holder)}' is not iterable`);
  return iterate(holder).some((one) => same(one, item));
}

/** A key of a mapping; throws TypeError for what Python cannot hash. */
export function hashableKey(key: Value): Value {
  defined(key);
  const own = strip(key);
  const any = own as unknown;
  // What can be hashed and is equal to no key: functions, generators, ranges.
  if (
    any instanceof Callable ||
    any instanceof Lazy ||
    any instanceof PyRange ||
    any instanceof Undefined ||
    any instanceof Namespace
  )
    return own;
  if (Array.isArray(own) || own instanceof Dict || !isPlain(own)) throw new OperationError(`unhashable type: '${kind(key)}'`);
  return own;
}

function hashed<T>(run: () => T): T {
  return python(run);
}

/** Lists and mappings that may be compared one by one. */
const UNHASHED = 2000;

/** Each member once, the first of equal ones. */
export function distinctOf(list: readonly Value[]): Value[] {
  const known = new Set<string>();
  const rest: Value[] = [];
  return list.filter((one) => {
    defined(one);
    const hash = isPlain(one) || isText(one) ? hashKey(strip(one)) : undefined;
    if (hash !== undefined) return known.size < known.add(hash).size;
    if (rest.some((other) => same(other, one))) return false;
    if (rest.push(one) > UNHASHED) throw new OperationError(`more than ${UNHASHED} lists to compare`, 'jinja.budget');
    return true;
  });
}
