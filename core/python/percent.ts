/** `format % values`: Python's printf-style formatting. */
import { Bytes, Dict, Tuple, typeName, type Value } from '../value.ts';
import { charsOf, indexOf, lengthOf } from './code-points.ts';
import { exponential, fixed, general } from './decimal.ts';
import { PythonError, typeError, valueError } from './error.ts';
import { pointed } from './format-spec.ts';
import { checkSize } from './limit.ts';
import { indexArgument, intOf, numberOf, toFloat, toInt } from './number.ts';
import { joinPieces, type Piece } from './piece.ts';
import { pyRepr, pyStr, reprInt } from './print.ts';

const CONVERSION = /%(?:\(((?:[^()]|\([^()]*\))*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?([\s\S])?/g;

/** `format % values`: a tuple gives several values, a mapping named ones, everything else is one value. */
export function formatPercent(format: string, values: Value, limit?: number): string {
  return joinPieces(percentPieces(format, values, { limit }));
}

/** The same in pieces; `plain` makes a value of an argument before it is formatted. */
export function percentPieces(
  format: string,
  values: Value,
  { limit, plain = (value) => value }: { limit?: number | undefined; plain?: (value: Value) => Value } = {},
): Piece<Value>[] {
  const pieces: Piece<Value>[] = [];
  const take = new Arguments(values);
  let [at, size] = [0, 0];
  const push = (piece: Piece<Value>) => {
    size += piece.text.length;
    checkSize(size, limit);
    if (piece.text !== '' || piece.argument !== undefined) pieces.push(piece);
  };
  for (const found of format.matchAll(CONVERSION)) {
    push({ text: format.slice(at, found.index), at });
    at = found.index + found[0].length;
    const conversion = readConversion(found, take, plain);
    if (conversion.type === undefined) throw valueError('incomplete format');
    if (found[0] === '%%') push({ text: '%', at: found.index });
    else {
      const argument = take.next(found[1]);
      checkType(conversion.type, format, found.index + found[0].length - conversion.type.length);
      checkSize(Math.max(conversion.width, Math.min(conversion.precision ?? 0, 10_000)), limit);
      push({ ...convert(plain(argument), conversion), argument });
    }
  }
  push({ text: format.slice(at), at });
  take.finish();
  return pieces;
}

interface Conversion {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly type: string | undefined;
}

function readConversion(found: RegExpMatchArray, take: Arguments, plain: (value: Value) => Value): Conversion {
  const [text, , flags = '', width, precision, type] = found;
  const star = (said: string | undefined) => {
    if (said !== '*') return Number(said ?? 0);
    const value = plain(take.next(undefined));
    if (intOf(value) === undefined) throw typeError('* wants int');
    return indexArgument(value);
  };
  const wide = star(width);
  const dotted =
    /\.(\*|\d+)?[hlL]?[\s\S]?$/.test(text) && /\./.test(text.slice(0, text.length - (type?.length ?? 0)).replace(/\(.*\)/s, ''));
  return {
    flags: wide < 0 ? `${flags}-` : flags,
    width: Math.abs(wide),
    precision: dotted ? Math.max(0, star(precision)) : undefined,
    type,
  };
}

function checkType(type: string, format: string, offset: number): void {
  if (/[diuoxXeEfFgGcrsa]/.test(type)) return;
  const code = (type.codePointAt(0) as number).toString(16);
  throw valueError(`unsupported format character '${type}' (0x${code}) at index ${indexOf(format, offset)}`);
}

class Arguments {
  readonly #values: Value;
  #at = 0;
  #named = false;

  constructor(values: Value) {
    this.#values = values;
  }

  next(name: string | undefined): Value {
    if (name !== undefined) {
      if (!(this.#values instanceof Dict)) throw typeError('format requires a mapping');
      this.#named = true;
      const value = this.#values.get(name);
      if (value === undefined) throw new PythonError('KeyError', pyRepr(name));
      return value;
    }
    const items = this.#values instanceof Tuple ? this.#values.items : this.#named ? [] : [this.#values];
    if (this.#at >= items.length) throw typeError('not enough arguments for format string');
    this.#at += 1;
    return items[this.#at - 1] as Value;
  }

  /** Values left over are an error, but for mappings and lists, as in Python. */
  finish(): void {
    const values = this.#values;
    const left = values instanceof Tuple ? this.#at < values.items.length : this.#at === 0;
    if (!left || values instanceof Dict || Array.isArray(values) || values instanceof Bytes) return;
    throw typeError('not all arguments converted during string formatting');
  }
}

function convert(value: Value, conversion: Conversion): { text: string; inner?: readonly [number, number] } {
  const type = conversion.type as string;
  if (/[rsa]/.test(type)) return textConversion(value, conversion);
  if (type === 'c') return { text: padded('', charOf(value), { ...conversion, flags: conversion.flags.replaceAll('0', '') }) };
  const [sign, digits] = /[eEfFgG]/.test(type) ? floatDigits(value, conversion) : intDigits(value, conversion);
  return { text: padded(sign, digits, conversion) };
}

function textConversion(
  value: Value,
  { flags, width, precision, type }: Conversion,
): { text: string; inner?: readonly [number, number] } {
  const full = type === 's' ? pyStr(value) : type === 'r' ? pyRepr(value) : asciiRepr(value);
  const cut = precision === undefined ? full : charsOf(full).slice(0, precision).join('');
  const space = ' '.repeat(Math.max(0, width - lengthOf(cut)));
  const left = flags.includes('-');
  const inner =
    type === 's' && cut === full ? ([left ? 0 : space.length, (left ? 0 : space.length) + cut.length] as const) : undefined;
  return { text: left ? cut + space : space + cut, ...(inner && { inner }) };
}

/** `ascii(value)`: repr with everything beyond ASCII escaped. */
export function asciiRepr(value: Value): string {
  return pyRepr(value).replace(/[^\x00-\x7f]/gu, (char) => {
    const code = char.codePointAt(0) as number;
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex}` : code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
  });
}

function charOf(value: Value): string {
  if (typeof value === 'string' && lengthOf(value) === 1) return value;
  const int = intOf(value);
  if (int === undefined) throw typeError('%c requires int or char');
  if (int < 0n || int > 0x10ffffn) throw new PythonError('OverflowError', '%c arg not in range(0x110000)');
  return String.fromCodePoint(Number(int));
}

function intDigits(value: Value, { flags, precision, type = 'd' }: Conversion): [string, string] {
  const decimal = /[diu]/.test(type);
  const number = numberOf(value);
  if (number === undefined || (!decimal && typeof number === 'number')) {
    throw typeError(`%${type} format: ${decimal ? 'a real number' : 'an integer'} is required, not ${typeName(value)}`);
  }
  const int = toInt(number);
  const size = int < 0n ? -int : int;
  const base = type === 'o' ? 8 : /x/i.test(type) ? 16 : 10;
  const digits = (base === 10 ? reprInt(size) : size.toString(base)).padStart(Math.min(precision ?? 0, 10_000), '0');
  const prefix = flags.includes('#') && base !== 10 ? (base === 8 ? '0o' : '0x') : '';
  const shown = type === 'X' ? [prefix.toUpperCase(), digits.toUpperCase()] : [prefix, digits];
  return [signOf(int < 0n, flags) + shown[0], shown[1] as string];
}

function floatDigits(value: Value, { flags, precision = 6, type = 'f' }: Conversion): [string, string] {
  const number = numberOf(value);
  if (number === undefined) throw typeError(`must be real number, not ${typeName(value)}`);
  const float = typeof number === 'bigint' ? toFloat(number) : number;
  const size = Math.abs(float);
  const places = Math.min(precision, 10_000);
  const sign = signOf(float < 0 || Object.is(float, -0), flags);
  if (!Number.isFinite(size)) return [sign, cased(Number.isNaN(size) ? 'nan' : 'inf', type)];
  const kind = type.toLowerCase();
  const alternate = flags.includes('#');
  const digits = kind === 'e' ? exponential(size, places) : kind === 'g' ? general(size, places, alternate) : fixed(size, places);
  return [sign, cased(alternate ? pointed(digits) : digits, type)];
}

function cased(text: string, type: string): string {
  return /[EFG]/.test(type) ? text.toUpperCase() : text;
}

function signOf(negative: boolean, flags: string): string {
  return negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
}

function padded(sign: string, digits: string, { flags, width }: Conversion): string {
  const missing = Math.max(0, width - sign.length - lengthOf(digits));
  if (flags.includes('-')) return sign + digits + ' '.repeat(missing);
  if (flags.includes('0')) return sign + '0'.repeat(missing) + digits;
  return ' '.repeat(missing) + sign + digits;
}
