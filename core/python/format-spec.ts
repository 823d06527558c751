/** Python's format mini language: `format(value, spec)`, the part behind the colon in `{:>10.2f}`. */
import { typeName, type Value } from '../value.ts';
import { charsOf, lengthOf } from './code-points.ts';
import { exponential, fixed, general } from './decimal.ts';
import { PythonError, typeError, valueError } from './error.ts';
import { checkSize } from './limit.ts';
import { intOf, toFloat } from './number.ts';
import { pyStr, reprFloat, reprInt } from './print.ts';
import type { DictView } from './view.ts';

export interface Spec {
  readonly fill: string;
  readonly align: '' | '<' | '>' | '=' | '^';
  /** The alignment comes of a leading 0 alone. */
  readonly implied: boolean;
  readonly sign: '' | '+' | '-' | ' ';
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: '' | ',' | '_';
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?(.)?$/su;

/** `format(value, spec)`. ValueError for a specification that does not fit the value. */
export function formatValue(value: Value | DictView, text: string, limit?: number): string {
  if (text === '') return pyStr(value);
  const plain = value as Value;
  if (typeof value === 'string') return formatText(value, parseSpec(text), limit);
  if (typeof value === 'number') return formatFloat(value, parseSpec(text), 'float', limit);
  const int = intOf(plain);
  if (int !== undefined) return formatInt(int, parseSpec(text), typeName(plain), limit);
  throw typeError(`unsupported format string passed to ${typeName(plain)}.__format__`);
}

function parseSpec(text: string): Spec {
  const found = SPEC.exec(text);
  if (!found) throw valueError('Invalid format specifier');
  const [, fill, align, sign, , alternate, zero, width, grouping, precision, type] = found;
  return {
    fill: fill ?? (zero ? '0' : ' '),
    align: (align ?? (zero ? '=' : '')) as Spec['align'],
    implied: align === undefined,
    sign: (sign ?? '') as Spec['sign'],
    alternate: alternate !== undefined,
    width: Number(width ?? 0),
    grouping: (grouping ?? '') as Spec['grouping'],
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? '',
  };
}

function formatText(value: string, spec: Spec, limit?: number): string {
  if (spec.type !== '' && spec.type !== 's') throw unknown(spec, 'str');
  if (spec.sign) throw valueError(`${spec.sign === ' ' ? 'Space' : 'Sign'} not allowed in string format specifier`);
  if (spec.alternate) throw valueError('Alternate form (#) not allowed in string format specifier');
  if (spec.align === '=' && !spec.implied) throw valueError("'=' alignment not allowed in string format specifier");
  if (spec.grouping) throw valueError(`Cannot specify '${spec.grouping}' with 's'.`);
  const cut = spec.precision === undefined ? value : charsOf(value).slice(0, spec.precision).join('');
  return pad(cut, { ...spec, align: spec.align === '=' ? '<' : spec.align }, '<', limit);
}

function unknown(spec: Spec, kind: string): Error {
  return valueError(`Unknown format code '${spec.type}' for object of type '${kind}'`);
}

function checkGrouping({ grouping, type }: Spec): void {
  if (grouping && (/[nc]/.test(type) || (grouping === ',' && /[boxX]/.test(type)))) {
    throw valueError(`Cannot specify '${grouping}' with '${type}'.`);
  }
}

const BASES: Readonly<Record<string, readonly [number, string]>> = { b: [2, '0b'], o: [8, '0o'], x: [16, '0x'], X: [16, '0X'] };

function formatInt(value: bigint, spec: Spec, kind: string, limit?: number): string {
  if (/[eEfFgG%]/.test(spec.type)) return formatFloat(toFloat(value), spec, kind, limit);
  if (!/^[bcdoxXn]?$/.test(spec.type)) throw unknown(spec, kind);
  checkGrouping(spec);
  if (spec.precision !== undefined) throw valueError('Precision not allowed in integer format specifier');
  if (spec.type === 'c') return formatChar(value, spec, limit);
  const base = BASES[spec.type];
  const size = value < 0n ? -value : value;
  const digits = base ? size.toString(base[0]) : reprInt(size);
  const prefix = signOf(value < 0n, spec) + (base && spec.alternate ? base[1] : '');
  return number(prefix, spec.type === 'X' ? digits.toUpperCase() : digits, '', { spec, every: base ? 4 : 3, limit });
}

function formatChar(value: bigint, spec: Spec, limit?: number): string {
  if (spec.sign) throw valueError("Sign not allowed with integer format specifier 'c'");
  if (spec.alternate) throw valueError("Alternate form (#) not allowed with integer format specifier 'c'");
  if (value < 0n || value > 0x10ffffn) throw new PythonError('OverflowError', '%c arg not in range(0x110000)');
  return pad(String.fromCodePoint(Number(value)), spec, '>', limit);
}

function formatFloat(value: number, spec: Spec, kind: string, limit?: number): string {
  if (!/^[eEfFgGn%]?$/.test(spec.type)) throw unknown(spec, kind);
  checkGrouping(spec);
  if ((spec.precision ?? 0) > 10_000) throw valueError('precision too big');
  const negative = value < 0 || Object.is(value, -0);
  const percent = spec.type === '%';
  const size = Math.abs(percent ? value * 100 : value);
  const text = Number.isFinite(size) ? floatDigits(size, spec) : Number.isNaN(size) ? 'nan' : 'inf';
  const shown = /[EFG]/.test(spec.type) ? text.toUpperCase() : text;
  const at = /^\d+/.exec(shown)?.[0].length ?? shown.length;
  const rest = shown.slice(at) + (percent ? '%' : '');
  return number(signOf(negative, spec), shown.slice(0, at), rest, { spec, every: 3, limit });
}

function floatDigits(size: number, spec: Spec): string {
  const precision = spec.precision ?? 6;
  const keep = spec.alternate ? pointed : (text: string) => text;
  switch (spec.type.toLowerCase()) {
    case 'e':
      return keep(exponential(size, precision));
    case 'f':
    case '%':
      return keep(fixed(size, precision));
    case 'g':
    case 'n':
      return keep(general(size, precision, spec.alternate));
    default:
      return keep(spec.precision === undefined ? reprFloat(size) : withPoint(size, spec.precision, spec.alternate));
  }
}

/** With a decimal point, even where no digit follows: the `#` flag. */
export function pointed(text: string): string {
  return text.includes('.') ? text : text.replace(/^\d+/, '$&.');
}

/** No type but a precision: like `g`, with a digit behind the point where there is no exponent. */
function withPoint(size: number, precision: number, keepZeros: boolean): string {
  const places = Math.max(precision, 1);
  const text = general(size, places, keepZeros);
  if (/[e.]/.test(text)) return text;
  return text.length < places
    ? `${text}.0`
    : exponential(size, places - 1)
        .replace(/(\.\d*?)0+(?=e)/, '$1')
        .replace('.e', 'e');
}

function signOf(negative: boolean, spec: Spec): string {
  return negative ? '-' : spec.sign === '+' || spec.sign === ' ' ? spec.sign : '';
}

function number(
  prefix: string,
  digits: string,
  rest: string,
  { spec, every, limit }: { spec: Spec; every: number; limit: number | undefined },
): string {
  checkSize(spec.width, limit);
  const around = prefix.length + rest.length;
  const room = spec.align === '=' && spec.fill === '0' ? spec.width - around : 0;
  const whole = /^\d|^[0-9a-f]+$/i.test(digits) ? group(digits, { mark: spec.grouping, every, room }) : digits;
  if (spec.align !== '=') return pad(prefix + whole + rest, spec, '>', limit);
  return prefix + spec.fill.repeat(Math.max(0, spec.width - around - whole.length)) + whole + rest;
}

/** Marks between groups of digits, with leading zeros up to the room that there is. */
function group(digits: string, { mark, every, room }: { mark: string; every: number; room: number }): string {
  if (mark === '') return digits.padStart(room, '0');
  const insert = (text: string) => text.replace(new RegExp(`\\B(?=(?:[0-9a-fA-F]{${every}})+$)`, 'g'), mark);
  let padded = digits;
  while (insert(padded).length < room) padded = `0${padded}`;
  return insert(padded);
}

function pad(text: string, spec: Spec, otherwise: '<' | '>', limit?: number): string {
  checkSize(spec.width, limit);
  const missing = Math.max(0, spec.width - lengthOf(text));
  const align = spec.align || otherwise;
  const left = align === '<' ? 0 : align === '^' ? Math.floor(missing / 2) : missing;
  return spec.fill.repeat(left) + text + spec.fill.repeat(missing - left);
}
