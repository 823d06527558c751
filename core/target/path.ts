/** Salt's subdict_match: does a mapping hold, at the end of a path of keys, a value that fits? salt-semantics 3.3, 10.4. */

import { BrineError } from '../errors.ts';
import { matchGlob } from '../glob.ts';
import { pyStr } from '../python/print.ts';
import { compileRegex } from '../regex/compile.ts';
import { Dict, Tuple, type Value } from '../value.ts';

export type Ranges = readonly (readonly [number, number])[];
export type Fit = 'glob' | 'pcre' | 'exact';

export interface PathQuery {
  readonly expression: string;
  /** What a host wrote: literal. */
  readonly literal: Ranges;
  readonly delimiter: string;
  readonly fit: Fit;
}

/** The longest key path first: for `a:b:c` the value at `a:b` against `c`, then that at `a` against `b:c`. */
export function matchPath(data: Dict, query: PathQuery): boolean {
  const { expression, delimiter, literal } = query;
  const cuts: number[] = [];
  for (let at = expression.indexOf(delimiter); at >= 0; at = expression.indexOf(delimiter, at + delimiter.length)) {
    if (!literal.some(([from, to]) => at >= from && at < to)) cuts.push(at);
  }
  if (cuts.length === 0) return false;
  const test = tester(query);
  if (!test) return false;
  // A leading star looks at the top level itself, and only with Salt's own delimiter.
  if (expression.startsWith('*') && cuts[0] === 1) {
    if (delimiter !== ':') return false;
    const rest = {
      text: expression.slice(2),
      literal: literal.map(([a, b]) => [a - 2, b - 2] as const).filter(([, b]) => b > 0),
    };
    if (fits(data, rest, test)) return true;
  }
  const keys = (end: number) => split(expression.slice(0, end), { delimiter, cuts: cuts.filter((cut) => cut < end) });
  for (let i = cuts.length - 1; i >= 0; i -= 1) {
    const cut = cuts[i] as number;
    const from = cut + delimiter.length;
    const wanted = {
      text: expression.slice(from),
      literal: literal.map(([a, b]) => [a - from, b - from] as const).filter(([, b]) => b > 0),
    };
    if (walk(data, keys(cut), (value) => fits(value, wanted, test))) return true;
  }
  return false;
}

function split(text: string, { delimiter, cuts }: { delimiter: string; cuts: readonly number[] }): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const cut of cuts) {
    parts.push(text.slice(from, cut));
    from = cut + delimiter.length;
  }
  return [...parts, text.slice(from)];
}

interface Wanted {
  readonly text: string;
  readonly literal: Ranges;
}
type Test = (value: string, wanted: Wanted) => boolean;

/** Both sides lower-cased; a regular expression ignores case by its flag instead, so that `\D` stays what it is. */
function tester({ fit }: PathQuery): Test | null {
  if (fit === 'exact') return (value, wanted) => value.toLowerCase() === wanted.text.toLowerCase();
  if (fit === 'glob') return (value, wanted) => matchGlob(value.toLowerCase(), wanted.text.toLowerCase(), wanted.literal);
  return (value, wanted) => {
    try {
      return compileRegex(quoteLiteral(wanted), { ignoreCase: true }).match(value.toLowerCase()) !== null;
    } catch (error) {
      if (error instanceof BrineError) return false;
      throw error;
    }
  };
}

/** Tainted ranges of a regular expression stand for themselves. */
export function quoteLiteral({ text, literal }: Wanted): string {
  let out = '';
  let at = 0;
  for (const [from, to] of [...literal].sort((a, b) => a[0] - b[0])) {
    out += text.slice(at, Math.max(at, from)) + text.slice(Math.max(at, from), to).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    at = Math.max(at, to);
  }
  return out + text.slice(at);
}

/** Follows the keys; `*` is any key, a number an index, and mappings inside lists are searched. */
function walk(value: Value, keys: readonly string[], test: (value: Value) => boolean): boolean {
  const [key, ...rest] = keys;
  if (key === undefined) return test(value);
  if (value instanceof Dict) {
    if (key === '*') return [...value.values()].some((item) => walk(item, rest, test));
    const item = value.get(key) ?? numbered(value, key);
    return item !== undefined && walk(item, rest, test);
  }
  const items = Array.isArray(value) ? value : value instanceof Tuple ? value.items : null;
  if (!items) return false;
  if (/^-?\d+$/.test(key)) {
    const item = items.at(Number(key));
    if (item !== undefined && walk(item, rest, test)) return true;
  }
  return items.some((item) => item instanceof Dict && walk(item, keys, test));
}

function numbered(dict: Dict, key: string): Value | undefined {
  return /^-?\d+$/.test(key) ? dict.get(BigInt(key)) : undefined;
}

function fits(value: Value, wanted: Wanted, test: Test): boolean {
  if (value instanceof Dict)
    return (wanted.text === '*' && value.size > 0) || [...value.keys()].some((key) => test(pyStr(key), wanted));
  const items = Array.isArray(value) ? value : value instanceof Tuple ? value.items : null;
  if (!items) return test(pyStr(value), wanted);
  return items.some((item) => (item instanceof Dict ? fits(item, wanted, test) : test(pyStr(item), wanted)));
}
