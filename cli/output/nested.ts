/** Salt's `nested` outputter: names and indentation, Python's words, sorted keys. */
import { compareText } from '../../core/python/code-points.ts';
import { compare } from '../../core/python/compare.ts';
import { PythonError } from '../../core/python/error.ts';
import { pyStr } from '../../core/python/print.ts';
import { lineRanges } from '../../core/python/text-ranges.ts';
import { Bytes, Dict, Tuple, type Value } from '../../core/value.ts';
import { type Color, type Paint, paintOf } from './colors.ts';
import type { Look } from './look.ts';

interface Place {
  readonly paint: Paint;
  readonly failed: boolean;
  readonly lines: string[];
}

export function nested(value: Value, look: Look, indent = 0): string {
  const place: Place = { paint: paintOf(look.color), failed: look.retcode !== 0, lines: [] };
  display(place, value, indent, '');
  return place.lines.join('\n');
}

function display(place: Place, value: Value, indent: number, prefix: string): void {
  const say = (color: Color, text: string, suffix = '') =>
    place.lines.push(' '.repeat(indent) + place.paint(color, prefix + text) + suffix);
  if (typeof value === 'string') return text(place, value, indent, prefix);
  if (value instanceof Bytes) {
    const words = utf8(value.bytes); // what is no text is not shown, here as in Salt
    if (words !== null) text(place, words, indent, prefix);
  } else if (Array.isArray(value) || value instanceof Tuple) list(place, Array.isArray(value) ? value : value.items, indent);
  else if (value instanceof Dict) mapping(place, value, indent);
  else say('LIGHT_YELLOW', pyStr(value));
}

function text({ paint, lines }: Place, value: string, indent: number, prefix: string): void {
  const pad = ' '.repeat(indent);
  for (const [i, line] of linesOf(value).entries())
    lines.push(pad + paint('GREEN', (i === 0 ? prefix : ' '.repeat(prefix.length)) + withoutEscape(line)));
}

function list(place: Place, items: readonly Value[], indent: number): void {
  for (const item of items) {
    if (!(item instanceof Dict || item instanceof Tuple || Array.isArray(item))) {
      display(place, item, indent, '- ');
      continue;
    }
    place.lines.push(' '.repeat(indent) + place.paint(place.failed ? 'RED' : 'GREEN', '|_'));
    display(place, item, indent + 2, '');
  }
}

function mapping(place: Place, dict: Dict, indent: number): void {
  const pad = ' '.repeat(indent);
  const color = place.failed ? 'RED' : 'CYAN';
  if (indent > 0) place.lines.push(pad + place.paint(color, '----------'));
  for (const [key, value] of sortedEntries(dict)) {
    place.lines.push(`${pad}${place.paint(color, pyStr(key))}:`);
    display(place, value, indent + 4, '');
  }
}

/** By key; keys of several kinds by their texts, of which the last of equal ones counts. */
export function sortedEntries(dict: Dict): [Value, Value][] {
  const sorted = strictlySorted(dict);
  if (sorted) return sorted;
  const named = Dict.from([...dict].map(([key, value]) => [pyStr(key), value] as const));
  return [...named].sort(([a], [b]) => compareText(a as string, b as string));
}

/** Python's `sorted`; undefined where it has no order for the keys. */
export function strictlySorted(dict: Dict): [Value, Value][] | undefined {
  try {
    return [...dict].sort(([a], [b]) => compare(a, b));
  } catch (error) {
    if (error instanceof PythonError) return undefined;
    throw error;
  }
}

/** Python's `splitlines`. */
export function linesOf(value: string): string[] {
  return lineRanges(value, false).map(([from, to]) => value.slice(from, to));
}

/** What a host writes must not steer a terminal further down the pipe: Salt shows ESC as a question mark. */
export function withoutEscape(line: string): string {
  return line.replaceAll('\u001b', '?');
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
