/** Text of which some parts were written by a host. The taint follows each part through concatenation, formatting and macros. */
import { PythonError } from '../../python/error.ts';
import { pyRepr, pyStr } from '../../python/print.ts';
import { OrderedDict, PySet } from '../../python/set.ts';
import { DictView } from '../../python/view.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { Lazy } from './lazy.ts';
import { Lax, Undefined } from './undefined.ts';

export interface Part {
  readonly text: string;
  readonly tainted: boolean;
  /** Quoted for a shell. */
  readonly safe?: boolean;
  /** The value whose printed form this is: put in its place where it stands alone in YAML. */
  readonly value?: Value;
}

/** A text with at least one tainted part, or one that counts as markup already. Plain strings are neither. */
export class Text {
  readonly parts: readonly Part[];
  /** Escaped already (Python's Markup). */
  readonly markup: boolean;
  constructor(parts: readonly Part[], markup = false) {
    this.parts = parts;
    this.markup = markup;
  }
  toString(): string {
    return this.parts.map((part) => part.text).join('');
  }
  /** Inside of what is printed. */
  repr(): string {
    return this.markup ? `Markup(${pyRepr(this.toString())})` : pyRepr(this.toString());
  }
}

/**
 * A number, truth, nothing or a list of such that came of a host: they carry no mark of their own, so a variable (or an argument that is
 * about to be formatted) holds them in this. Only the evaluator sees it; `strip` takes it off.
 */
export class HostValue {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/** What is about to be written into a text: all of it that is no text yet counts as the host's. */
export function hosted(value: Value): Value {
  const any = value as unknown;
  if (isText(value) || any instanceof HostValue || any instanceof Undefined) return value;
  if (Array.isArray(value)) return value.map(hosted);
  if (value instanceof Tuple) return new Tuple(value.items.map(hosted));
  if (!(value instanceof Dict)) return new HostValue(value) as unknown as Value;
  const copy = new HostDict();
  for (const [key, item] of value) copy.set(key, hosted(item));
  return copy;
}

/** What a host sent: strings that come out of it are tainted, its keys too. */
export class HostDict extends Dict {}

/** From now on its keys are as a host's: one of them is. */
export function hostOwned(dict: Dict): void {
  if (!(dict instanceof HostDict)) Object.setPrototypeOf(dict, HostDict.prototype);
}

/** Everything in it is as if a host had written it. */
export function mark(value: Value): Value {
  const any = value as unknown;
  if (typeof value === 'string') return asValue(tainted(value));
  if (any instanceof Text) return any.parts.every((part) => part.tainted) ? value : asValue(tainted(any.toString()));
  if (Array.isArray(value)) return value.map(mark);
  if (value instanceof Tuple) return new Tuple(value.items.map(mark));
  if (any instanceof PySet) return new PySet(any.members.map(mark), strip) as unknown as Value;
  if (any instanceof Lazy) return new Lazy(any.take().map(mark)) as unknown as Value;
  if (any instanceof DictView) return new DictView(mark(any.dict) as Dict, any.kind) as unknown as Value;
  if (!(value instanceof Dict)) return value;
  const copy = new HostDict();
  for (const [key, item] of value) copy.set(key, mark(item));
  return copy;
}

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

/** The same text as markup, or no longer as markup. */
export function asMarkup(value: string | Text, markup = true): string | Text {
  if (typeof value === 'string') return markup ? new Text([{ text: value, tainted: false }], true) : value;
  if (value.markup === markup) return value;
  return markup || value.parts.some((part) => part.tainted) ? new Text(value.parts, markup) : value.toString();
}

export function isMarkup(value: unknown): boolean {
  return value instanceof Text && value.markup;
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
    // What was quoted for a shell is so as a whole only.
    if (a === 0 && b === part.text.length && a < b) parts.push(part);
    else if (a < b) parts.push({ text: part.text.slice(a, b), tainted: part.tainted });
    at += part.text.length;
  }
  // Nothing of a host's text is a host's text still.
  if (parts.length === 0) return isTainted(value) ? tainted('') : '';
  return parts.some((part) => part.tainted) ? new Text(parts) : parts.map((part) => part.text).join('');
}

/** Is anything in it from a host? */
export function isTainted(value: unknown, depth = 0): boolean {
  if (value instanceof Text) return value.parts.some((part) => part.tainted);
  if (value instanceof HostDict || value instanceof HostValue) return true;
  if (value instanceof DictView) return isTainted(value.dict, depth);
  if (value instanceof PySet) return isTainted(value.members, depth);
  if (value instanceof Lazy) return isTainted(value.rest, depth);
  if (depth > 20) return true;
  if (Array.isArray(value)) return value.some((item) => isTainted(item, depth + 1));
  if (value instanceof Tuple) return value.items.some((item) => isTainted(item, depth + 1));
  if (value instanceof Dict) return [...value].some(([key, item]) => isTainted(key, depth + 1) || isTainted(item, depth + 1));
  return false;
}

/** The value with plain strings for texts: what functions that know no taint work on. */
export function strip(value: Value): Value {
  const any = value as unknown;
  if (any instanceof Text) return String(value);
  if (any instanceof HostValue) return strip(any.value);
  if (any instanceof DictView) return new DictView(strip(any.dict) as Dict, any.kind) as unknown as Value;
  if (any instanceof PySet) return new PySet(any.members.map(strip)) as unknown as Value;
  if (any instanceof Lazy) return new Lazy(any.take().map(strip)) as unknown as Value;
  if (Array.isArray(value)) return value.some(holdsText) ? value.map(strip) : value;
  if (value instanceof Tuple) return new Tuple(value.items.map(strip));
  if (!(value instanceof Dict)) return value;
  const copy = value instanceof OrderedDict ? new OrderedDict() : new Dict();
  for (const [key, item] of value) copy.set(strip(key), strip(item));
  return copy;
}

function holdsText(value: Value): boolean {
  return (value as unknown) instanceof Text || (typeof value === 'object' && value !== null);
}

/** Python's str() of anything, taint kept. */
export function toText(value: Value): string | Text {
  if (isText(value)) return value;
  const any = value as unknown;
  if (any instanceof HostValue) return hostText(any.value);
  // What an inline `if` leaves is no text; all else that is not there cannot be one.
  if (any instanceof Lax) return '';
  if (any instanceof Undefined) throw new PythonError('AttributeError', any.message);
  const text = pyStr(strip(value));
  return isTainted(value) ? tainted(text, { value }) : text;
}

function hostText(value: Value): Text {
  return tainted(pyStr(strip(value)), { value });
}
