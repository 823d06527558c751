/** Python's numbers: reading them from text, int(), float(), round(), and the arithmetic that differs from JavaScript's. */
import { Bytes, typeName, type Value } from '../value.ts';
import { divideHalfEven, roundFloat } from './decimal.ts';
import { PythonError, typeError, valueError } from './error.ts';
import { bitsOf, checkBits } from './limit.ts';
import { pyRepr } from './print.ts';

/** bool counts as int, as in Python; undefined for what is no number. */
export function numberOf(value: Value): bigint | number | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined;
}

/** An int, or a bool; undefined for everything else. */
export function intOf(value: Value): bigint | undefined {
  const number = numberOf(value);
  return typeof number === 'bigint' ? number : undefined;
}

/** An int that fits a JavaScript number, cut to ±2^53; TypeError for what is no int. */
export function indexArgument(value: Value): number {
  const int = intOf(value);
  if (int === undefined) throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
  return clampIndex(int);
}

export function clampIndex(int: bigint): number {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(int > most ? most : int < -most ? -most : int);
}

export function toFloat(int: bigint): number {
  const float = Number(int);
  if (!Number.isFinite(float)) throw new PythonError('OverflowError', 'int too large to convert to float');
  return float;
}

const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const TRIM = new RegExp(`^${SPACE}+|${SPACE}+$`, 'gu');

/** `int(value, base)`: base 2 to 36, or 0 for the prefix to say. */
export function toInt(value: Value, base?: number): bigint {
  if (base !== undefined && typeof value !== 'string' && !(value instanceof Bytes)) {
    throw typeError("int() can't convert non-string with explicit base");
  }
  const number = numberOf(value);
  if (typeof number === 'bigint') return number;
  if (typeof number === 'number') {
    if (Number.isNaN(number)) throw valueError('cannot convert float NaN to integer');
    if (!Number.isFinite(number)) throw new PythonError('OverflowError', 'cannot convert float infinity to integer');
    return BigInt(Math.trunc(number));
  }
  const text = textOf(value);
  if (text === undefined) {
    throw typeError(`int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`);
  }
  const result = readInt(text, base ?? 10);
  if (result === undefined) throw valueError(`invalid literal for int() with base ${base ?? 10}: ${pyRepr(value)}`);
  return result;
}

/** `float(value)`. */
export function toFloatValue(value: Value): number {
  const number = numberOf(value);
  if (number !== undefined) return typeof number === 'bigint' ? toFloat(number) : number;
  const text = textOf(value);
  if (text === undefined) throw typeError(`float() argument must be a string or a real number, not '${typeName(value)}'`);
  const result = readFloat(text);
  if (result === undefined) throw valueError(`could not convert string to float: ${pyRepr(value)}`);
  return result;
}

function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Bytes ? String.fromCharCode(...value.bytes.subarray(0, 10_000)) : undefined;
}

const PREFIXES: Readonly<Record<string, number>> = { '0x': 16, '0o': 8, '0b': 2 };

/** A text as int() reads it: blanks around, a sign, single underscores, digits of any script; undefined for anything else. */
export function readInt(input: string, base: number): bigint | undefined {
  const found = /^([-+]?)(0[xXoObB]_?)?(.*)$/s.exec(asciiDigits(input.replace(TRIM, '')));
  if (!found) return undefined;
  const [, sign = '', prefix = '', rest = ''] = found;
  let digits = rest;
  const said = PREFIXES[prefix.slice(0, 2).toLowerCase()];
  if (prefix !== '' && base === 0) base = said ?? 10;
  else if (prefix !== '' && said !== base) digits = prefix + rest;
  else if (base === 0) {
    if (/^0[0-9_]*[1-9]/.test(rest)) return undefined;
    base = 10;
  }
  if (!/^[0-9a-z]+(_[0-9a-z]+)*$/i.test(digits)) return undefined;
  const plain = digits.replaceAll('_', '').toLowerCase();
  if (base === 10 && plain.length > 4300) throw valueError('Exceeds the limit (4300 digits) for integer string conversion');
  checkBits(plain.length * Math.ceil(Math.log2(base)));
  const value = digitsToInt(plain, base);
  return value === undefined ? undefined : sign === '-' ? -value : value;
}

function digitsToInt(digits: string, base: number): bigint | undefined {
  if (base === 10) return /^\d+$/.test(digits) ? BigInt(digits) : undefined;
  let value = 0n;
  for (const digit of digits) {
    const amount = Number.parseInt(digit, 36);
    if (amount >= base) return undefined;
    value = value * BigInt(base) + BigInt(amount);
  }
  return value;
}

/** A text as float() reads it; undefined for anything else. */
export function readFloat(input: string): number | undefined {
  const text = asciiDigits(input.replace(TRIM, '')).toLowerCase();
  const special = /^([-+]?)(inf|infinity|nan)$/.exec(text);
  if (special) return special[2] === 'nan' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
  const number = /^[-+]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)(e[-+]?\d+(_\d+)*)?$/;
  return number.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

/** Digits of other scripts as 0 to 9: they stand in the code table in runs of ten. */
function asciiDigits(text: string): string {
  return text.replace(/[^\x00-\x7f]/gu, (char) => {
    if (!/\p{Nd}/u.test(char)) return char;
    return String(digitValue(char));
  });
}

/** The amount of one character of \p{Nd}. */
export function digitValue(char: string): number {
  const code = char.codePointAt(0) as number;
  let start = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(start - 1))) start -= 1;
  return (code - start) % 10;
}

/** `round(value, digits)`: halves to even; an int stays an int, without digits everything becomes one. */
export function round(value: Value, digits?: Value): bigint | number {
  const number = numberOf(value);
  if (number === undefined) throw typeError(`type ${typeName(value)} doesn't define __round__ method`);
  const places = digits === undefined || digits === null ? undefined : indexArgument(digits);
  if (typeof number === 'bigint') return roundInt(number, places ?? 0);
  return places === undefined ? toInt(roundFloat(number, 0)) : roundFloat(number, places);
}

function roundInt(value: bigint, places: number): bigint {
  if (places >= 0) return value;
  if (-places * 3 > bitsOf(value) + 4) return 0n;
  const unit = 10n ** BigInt(-places);
  const size = divideHalfEven(value < 0n ? -value : value, unit) * unit;
  return value < 0n ? -size : size;
}
