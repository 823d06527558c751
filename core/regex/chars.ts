/** Which characters a class or set of a regular expression means: Python's str.isalnum, isspace and isdecimal, and its folding of case. */
import { isSpace } from '../python/text-ranges.ts';
import type { ClassItem, SetTree } from './tree.ts';

/** Does the set mean this code point? */
export function setHas(set: SetTree, code: number): boolean {
  return hasAny(set, set.ignoreCase ? variants(code) : [code]) !== set.negated;
}

function hasAny(set: SetTree, codes: readonly number[]): boolean {
  return set.items.some((item) =>
    item.kind === 'class' ? classHas(item, codes[0] as number) : codes.some((code) => item.from <= code && code <= item.to),
  );
}

function classHas({ name, negated, ascii }: ClassItem, code: number): boolean {
  return (ascii ? asciiHas(name, code) : unicodeHas(name, code)) !== negated;
}

function asciiHas(name: 'd' | 's' | 'w', code: number): boolean {
  const digit = code >= 48 && code <= 57;
  if (name === 'd') return digit;
  if (name === 's') return code === 32 || (code >= 9 && code <= 13);
  return digit || code === 95 || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

function unicodeHas(name: 'd' | 's' | 'w', code: number): boolean {
  if (code < 128 && name !== 's') return asciiHas(name, code);
  const char = String.fromCodePoint(code);
  if (name === 's') return isSpace(char);
  return name === 'd' ? /\p{Nd}/u.test(char) : /[\p{L}\p{N}_]/u.test(char);
}

/** Letters, digits and `_`, for `\b`. */
export function isWord(code: number, ascii: boolean): boolean {
  return ascii ? asciiHas('w', code) : unicodeHas('w', code);
}

/** One code point for all that differ by case alone. */
export function fold(code: number): number {
  if (code < 128) return code >= 65 && code <= 90 ? code + 32 : code;
  const upper = single(String.fromCodePoint(code).toUpperCase()) ?? code;
  return single(String.fromCodePoint(upper).toLowerCase()) ?? upper;
}

function variants(code: number): number[] {
  const char = String.fromCodePoint(code);
  const found = [code, fold(code), single(char.toLowerCase()), single(char.toUpperCase())];
  if (code < 128) found.push(...(FOLD_TO_ASCII[fold(code)] ?? []));
  return found.filter((one) => one !== undefined);
}

/** The letters beyond ASCII that differ from an ASCII letter by case alone: Kelvin's sign, and the long s. */
const FOLD_TO_ASCII: Readonly<Record<number, readonly number[]>> = { 107: [0x212a], 115: [0x17f] };

function single(text: string): number | undefined {
  const code = text.codePointAt(0);
  return code !== undefined && text.length === (code > 0xffff ? 2 : 1) ? code : undefined;
}
