/** Text of which some parts were written by a host. The taint follows each part through concatenation, formatting and macros. */
import { pyStr } from '../../python/print.ts';
import { Dict, Tuple, type Value } from '../../value.ts';

export interface Part {
  readonly text: string;
  readonly tainted: boolean;
  /** Quoted for a shell. */
  readonly safe?: boolean;
  /** The value whose printed form this is: put in its place where it stands alone in YAML. */
  readonly value?: Value;
}

/** A text with at least one tainted part. Plain strings hold none. */
export class Text {
  readonly parts: readonly Part[];
  constructor(parts: readonly Part[]) {
    this.parts = parts;
  }
  toString(): string {
    return this.parts.map((part) => part.text).join('');
  }
}

/** What a host sent: strings that come out of it are tainted, its keys too. */
export class HostDict extends Dict {}

/** A copy in which every text is tainted. */
export function taintValue(value: Value): Value {
  if (typeof value === 'string') return asValue(tainted(value));
  if (Array.isArray(value)) return value.map(taintValue);
  if (value instanceof Tuple) return new Tuple(value.items.map(taintValue));
  if (!(value instanceof Dict)) return value;
  const copy = new HostDict();
  for (const [key, item] of value) copy.set(key, taintValue(item));
  return copy;
}

export function tainted(text: string, more: Partial<Part> = {}): Text {
  return new Text([{ text, tainted: true, ...more }]);
}

/** A Text travels where values do; only this folder knows. */
export function asValue(text: Text | string): Value {
  return text as unknown as Value;
}

export function isText(value: unknown): value is string | Text {
  return typeof value === 'string' || value instanceof Text;
}

export function plain(value: string | Text): string {
  return typeof value === 'string' ? value : value.toString();
}

export function concat(pieces: readonly (string | Text)[]): string | Text {
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
  const parts: Part[] = [];
  for (const piece of pieces) {
    for (const part of typeof piece === 'string' ? [{ text: piece, tainted: false }] : piece.parts) {
      const last = parts.at(-1);
      if (last && !last.tainted && !part.tainted) parts[parts.length - 1] = { text: last.text + part.text, tainted: false };
      else if (part.text !== '' || part.tainted) parts.push(part);
    }
  }
  return parts.some((part) => part.tainted) ? new Text(parts) : parts.map((part) => part.text).join('');
}

/** Characters [from, to) in UTF-16 units, taint kept. */
export function slice(value: string | Text, from: number, to: number): string | Text {
  if (typeof value === 'string') return value.slice(from, to);
  let at = 0;
  const parts: Part[] = [];
  for (const part of value.parts) {
    const [a, b] = [Math.max(from - at, 0), Math.min(to - at, part.text.length)];
    if (a < b) parts.push({ ...part, text: part.text.slice(a, b) });
    at += part.text.length;
  }
  return parts.some((part) => part.tainted) ? new Text(parts) : parts.map((part) => part.text).join('');
}

/** Is anything in it from a host? */
export function isTainted(value: unknown, depth = 0): boolean {
  if (value instanceof Text || value instanceof HostDict) return true;
  if (depth > 20) return true;
  if (Array.isArray(value)) return value.some((item) => isTainted(item, depth + 1));
  if (value instanceof Tuple) return value.items.some((item) => isTainted(item, depth + 1));
  if (value instanceof Dict) return [...value].some(([key, item]) => isTainted(key, depth + 1) || isTainted(item, depth + 1));
  return false;
}

/** The value with plain strings for texts: what functions that know no taint work on. */
export function strip(value: Value): Value {
  if ((value as unknown) instanceof Text) return String(value);
  if (Array.isArray(value)) return value.some((item) => isTainted(item)) ? value.map(strip) : value;
  if (value instanceof Tuple) return new Tuple(value.items.map(strip));
  if (value instanceof Dict) return Dict.from([...value].map(([key, item]) => [strip(key), strip(item)] as const));
  return value;
}

/** Python's str() of anything, taint kept. */
export function toText(value: Value): string | Text {
  if (isText(value)) return value;
  const text = pyStr(strip(value));
  return isTainted(value) ? tainted(text, { value }) : text;
}
