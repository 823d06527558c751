/**
 * The one decoder and encoder of values: lossless, well-formed UTF-8, no duplicate keys, no prototypes, depth ≤ 64.
 *
 * int is written without a fraction, float always with one (or an exponent), so both come back as they were. What JSON lacks travels as
 * `{"$tuple": […]}`, `{"$bytes": "base64"}`, `{"$map": [[k, v], …]}` (a key that is no text) and `{"$float": "nan" | "inf" | "-inf"}`;
 * a text key that begins with `$` is written with one `$` more, so nobody's own keys are taken for these.
 * Characters that SQS cannot carry (control characters, U+FFFE, U+FFFF, lone surrogates) are written as escapes.
 */
import { BrineError, type ErrorCode } from './errors.ts';
import { Bytes, Dict, Tuple, toPlain, type Value } from './value.ts';

const MAX_DEPTH = 64;

/** Text → value. Throws `json.syntax`, `json.duplicate_key`, `json.depth` with line and column. */
export function decode(text: string): Value {
  return new Decoder(text, true).document();
}

/** UTF-8 bytes → value; ill-formed bytes are `json.encoding`. */
export function decodeBytes(bytes: Uint8Array): Value {
  return decode(utf8(bytes));
}

/** Text → plain objects, for schemas of our own messages: no `$` forms, no duplicate keys, whole numbers as number where they fit. */
export function decodePlain(text: string): unknown {
  return toPlain(new Decoder(text, false).document());
}

/** Well-formed UTF-8 → text; anything else is `json.encoding`. */
export function utf8(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (cause) {
    throw new BrineError({ code: 'json.encoding', text: 'the bytes are not well-formed UTF-8' }, { cause });
  }
}

/** Value → text, on one line, without spaces. */
export function encode(value: Value): string {
  return write(value, 0);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function write(value: Value, depth: number): string {
  if (depth > MAX_DEPTH) throw new BrineError({ code: 'json.depth', text: `nested deeper than ${MAX_DEPTH} levels` });
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return value.toString();
    case 'number':
      return writeFloat(value);
    default:
      break;
  }
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  if (value instanceof Tuple) return `{"$tuple":[${value.items.map((item) => write(item, depth + 2)).join(',')}]}`;
  if (value instanceof Bytes) return `{"$bytes":"${toBase64(value.bytes)}"}`;
  if (value instanceof Dict) return writeDict(value, depth);
  throw new BrineError({ code: 'json.unencodable', text: `${typeof value} has no JSON form` });
}

function writeDict(dict: Dict, depth: number): string {
  const entries = [...dict];
  if (entries.every(([key]) => typeof key === 'string')) {
    const members = entries.map(([key, item]) => {
      const name = key as string;
      return `${writeText(name.startsWith('$') ? `$${name}` : name)}:${write(item, depth + 1)}`;
    });
    return `{${members.join(',')}}`;
  }
  return `{"$map":[${entries.map(([key, item]) => `[${write(key, depth + 3)},${write(item, depth + 3)}]`).join(',')}]}`;
}

function writeFloat(value: number): string {
  if (Number.isNaN(value)) return '{"$float":"nan"}';
  if (!Number.isFinite(value)) return value > 0 ? '{"$float":"inf"}' : '{"$float":"-inf"}';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function writeText(text: string): string {
  // JSON.stringify already escapes the C0 controls and lone surrogates.
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

class Decoder {
  readonly #text: string;
  readonly #tagged: boolean;
  #at = 0;

  constructor(text: string, tagged: boolean) {
    this.#text = text;
    this.#tagged = tagged;
  }

  document(): Value {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#fail(`expected the end of the text, found ${this.#found()}`);
    return value;
  }

  #value(depth: number): Value {
    if (depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`, 'json.depth');
    this.#space();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): Value {
    const dict = new Dict();
    let special: string | undefined;
    this.#at += 1;
    this.#space();
    if (this.#take('}')) return dict;
    do {
      this.#space();
      const start = this.#at;
      if (this.#text[this.#at] !== '"') this.#fail(`expected a key in double quotes, found ${this.#found()}`);
      let key = this.#string();
      if (this.#tagged && key.startsWith('$')) {
        if (key.startsWith('$$')) key = key.slice(1);
        else special = key;
      }
      if (dict.has(key)) {
        this.#at = start;
        this.#fail(`the key ${JSON.stringify(key)} stands twice`, 'json.duplicate_key');
      }
      this.#space();
      this.#expect(':');
      dict.set(key, this.#value(depth + 1));
      this.#space();
    } while (this.#take(','));
    this.#expect('}');
    return special === undefined ? dict : this.#special(special, dict);
  }

  #special(key: string, dict: Dict): Value {
    const value = dict.get(key) as Value;
    if (dict.size === 1) {
      if (key === '$tuple' && Array.isArray(value)) return new Tuple(value);
      if (key === '$bytes' && typeof value === 'string') {
        const bytes = fromBase64(value);
        if (bytes) return new Bytes(bytes);
      }
      if (key === '$float') {
        const float = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }[String(value)];
        if (float !== undefined) return float;
      }
      if (key === '$map' && Array.isArray(value)) return this.#map(value);
    }
    return this.#fail(`${key} is not a form that a value can have`);
  }

  #map(pairs: Value[]): Dict {
    const dict = new Dict();
    for (const pair of pairs) {
      if (!Array.isArray(pair) || pair.length !== 2) this.#fail('$map wants a list of [key, value] pairs');
      const [key, value] = pair as [Value, Value];
      if (key instanceof Dict || Array.isArray(key)) this.#fail('a key of $map is a list or a mapping');
      try {
        if (dict.has(key)) this.#fail('a key of $map stands twice', 'json.duplicate_key');
        dict.set(key, value);
      } catch (cause) {
        if (cause instanceof TypeError) this.#fail('a key of $map cannot be a key');
        throw cause;
      }
    }
    return dict;
  }

  #array(depth: number): Value {
    const list: Value[] = [];
    this.#at += 1;
    this.#space();
    if (this.#take(']')) return list;
    do {
      list.push(this.#value(depth + 1));
      this.#space();
    } while (this.#take(','));
    this.#expect(']');
    return list;
  }

  #string(): string {
    STRING.lastIndex = this.#at;
    const found = STRING.exec(this.#text);
    if (!found) return this.#fail('a text is not closed, or holds a raw control character or an unknown escape');
    this.#at = STRING.lastIndex;
    const raw = found[0];
    return raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }

  #number(): Value {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text);
    if (!found) return this.#fail(`expected a value, found ${this.#found()}`);
    const raw = found[0];
    if (!/[.eE]/.test(raw)) {
      if (raw.length > MAX_DIGITS) this.#fail(`a whole number of more than ${MAX_DIGITS} digits`);
      this.#at = NUMBER.lastIndex;
      return BigInt(raw);
    }
    this.#at = NUMBER.lastIndex;
    return Number(raw);
  }

  #word<T extends Value>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail(`expected a value, found ${this.#found()}`);
    this.#at += word.length;
    return value;
  }

  #space(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
      this.#at += 1;
    }
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #expect(char: string): void {
    if (!this.#take(char)) this.#fail(`expected ${char}, found ${this.#found()}`);
  }

  #found(): string {
    return this.#at >= this.#text.length ? 'the end of the text' : JSON.stringify(this.#text.slice(this.#at, this.#at + 12));
  }

  #fail(text: string, code: ErrorCode = 'json.syntax'): never {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    throw new BrineError({ code, text, where: { line, col: this.#at - before.lastIndexOf('\n') } });
  }
}

// Python refuses to turn more digits than these into an int (4,300); it also bounds the work of BigInt.
const MAX_DIGITS = 4300;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard base64 with padding. Core has no Node built-ins, so it is written out. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] as number, bytes[i + 1], bytes[i + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += `${ALPHABET[bits >> 18]}${ALPHABET[(bits >> 12) & 63]}`;
    text += `${b === undefined ? '=' : ALPHABET[(bits >> 6) & 63]}${c === undefined ? '=' : ALPHABET[bits & 63]}`;
  }
  return text;
}

/** Standard base64 with padding → bytes; undefined for anything that `toBase64` would not write. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 6) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    bits = ((bits << 6) | ALPHABET.indexOf(digit)) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = (bits >> held) & 0xff;
    }
  }
  return toBase64(bytes) === text ? bytes : undefined;
}
