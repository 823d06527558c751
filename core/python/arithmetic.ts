/** Python's arithmetic on numbers, and what `+`, `*` and `%` mean for texts and lists. */
import { Bytes, Tuple, typeName, type Value } from '../value.ts';
import { PythonError, typeError } from './error.ts';
import { bitsOf, checkBits, checkSize } from './limit.ts';
import { clampIndex, intOf, numberOf, toFloat } from './number.ts';
import { formatPercent } from './percent.ts';

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';

/** `left op right`. `limit`: the longest text or list that may come of it. */
export function binary(op: BinaryOperator, left: Value, right: Value, limit?: number): Value {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) {
    if (typeof a === 'bigint' && typeof b === 'bigint') return intArithmetic(op, a, b);
    return floatArithmetic(op, typeof a === 'bigint' ? toFloat(a) : a, typeof b === 'bigint' ? toFloat(b) : b);
  }
  if (op === '+') return concatenate(left, right, limit);
  if (op === '*') return repeat(left, right, limit);
  if (op === '%' && typeof left === 'string') return formatPercent(left, right, limit);
  throw unsupported(op, left, right);
}

export function unary(op: '-' | '+', value: Value): Value {
  const number = numberOf(value);
  if (number === undefined) throw typeError(`bad operand type for unary ${op}: '${typeName(value)}'`);
  return op === '-' ? -number : number;
}

/** `abs(value)`. */
export function absolute(value: Value): Value {
  const number = numberOf(value);
  if (number === undefined) throw typeError(`bad operand type for abs(): '${typeName(value)}'`);
  return typeof number === 'number' ? Math.abs(number) : number < 0n ? -number : number;
}

function unsupported(op: BinaryOperator, left: Value, right: Value): PythonError {
  const name = op === '**' ? '** or pow()' : op;
  return typeError(`unsupported operand type(s) for ${name}: '${typeName(left)}' and '${typeName(right)}'`);
}

function intArithmetic(op: BinaryOperator, a: bigint, b: bigint): Value {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      checkBits(bitsOf(a) + bitsOf(b));
      return a * b;
    case '/':
      return divideInts(a, b);
    case '//':
      if (b === 0n) throw zero('integer division or modulo by zero');
      return floorDivide(a, b);
    case '%':
      if (b === 0n) throw zero('integer modulo by zero');
      return a - b * floorDivide(a, b);
    case '**':
      return powerInts(a, b);
  }
}

function zero(message: string): PythonError {
  return new PythonError('ZeroDivisionError', message);
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

const EXACT = 2n ** 53n;

/** The float nearest to a / b, whatever their size. */
function divideInts(a: bigint, b: bigint): number {
  if (b === 0n) throw zero('division by zero');
  if (a < EXACT && a > -EXACT && b < EXACT && b > -EXACT) return Number(a) / Number(b);
  const negative = a < 0n !== b < 0n;
  const [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  const shift = Math.max(0, bitsOf(y) - bitsOf(x) + 70);
  const scaled = x << BigInt(shift);
  // A last bit that says whether something was left over makes the one rounding below right.
  const quotient = ((scaled / y) << 1n) | (scaled % y === 0n ? 0n : 1n);
  const size = Number(quotient) * 2 ** -Math.min(shift + 1, 1000) * 2 ** -Math.max(0, shift + 1 - 1000);
  if (!Number.isFinite(size)) throw new PythonError('OverflowError', 'integer division result too large for a float');
  return negative ? -size : size;
}

function powerInts(a: bigint, b: bigint): Value {
  if (b < 0n) {
    if (a === 0n) throw zero('0.0 cannot be raised to a negative power');
    return floatArithmetic('**', toFloat(a), toFloat(b));
  }
  if (a !== 0n && a !== 1n && a !== -1n) checkBits(bitsOf(a) * clampIndex(b) * (a > -16n && a < 16n ? 0.25 : 1));
  return a ** b;
}

function floatArithmetic(op: BinaryOperator, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0) throw zero('float division by zero');
      return a / b;
    case '//':
      if (b === 0) throw zero('float floor division by zero');
      return floorDivideFloats(a, b);
    case '%':
      if (b === 0) throw zero('float modulo');
      return floorModulo(a, b);
    case '**':
      return powerFloats(a, b);
  }
}

function floorModulo(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
}

function floorDivideFloats(a: number, b: number): number {
  const rest = a % b;
  let quotient = (a - rest) / b;
  if (rest !== 0 && rest < 0 !== b < 0) quotient -= 1;
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function powerFloats(a: number, b: number): number {
  if (a === 1 || (a === -1 && !Number.isFinite(b) && !Number.isNaN(b))) return 1;
  if (a === 0 && b < 0 && Number.isFinite(b)) throw zero('0.0 cannot be raised to a negative power');
  if (a < 0 && Number.isFinite(b) && Number.isFinite(a) && !Number.isInteger(b)) {
    throw typeError('the power of a negative number would be complex');
  }
  const result = b === 0.5 && a > 0 ? Math.sqrt(a) : a ** b;
  if (!Number.isFinite(result) && Number.isFinite(a) && Number.isFinite(b)) {
    throw new PythonError('OverflowError', "(34, 'Numerical result out of range')");
  }
  return result;
}

function concatenate(left: Value, right: Value, limit?: number): Value {
  if (typeof left === 'string') {
    if (typeof right !== 'string') throw typeError(`can only concatenate str (not "${typeName(right)}") to str`);
    checkSize(left.length + right.length, limit);
    return left + right;
  }
  if (Array.isArray(left)) {
    if (!Array.isArray(right)) throw typeError(`can only concatenate list (not "${typeName(right)}") to list`);
    checkSize(left.length + right.length, limit);
    return [...left, ...right];
  }
  if (left instanceof Tuple) {
    if (!(right instanceof Tuple)) throw typeError(`can only concatenate tuple (not "${typeName(right)}") to tuple`);
    checkSize(left.items.length + right.items.length, limit);
    return new Tuple([...left.items, ...right.items]);
  }
  if (left instanceof Bytes) {
    if (!(right instanceof Bytes)) throw typeError(`can't concat ${typeName(right)} to bytes`);
    checkSize(left.bytes.length + right.bytes.length, limit);
    return new Bytes(Uint8Array.from([...left.bytes, ...right.bytes]));
  }
  throw unsupported('+', left, right);
}

function repeat(left: Value, right: Value, limit?: number): Value {
  const [sequence, count] = isSequence(left) ? [left, right] : [right, left];
  if (!isSequence(sequence)) throw unsupported('*', left, right);
  const int = intOf(count);
  if (int === undefined) throw typeError(`can't multiply sequence by non-int of type '${typeName(count)}'`);
  const times = int < 0n ? 0n : int;
  checkSize(BigInt(sizeOf(sequence)) * times, limit);
  const n = sizeOf(sequence) === 0 ? 0 : Number(times);
  if (typeof sequence === 'string') return sequence.repeat(n);
  if (Array.isArray(sequence)) return Array.from({ length: n }, () => sequence).flat(1);
  if (sequence instanceof Tuple) return new Tuple(Array.from({ length: n }, () => sequence.items).flat(1));
  return new Bytes(Uint8Array.from(Array.from({ length: n }, () => [...sequence.bytes]).flat()));
}

type Sequence = string | Value[] | Tuple | Bytes;

function isSequence(value: Value): value is Sequence {
  return typeof value === 'string' || Array.isArray(value) || value instanceof Tuple || value instanceof Bytes;
}

function sizeOf(value: Sequence): number {
  return value instanceof Tuple ? value.items.length : value instanceof Bytes ? value.bytes.length : value.length;
}
