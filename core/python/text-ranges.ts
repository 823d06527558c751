/** Where the parts of a text lie after strip, split and partition: ranges [from, to) in UTF-16 units, so that what is known of a character stays with it. */
import { valueError } from './error.ts';

export type Range = readonly [from: number, to: number];

const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Python's str.isspace for one character. */
export function isSpace(char: string): boolean {
  return SPACE.test(char);
}

export type Side = 'left' | 'right' | 'both';

/** What `strip`, `lstrip` and `rstrip` leave. `chars` null: blanks. */
export function stripRange(text: string, chars: string | null, side: Side = 'both'): Range {
  const set = chars === null ? null : new Set(chars);
  const drops = (char: string) => (set ? set.has(char) : isSpace(char));
  let [from, to] = [0, text.length];
  if (side !== 'right') {
    while (from < to) {
      const char = String.fromCodePoint(text.codePointAt(from) as number);
      if (!drops(char)) break;
      from += char.length;
    }
  }
  if (side !== 'left') {
    while (to > from) {
      const char = charBefore(text, to);
      if (!drops(char)) break;
      to -= char.length;
    }
  }
  return [from, to];
}

function charBefore(text: string, offset: number): string {
  const pair = offset >= 2 ? text.slice(offset - 2, offset) : '';
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(pair) ? pair : (text[offset - 1] as string);
}

/** `split(sep, max)`, or `rsplit` from the right; `sep` null: runs of blanks; `max` below zero: all. */
export function splitRanges(text: string, sep: string | null, max = -1, fromRight = false): Range[] {
  if (sep === '') throw valueError('empty separator');
  if (sep === null) return fromRight ? blankSplitRight(text, max) : blankSplit(text, max);
  return fromRight ? separatorSplitRight(text, sep, max) : separatorSplit(text, sep, max);
}

function separatorSplit(text: string, sep: string, max: number): Range[] {
  const ranges: Range[] = [];
  let from = 0;
  for (let at = text.indexOf(sep); at >= 0 && (max < 0 || ranges.length < max); at = text.indexOf(sep, from)) {
    ranges.push([from, at]);
    from = at + sep.length;
  }
  ranges.push([from, text.length]);
  return ranges;
}

function separatorSplitRight(text: string, sep: string, max: number): Range[] {
  const ranges: Range[] = [];
  let to = text.length;
  while (max < 0 || ranges.length < max) {
    const at = to < sep.length ? -1 : text.lastIndexOf(sep, to - sep.length);
    if (at < 0) break;
    ranges.push([at + sep.length, to]);
    to = at;
  }
  ranges.push([0, to]);
  return ranges.reverse();
}

function blankSplit(text: string, max: number): Range[] {
  const ranges: Range[] = [];
  let at = stripRange(text, null, 'left')[0];
  while (at < text.length) {
    if (max >= 0 && ranges.length >= max) {
      ranges.push([at, text.length]);
      break;
    }
    let end = at;
    while (end < text.length && !isSpace(text[end] as string)) end += 1;
    ranges.push([at, end]);
    at = end;
    while (at < text.length && isSpace(text[at] as string)) at += 1;
  }
  return ranges;
}

function blankSplitRight(text: string, max: number): Range[] {
  const ranges: Range[] = [];
  let to = stripRange(text, null, 'right')[1];
  while (to > 0) {
    if (max >= 0 && ranges.length >= max) {
      ranges.push([0, to]);
      break;
    }
    let from = to;
    while (from > 0 && !isSpace(text[from - 1] as string)) from -= 1;
    ranges.push([from, to]);
    to = from;
    while (to > 0 && isSpace(text[to - 1] as string)) to -= 1;
  }
  return ranges.reverse();
}

/** `splitlines(keepends)`. */
export function lineRanges(text: string, keepEnds = false): Range[] {
  const ranges: Range[] = [];
  let from = 0;
  for (const found of text.matchAll(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g)) {
    ranges.push([from, keepEnds ? found.index + found[0].length : found.index]);
    from = found.index + found[0].length;
  }
  if (from < text.length) ranges.push([from, text.length]);
  return ranges;
}

/** Head, separator and tail of `partition`, or of `rpartition` from the right. */
export function partitionRanges(text: string, sep: string, fromRight = false): [Range, Range, Range] {
  if (sep === '') throw valueError('empty separator');
  const at = fromRight ? text.lastIndexOf(sep) : text.indexOf(sep);
  const [start, end] = [0, text.length];
  if (at >= 0)
    return [
      [start, at],
      [at, at + sep.length],
      [at + sep.length, end],
    ];
  return fromRight
    ? [
        [0, 0],
        [0, 0],
        [start, end],
      ]
    : [
        [start, end],
        [end, end],
        [end, end],
      ];
}

/** What `replace` keeps and what it puts in: ranges of the text, or the new part. `max` below zero: all. */
export function replaceRanges(text: string, old: string, max = -1): (Range | 'new')[] {
  const parts: (Range | 'new')[] = [];
  let [from, count] = [0, 0];
  const more = () => max < 0 || count < max;
  if (old === '') {
    for (const char of text) {
      if (!more()) break;
      parts.push('new', [from, from + char.length]);
      from += char.length;
      count += 1;
    }
    if (from < text.length) parts.push([from, text.length]);
    else if (more()) parts.push('new');
    return parts;
  }
  for (let at = text.indexOf(old); at >= 0 && more(); at = text.indexOf(old, from)) {
    parts.push([from, at], 'new');
    from = at + old.length;
    count += 1;
  }
  parts.push([from, text.length]);
  return parts;
}
