/** Python's str() and repr() of every value. */
import { Bytes, type Dict, Tuple, type Value } from '../value.ts';
import { PythonError, valueError } from './error.ts';
import { DictView } from './view.ts';

export interface PrintOptions {
  /** How a text is written that is the value of a mapping's key; undefined: as Python does. */
  readonly mappedText?: (text: string) => string | undefined;
}

/** A value of Python's that is none of the value model's, and knows how it is written. */
export interface Printable {
  repr(write: (value: Value) => string): string;
}

/** `str(value)`: a text is itself, everything else as `repr`. */
export function pyStr(value: Value | DictView, options: PrintOptions = {}): string {
  return typeof value === 'string' ? value : pyRepr(value, options);
}

/** Deeper than this Python itself gives up. */
const MAX_DEPTH = 200;

/** `repr(value)`. A list that holds itself is written as `[...]`. */
export function pyRepr(value: Value | DictView, options: PrintOptions = {}): string {
  return write(value, options, []);
}

type Printed = Value | DictView | Printable;

function write(value: Printed, options: PrintOptions, inside: readonly Printed[]): string {
  if (value === null) return 'None';
  switch (typeof value) {
    case 'string':
      return reprText(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return reprInt(value);
    case 'number':
      return reprFloat(value);
    default:
      break;
  }
  if (value instanceof Bytes) return reprBytes(value.bytes);
  if ('repr' in value) return value.repr((member) => write(member, options, [...inside, value]));
  const [open, close] = brackets(value);
  if (inside.includes(value)) return `${open}...${close}`;
  if (inside.length > MAX_DEPTH) throw new PythonError('MemoryError', 'the value is nested too deep to be written');
  const within = [...inside, value];
  const item = (member: Value) => write(member, options, within);
  if (Array.isArray(value)) return `[${value.map(item).join(', ')}]`;
  if (value instanceof Tuple)
    return value.items.length === 1 ? `(${item(value.items[0] as Value)},)` : `(${value.items.map(item).join(', ')})`;
  if (value instanceof DictView) return `dict_${value.kind}([${[...value].map(item).join(', ')}])`;
  const mapped = (member: Value) => (typeof member === 'string' && options.mappedText?.(member)) || item(member);
  return `{${[...(value as Dict)].map(([key, member]) => `${item(key)}: ${mapped(member)}`).join(', ')}}`;
}

function brackets(value: Printed): [string, string] {
  if (Array.isArray(value)) return ['[', ']'];
  return value instanceof Tuple ? ['(', ')'] : ['{', '}'];
}

/** An int's digits; Python refuses to write more than 4,300 of them. */
export function reprInt(value: bigint): string {
  const text = value.toString();
  if (text.length > 4300 && text.replace('-', '').length > 4300) {
    throw valueError('Exceeds the limit (4300 digits) for integer string conversion');
  }
  return text;
}

/** The shortest digits that read back as the same float, in Python's form: `1.0`, `1e+16`, `1e-05`. */
export function reprFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  if (value === 0) return '0.0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  const negative = mantissa.startsWith('-');
  const digits = mantissa.replace(/[-.]/g, '');
  const text =
    exponent < 0
      ? `0.${'0'.repeat(-exponent - 1)}${digits}`
      : digits.length <= exponent + 1
        ? `${digits.padEnd(exponent + 1, '0')}.0`
        : `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
  return negative ? `-${text}` : text;
}

const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** In single quotes unless it holds one and no double quote; what cannot be printed is escaped. */
export function reprText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = '';
  for (const char of text) {
    if (char === quote) out += `\\${char}`;
    else if (SHORT[char] !== undefined) out += SHORT[char];
    else out += isPrintable(char) ? char : escapeChar(char);
  }
  return `${quote}${out}${quote}`;
}

/** Python's str.isprintable for one character: letters, marks, numbers, punctuation, symbols, and the space. */
export function isPrintable(char: string): boolean {
  return char === ' ' || !/[\p{C}\p{Z}]/u.test(char);
}

function escapeChar(char: string): string {
  const code = char.codePointAt(0) as number;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

function reprBytes(bytes: Uint8Array): string {
  const quote = bytes.includes(39) && !bytes.includes(34) ? '"' : "'";
  let out = '';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    if (char === quote) out += `\\${char}`;
    else if (SHORT[char] !== undefined) out += SHORT[char];
    else out += byte >= 32 && byte < 127 ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `b${quote}${out}${quote}`;
}
