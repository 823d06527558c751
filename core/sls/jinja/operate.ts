/** Python's operators on values, taint kept. Errors are thrown as OperationError and get their place where they are caught. */
import type { ErrorCode } from '../../errors.ts';
import { pyRepr } from '../../python/print.ts';
import { Bytes, Dict, equal, Tuple, typeName, type Value } from '../../value.ts';
import { asValue, concat, isText, plain, slice as sliceText, strip, Text, toText } from './text.ts';

export class OperationError extends Error {
  readonly code: Extract<ErrorCode, `jinja.${string}`>;
  constructor(text: string, code: OperationError['code'] = 'jinja.type') {
    super(text);
    this.code = code;
  }
}

/** What is not there; every use of it but a few is an error. */
export class Undefined {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** A function of templates: a macro, a method, a global. */
export class Callable {
  readonly name: string;
  readonly call: (args: readonly Value[], kwargs: Dict) => Value;
  /** Members, for what is both (namespace, loop, cycler). */
  readonly members: ReadonlyMap<string, Value>;
  constructor(name: string, call: Callable['call'], members: ReadonlyMap<string, Value> = new Map()) {
    this.name = name;
    this.call = call;
    this.members = members;
  }
}

/** Something with members that templates may set: namespace(). */
export class Namespace {
  readonly members = new Map<string, Value>();
}

const LIMIT = 1_000_000;

export function kind(value: Value): string {
  const any = value as unknown;
  if (any instanceof Text) return 'str';
  if (any instanceof Undefined) return 'Undefined';
  if (any instanceof Callable) return 'function';
  if (any instanceof Namespace) return 'Namespace';
  return typeName(value);
}

export function truthy(value: Value): boolean {
  const any = value as unknown;
  if (any instanceof Undefined) throw new OperationError(any.message, 'jinja.undefined');
  if (any instanceof Text) return plain(any) !== '';
  if (value === null || value === false || value === '' || value === 0n || value === 0) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Dict) return value.size > 0;
  if (value instanceof Bytes) return value.bytes.length > 0;
  return true;
}

function number(value: Value): bigint | number | null {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'bigint' || typeof value === 'number' ? value : null;
}

export function binary(op: string, left: Value, right: Value): Value {
  defined(left);
  defined(right);
  const [a, b] = [number(left), number(right)];
  if (a !== null && b !== null) return arithmetic(op, a, b);
  if (op === '+') {
    if (isText(left) && isText(right)) return sized(asValue(concat([left, right])));
    if (Array.isArray(left) && Array.isArray(right)) return sized([...left, ...right]);
    if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...left.items, ...right.items]);
    if (isText(left)) throw new OperationError(`can only concatenate str (not "${kind(right)}") to str`);
    if (Array.isArray(left)) throw new OperationError(`can only concatenate list (not "${kind(right)}") to list`);
  }
  if (op === '*') {
    const [sequence, times] = b !== null ? [left, b] : [right, a];
    if (typeof times === 'bigint') return repeat(sequence, times);
  }
  if (op === '%' && isText(left)) return asValue(formatPercent(left, right));
  throw new OperationError(
    `unsupported operand type(s) for ${op === '**' ? '** or pow()' : op}: '${kind(left)}' and '${kind(right)}'`,
  );
}

export function sized<V extends Value>(value: V): V {
  const length = isText(value) ? plain(value).length : Array.isArray(value) ? value.length : 0;
  if (length > LIMIT) throw new OperationError(`a value of more than ${LIMIT} characters or items`, 'jinja.budget');
  return value;
}

function repeat(sequence: Value, times: bigint): Value {
  const count = times < 0n ? 0 : Number(times);
  const length = isText(sequence)
    ? plain(sequence).length
    : Array.isArray(sequence)
      ? sequence.length
      : sequence instanceof Tuple
        ? sequence.items.length
        : -1;
  if (length < 0) throw new OperationError(`can't multiply sequence by non-int of type '${kind(sequence)}'`);
  if (length * count > LIMIT) throw new OperationError(`a value of more than ${LIMIT} characters or items`, 'jinja.budget');
  if (isText(sequence)) return asValue(concat(Array.from({ length: count }, () => sequence)));
  const items = Array.isArray(sequence) ? sequence : (sequence as Tuple).items;
  const repeated = Array.from({ length: count }, () => items).flat();
  return sequence instanceof Tuple ? new Tuple(repeated) : repeated;
}

function arithmetic(op: string, a: bigint | number, b: bigint | number): Value {
  const whole = typeof a === 'bigint' && typeof b === 'bigint';
  switch (op) {
    case '+':
      return whole ? a + b : Number(a) + Number(b);
    case '-':
      return whole ? a - b : Number(a) - Number(b);
    case '*':
      return whole ? a * b : Number(a) * Number(b);
    case '/':
      if (Number(b) === 0) throw new OperationError('division by zero', 'jinja.value');
      return Number(a) / Number(b);
    case '//':
      if (Number(b) === 0)
        throw new OperationError(whole ? 'integer division or modulo by zero' : 'float floor division by zero', 'jinja.value');
      return whole ? floorDivide(a, b) : Math.floor(Number(a) / Number(b));
    case '%': {
      if (Number(b) === 0) throw new OperationError(whole ? 'integer modulo by zero' : 'float modulo', 'jinja.value');
      if (whole) return a - floorDivide(a, b) * b;
      const rest = Number(a) % Number(b);
      return rest !== 0 && rest < 0 !== Number(b) < 0 ? rest + Number(b) : rest;
    }
    case '**':
      if (!whole || b < 0n) return Number(a) ** Number(b);
      if (BigInt(a.toString(2).length) * b > 100_000n) throw new OperationError('a number of too many digits', 'jinja.budget');
      return a ** b;
    default:
      throw new OperationError(`unknown operator ${op}`);
  }
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

function defined(value: Value): void {
  const any = value as unknown;
  if (any instanceof Undefined) throw new OperationError(any.message, 'jinja.undefined');
}

export function same(left: Value, right: Value): boolean {
  defined(left);
  defined(right);
  if (isText(left) && isText(right)) return plain(left) === plain(right);
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
  const [a, b] = [number(left), number(right)];
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number compare by their exact amounts
  if (a !== null && b !== null) return a < b ? -1 : a > b ? 1 : a == b ? 0 : Number.NaN;
  if (isText(left) && isText(right)) return compareText(plain(left), plain(right));
  const [x, y] = [itemsOf(left), itemsOf(right)];
  if (x && y && Array.isArray(left) === Array.isArray(right)) {
    for (let i = 0; i < Math.min(x.length, y.length); i += 1)
      if (!same(x[i] as Value, y[i] as Value)) return ordering(x[i] as Value, y[i] as Value, op);
    return x.length - y.length;
  }
  throw new OperationError(`'${op}' not supported between instances of '${kind(left)}' and '${kind(right)}'`);
}

function compareText(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i += 1) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

function itemsOf(value: Value): readonly Value[] | null {
  return Array.isArray(value) ? value : value instanceof Tuple ? value.items : null;
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
    return holder.has(strip(item));
  }
  const items = itemsOf(holder);
  if (items) return items.some((one) => same(one, item));
  throw new OperationError(`argument of type '${kind(holder)}' is not iterable`);
}

/** Members of a sequence or keys of a mapping; throws for what cannot be gone through. */
export function iterate(value: Value): readonly Value[] {
  const any = value as unknown;
  if (any instanceof Undefined) throw new OperationError(any.message, 'jinja.undefined');
  const items = itemsOf(value);
  if (items) return items;
  if (value instanceof Dict) return keysOf(value);
  if (isText(value)) return charactersOf(value);
  if (value instanceof Bytes) return [...value.bytes].map((byte) => BigInt(byte));
  throw new OperationError(`'${kind(value)}' object is not iterable`);
}

export function charactersOf(value: string | Text): Value[] {
  const text = plain(value);
  if (typeof value === 'string') return [...text];
  const characters: Value[] = [];
  for (let at = 0; at < text.length; ) {
    const length = String.fromCodePoint(text.codePointAt(at) as number).length;
    characters.push(asValue(sliceText(value, at, at + length)));
    at += length;
  }
  return characters;
}

/** Keys of what a host sent are a host's text too. */
export function keysOf(dict: Dict): Value[] {
  const keys = [...dict.keys()];
  return isHost(dict)
    ? keys.map((key) => (typeof key === 'string' ? asValue(new Text([{ text: key, tainted: true }])) : key))
    : keys;
}

function isHost(dict: Dict): boolean {
  return dict.constructor !== Dict;
}

export function sliceOf(value: Value, [from, to, step]: readonly [Value, Value, Value]): Value {
  const bound = (item: Value): number | null => {
    if (item === null) return null;
    if (typeof item === 'boolean') return Number(item);
    if (typeof item !== 'bigint') throw new OperationError('slice indices must be integers or None or have an __index__ method');
    return Number(item);
  };
  const text = isText(value);
  const items = text ? charactersOf(value) : itemsOf(value);
  if (!items) throw new OperationError(`'${kind(value)}' object is not subscriptable`);
  const stride = bound(step) ?? 1;
  if (stride === 0) throw new OperationError('slice step cannot be zero', 'jinja.value');
  const length = items.length;
  const clamp = (index: number | null, missing: number, low: number, high: number) =>
    index === null ? missing : Math.min(high, Math.max(low, index < 0 ? index + length : index));
  const picked: Value[] = [];
  if (stride > 0)
    for (let i = clamp(bound(from), 0, 0, length); i < clamp(bound(to), length, 0, length); i += stride)
      picked.push(items[i] as Value);
  else
    for (let i = clamp(bound(from), length - 1, -1, length - 1); i > clamp(bound(to), -1, -1, length - 1); i += stride)
      picked.push(items[i] as Value);
  if (text) return asValue(concat(picked as unknown as (string | Text)[]));
  return value instanceof Tuple ? new Tuple(picked) : picked;
}

/** `'%s-%d' % (…)`, with Python's conversions. */
export function formatPercent(format: string | Text, values: Value): string | Text {
  const given = values instanceof Tuple ? values.items : [values];
  const text = plain(format);
  const pieces: (string | Text)[] = [];
  let at = 0;
  let used = 0;
  const pattern = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([a-zA-Z%])/g;
  for (const found of text.matchAll(pattern)) {
    pieces.push(sliceText(format, at, found.index));
    at = found.index + found[0].length;
    const [, key, flags = '', width, precision, type = 's'] = found;
    if (type === '%') {
      pieces.push('%');
      continue;
    }
    const take = (): Value => {
      if (used >= given.length) throw new OperationError('not enough arguments for format string');
      return given[used++] as Value;
    };
    const size = width === '*' ? Number(take()) : Number(width ?? 0);
    const digits = precision === '*' ? Number(take()) : precision === undefined ? undefined : Number(precision);
    if (size > LIMIT || (digits ?? 0) > LIMIT) throw new OperationError('a field that is too wide', 'jinja.budget');
    let value: Value;
    if (key !== undefined) {
      if (!(values instanceof Dict)) throw new OperationError('format requires a mapping');
      const item = values.get(key);
      if (item === undefined) throw new OperationError(pyRepr(key), 'jinja.value');
      value = item;
      used = given.length;
    } else value = take();
    defined(value);
    pieces.push(pad(convert(value, { type, flags, digits }), { flags, size, type }));
  }
  pieces.push(sliceText(format, at, text.length));
  if (/%(?![-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?[a-zA-Z%(])/.test(text.replace(pattern, '')))
    throw new OperationError('incomplete format', 'jinja.value');
  if (used < given.length && !(values instanceof Dict))
    throw new OperationError('not all arguments converted during string formatting');
  return concat(pieces);
}

function pad(body: string | Text, { flags, size, type }: { flags: string; size: number; type: string }): string | Text {
  const missing = size - [...plain(body)].length;
  if (missing <= 0) return body;
  if (flags.includes('-')) return concat([body, ' '.repeat(missing)]);
  if (flags.includes('0') && !'srac'.includes(type)) {
    const text = plain(body);
    const sign = /^[-+ ]/.test(text) ? 1 : 0;
    return text.slice(0, sign) + '0'.repeat(missing) + text.slice(sign);
  }
  return concat([' '.repeat(missing), body]);
}

function convert(
  value: Value,
  { type, flags, digits }: { type: string; flags: string; digits: number | undefined },
): string | Text {
  if (type === 's') {
    const text = toText(value);
    return digits === undefined ? text : sliceText(text, 0, digits);
  }
  if (type === 'r' || type === 'a') {
    const text = pyRepr(strip(value));
    return isText(value) && typeof value !== 'string' ? new Text([{ text, tainted: true }]) : text;
  }
  const amount = number(value);
  if (type === 'c') return isText(value) ? value : String.fromCodePoint(Number(amount));
  if (amount === null) {
    const wanted = 'dixXo'.includes(type)
      ? type === 'd' || type === 'i' || type === 'u'
        ? 'a real number is required'
        : 'an integer is required'
      : null;
    throw new OperationError(
      wanted ? `%${type} format: ${wanted}, not ${kind(value)}` : `must be real number, not ${kind(value)}`,
    );
  }
  const sign = (text: string) =>
    text.startsWith('-') ? text : flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text;
  switch (type) {
    case 'd':
    case 'i':
    case 'u': {
      const whole = typeof amount === 'bigint' ? amount : BigInt(Math.trunc(amount));
      const text = whole < 0n ? `-${String(-whole).padStart(digits ?? 0, '0')}` : String(whole).padStart(digits ?? 0, '0');
      return sign(text);
    }
    case 'x':
    case 'X':
    case 'o': {
      if (typeof amount !== 'bigint') throw new OperationError(`%${type} format: an integer is required, not float`);
      const body = (amount < 0n ? -amount : amount).toString(type === 'o' ? 8 : 16);
      const text = `${amount < 0n ? '-' : ''}${flags.includes('#') ? `0${type === 'o' ? 'o' : type}` : ''}${body}`;
      return sign(type === 'X' ? text.toUpperCase() : text);
    }
    default:
      return sign(formatFloat(Number(amount), type, digits ?? 6));
  }
}

/** Python's float formatting for f, e and g. */
export function formatFloat(value: number, type: string, digits: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const exponent = (text: string) => text.replace(/e([+-])(\d)$/, 'e$10$2');
  const precision = Math.min(digits, 100);
  switch (type.toLowerCase()) {
    case 'f':
      return fixed(value, precision);
    case 'e': {
      const text = exponent(value.toExponential(precision));
      return type === 'E' ? text.toUpperCase() : text;
    }
    default: {
      const significant = Math.max(1, precision);
      const power = value === 0 ? 0 : Number(value.toExponential(significant - 1).split('e')[1]);
      const text =
        power < -4 || power >= significant
          ? exponent(value.toExponential(significant - 1)).replace(/\.?0+e/, 'e')
          : fixed(value, Math.max(0, significant - 1 - power))
              .replace(/(\.\d*?)0+$/, '$1')
              .replace(/\.$/, '');
      return type === 'G' ? text.toUpperCase() : text;
    }
  }
}

/** toFixed above 1e21 gives an exponent; Python never does. It rounds the exact binary value, half to even. */
export function fixed(value: number, digits: number): string {
  if (Math.abs(value) < 1e21) return value.toFixed(digits);
  const whole = BigInt(value).toString();
  return digits > 0 ? `${whole}.${'0'.repeat(digits)}` : whole;
}
