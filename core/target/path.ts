/** Salt's subdict_match, step by step: does a mapping hold, at the end of a path of keys, a value that fits? salt-semantics 3.3, 10.4. */
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

/** Looks that one match may take: a path is short, but stars in it multiply. */
const LOOKS = 50_000;

export function matchPath(data: Dict, { expression, literal, delimiter, fit }: PathQuery): boolean {
  const search: Search = { test: tester(fit), left: LOOKS };
  return within(data, { wanted: { text: expression, literal }, delimiter }, search);
}

interface Wanted {
  readonly text: string;
  readonly literal: Ranges;
}
type Test = (value: Value, wanted: Wanted) => boolean;
interface Search {
  readonly test: Test;
  left: number;
}
interface Path {
  readonly wanted: Wanted;
  readonly delimiter: string;
}

const isLiteral = ({ literal }: Wanted, at: number) => literal.some(([from, to]) => at >= from && at < to);
const isStar = (wanted: Wanted) => wanted.text === '*' && !isLiteral(wanted, 0);

function tail({ text, literal }: Wanted, from: number): Wanted {
  return { text: text.slice(from), literal: literal.map(([a, b]) => [a - from, b - from] as const).filter(([, b]) => b > 0) };
}

/** The longest key path first: for `a:b:c` the value at `a:b` against `c`, then that at `a` against `b:c`. */
function within(data: Dict, { wanted, delimiter }: Path, search: Search): boolean {
  const { text } = wanted;
  const cuts: number[] = [];
  for (let at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, at + delimiter.length))
    if (!isLiteral(wanted, at)) cuts.push(at);
  for (let i = cuts.length - 1; i >= 0; i -= 1) {
    const cut = cuts[i] as number;
    // A star in front looks at everything under the top level.
    const whole = text.slice(0, cut) === '*' && !isLiteral(wanted, 0);
    const found = whole ? data : follow(data, keysOf(text.slice(0, cut), cuts.slice(0, i), delimiter));
    if (found !== undefined && fits(found, whole ? wanted : tail(wanted, cut + delimiter.length), search)) return true;
  }
  return false;
}

function keysOf(text: string, cuts: readonly number[], delimiter: string): string[] {
  const starts = [0, ...cuts.map((cut) => cut + delimiter.length)];
  return starts.map((start, i) => text.slice(start, cuts[i] ?? text.length));
}

/** Follows the keys: in a list a number is an index, and mappings in it are searched for the key. */
function follow(data: Dict, keys: readonly string[]): Value | undefined {
  let value: Value | undefined = data;
  for (const key of keys) {
    // A null that is there is a value.
    if (value instanceof Dict) value = value.has(key) ? value.get(key) : numbered(value, key);
    else if (Array.isArray(value)) value = inList(value, key);
    else return undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

function inList(list: readonly Value[], key: string): Value | undefined {
  const index = /^[-+]?\d+$/.test(key) ? BigInt(key.replace('+', '')) : key;
  const holder = list.find((item): item is Dict => item instanceof Dict && item.has(index));
  if (holder) return holder.get(index);
  return typeof index === 'bigint' ? list.at(Number(index)) : undefined;
}

function numbered(dict: Dict, key: string): Value | undefined {
  return /^-?\d+$/.test(key) ? dict.get(BigInt(key)) : undefined;
}

/** What lies at the end: a mapping by its keys, a list by its members, anything else by its text. */
function fits(value: Value, wanted: Wanted, search: Search): boolean {
  if (value instanceof Dict) return value.size > 0 && inMapping(value, wanted, search);
  const items = Array.isArray(value) ? value : value instanceof Tuple ? value.items : null;
  if (!items) return search.test(value, wanted);
  return items.some((item) => (item instanceof Dict && inMapping(item, wanted, search)) || search.test(item, wanted));
}

function inMapping(dict: Dict, given: Wanted, search: Search): boolean {
  search.left -= 1;
  if (search.left < 0) return false;
  const wild = given.text.startsWith('*:') && !isLiteral(given, 0) && !isLiteral(given, 1);
  const wanted = wild ? tail(given, 2) : given;
  if (isStar(wanted) || dict.has(wanted.text)) return true;
  if ([...dict.keys()].some((key) => search.test(key, wanted))) return true;
  if (within(dict, { wanted, delimiter: ':' }, search)) return true;
  if (!wild) return false;
  return [...dict.values()].some((item) => {
    if (item instanceof Dict) return inMapping(item, wanted, search);
    return Array.isArray(item) ? item.some((one) => search.test(one, wanted)) : search.test(item, wanted);
  });
}

/** Both sides lower-cased; a regular expression ignores case by its flag instead, so that `\D` stays what it is. */
function tester(fit: Fit): Test {
  if (fit === 'exact') return (value, wanted) => pyStr(value).toLowerCase() === wanted.text.toLowerCase();
  if (fit === 'glob')
    return (value, wanted) => {
      const { text, literal } = lower(wanted);
      return matchGlob(pyStr(value).toLowerCase(), text, literal);
    };
  return (value, wanted) => {
    try {
      return compileRegex(quoteLiteral(wanted), { ignoreCase: true }).match(pyStr(value).toLowerCase()) !== null;
    } catch (error) {
      if (error instanceof BrineError) return false;
      throw error;
    }
  };
}

/** In lower case, which may be longer: `İ` is two characters there. */
function lower({ text, literal }: Wanted): Wanted {
  const lowered = text.toLowerCase();
  if (lowered.length === text.length) return { text: lowered, literal };
  const at = (offset: number) => text.slice(0, offset).toLowerCase().length;
  return { text: lowered, literal: literal.map(([from, to]) => [at(from), at(to)] as const) };
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
