/** The methods of Python's str. */
import { Bytes, Dict, Tuple, typeName, type Value } from '../value.ts';
import { bind, intArgument, type Signature, textArgument } from './bind.ts';
import { charsOf, indexOf, lengthOf, offsetOf } from './code-points.ts';
import { encodeText } from './codec.ts';
import { iterate, truth } from './compare.ts';
import { typeError, valueError } from './error.ts';
import { capitalize, caseFold, PREDICATES, swapCase, title } from './letter-case.ts';
import { checkSize } from './limit.ts';
import { intOf } from './number.ts';
import { type FormatOptions, formatText } from './str-format.ts';
import { lineRanges, partitionRanges, type Range, replaceRanges, splitRanges, stripRange } from './text-ranges.ts';

type Given = readonly (Value | undefined)[];

interface TextMethod extends Omit<Signature, 'name'> {
  run(text: string, given: Given, limit: number | undefined): Value;
}

const parts = (text: string, ranges: readonly Range[]) => ranges.map(([from, to]) => text.slice(from, to));
const plain = (run: (text: string) => Value): TextMethod => ({ max: 0, run });

const METHODS: Readonly<Record<string, TextMethod>> = {
  upper: plain((text) => text.toUpperCase()),
  lower: plain((text) => text.toLowerCase()),
  title: plain(title),
  capitalize: plain(capitalize),
  swapcase: plain(swapCase),
  casefold: plain(caseFold),
  ...Object.fromEntries(Object.entries(PREDICATES).map(([name, test]) => [name, plain(test)])),
  strip: strip('strip', 'both'),
  lstrip: strip('lstrip', 'left'),
  rstrip: strip('rstrip', 'right'),
  split: split(false),
  rsplit: split(true),
  splitlines: { max: 1, names: ['keepends'], run: (text, [keep = false]) => parts(text, lineRanges(text, truth(keep))) },
  partition: partition('partition', false),
  rpartition: partition('rpartition', true),
  join: { max: 1, min: 1, run: join },
  replace: {
    max: 3,
    min: 2,
    run: (text, [old, fresh, count], limit) => {
      const put = textArgument(fresh, 'replace', 2);
      const pieces = replaceRanges(text, textArgument(old, 'replace', 1), intArgument(count, -1));
      checkSize(
        pieces.reduce((sum, piece) => sum + (piece === 'new' ? put.length : piece[1] - piece[0]), 0),
        limit,
      );
      return pieces.map((piece) => (piece === 'new' ? put : text.slice(...piece))).join('');
    },
  },
  startswith: affix('startswith', (text, part) => text.startsWith(part)),
  endswith: affix('endswith', (text, part) => text.endsWith(part)),
  find: search('find', (text, part) => text.indexOf(part)),
  rfind: search('rfind', (text, part) => text.lastIndexOf(part)),
  index: found(search('index', (text, part) => text.indexOf(part))),
  rindex: found(search('rindex', (text, part) => text.lastIndexOf(part))),
  count: {
    max: 3,
    min: 1,
    run: (text, [part, from, to]) => {
      const window = windowOf(text, from, to);
      if (!window) return 0n;
      const wanted = textArgument(part, 'count', 1);
      return BigInt(wanted === '' ? lengthOf(window.text) + 1 : window.text.split(wanted).length - 1);
    },
  },
  zfill: {
    max: 1,
    min: 1,
    run: (text, [width], limit) => {
      const missing = intArgument(width, 0) - lengthOf(text);
      if (missing <= 0) return text;
      checkSize(missing, limit);
      const sign = /^[-+]/.exec(text)?.[0] ?? '';
      return sign + '0'.repeat(missing) + text.slice(sign.length);
    },
  },
  center: fill('center', (missing, width) => Math.floor(missing / 2) + (missing & width & 1)),
  ljust: fill('ljust', () => 0),
  rjust: fill('rjust', (missing) => missing),
  expandtabs: { max: 1, names: ['tabsize'], run: (text, [size], limit) => expandTabs(text, intArgument(size, 8), limit) },
  removeprefix: {
    max: 1,
    min: 1,
    run: (text, [part]) => {
      const prefix = textArgument(part, 'removeprefix');
      return text.startsWith(prefix) ? text.slice(prefix.length) : text;
    },
  },
  removesuffix: {
    max: 1,
    min: 1,
    run: (text, [part]) => {
      const suffix = textArgument(part, 'removesuffix');
      return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
    },
  },
  encode: {
    max: 2,
    names: ['encoding', 'errors'],
    run: (text, [encoding = 'utf-8', errors = 'strict']) =>
      new Bytes(encodeText(text, textArgument(encoding, 'encode', 1), textArgument(errors, 'encode', 2))),
  },
  translate: { max: 1, min: 1, run: translate },
};

export const TEXT_METHODS: readonly string[] = [...Object.keys(METHODS), 'format', 'format_map'];

/** Calls a method of str; undefined for a name that is none. */
export function callTextMethod(
  text: string,
  name: string,
  { args, kwargs, options }: { args: readonly Value[]; kwargs: Dict; options: FormatOptions },
): Value | undefined {
  if (name === 'format') return formatText(text, args, kwargs, options);
  if (name === 'format_map') {
    const [map] = bind({ name, max: 1, min: 1 }, args, kwargs);
    if (!(map instanceof Dict)) throw typeError(`format_map() argument must be a mapping, not ${typeName(map as Value)}`);
    return formatText(text, [], map, options);
  }
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  return method?.run(text, bind({ ...method, name }, args, kwargs), options.limit);
}

function strip(name: string, side: 'left' | 'right' | 'both'): TextMethod {
  return {
    max: 1,
    run: (text, [chars = null]) => {
      if (chars !== null && typeof chars !== 'string') throw typeError(`${name} arg must be None or str`);
      return text.slice(...stripRange(text, chars, side));
    },
  };
}

function split(fromRight: boolean): TextMethod {
  return {
    max: 2,
    names: ['sep', 'maxsplit'],
    run: (text, [sep = null, max]) => {
      if (sep !== null && typeof sep !== 'string') throw typeError(`must be str or None, not ${typeName(sep)}`);
      return parts(text, splitRanges(text, sep, intArgument(max, -1), fromRight));
    },
  };
}

function partition(name: string, fromRight: boolean): TextMethod {
  return {
    max: 1,
    min: 1,
    run: (text, [sep]) => new Tuple(parts(text, partitionRanges(text, textArgument(sep, name), fromRight))),
  };
}

function join(text: string, [items]: Given, limit: number | undefined): Value {
  const members = iterate(items as Value);
  let size = text.length * Math.max(0, members.length - 1);
  for (const [i, member] of members.entries()) {
    if (typeof member !== 'string') throw typeError(`sequence item ${i}: expected str instance, ${typeName(member)} found`);
    size += member.length;
  }
  checkSize(size, limit);
  return members.join(text);
}

/** The part of a text that `start` and `end` leave, and where it begins (index); null where start lies behind the end. */
function windowOf(text: string, from: Value | undefined, to: Value | undefined): { text: string; start: number } | null {
  if ((from === undefined || from === null) && (to === undefined || to === null)) return { text, start: 0 };
  const size = lengthOf(text);
  const place = (value: Value | undefined, otherwise: number) => {
    const index = value === undefined || value === null ? otherwise : intArgument(value, otherwise);
    return index < 0 ? Math.max(0, index + size) : index;
  };
  const [start, end] = [place(from, 0), Math.min(place(to, size), size)];
  if (start > end) return null;
  return { text: text.slice(offsetOf(text, start), offsetOf(text, end)), start };
}

function affix(name: string, test: (text: string, part: string) => boolean): TextMethod {
  return {
    max: 3,
    min: 1,
    run: (text, [wanted, from, to]) => {
      const options = wanted instanceof Tuple ? wanted.items : [wanted as Value];
      const bad = options.find((option) => typeof option !== 'string');
      if (bad !== undefined) {
        throw typeError(
          wanted instanceof Tuple
            ? `tuple for ${name} must only contain str, not ${typeName(bad)}`
            : `${name} first arg must be str or a tuple of str, not ${typeName(bad)}`,
        );
      }
      const window = windowOf(text, from, to);
      return window !== null && options.some((option) => test(window.text, option as string));
    },
  };
}

function search(name: string, at: (text: string, part: string) => number): TextMethod {
  return {
    max: 3,
    min: 1,
    run: (text, [part, from, to]) => {
      const wanted = textArgument(part, name, 1);
      const window = windowOf(text, from, to);
      const offset = window ? at(window.text, wanted) : -1;
      return window && offset >= 0 ? BigInt(window.start + indexOf(window.text, offset)) : -1n;
    },
  };
}

function found(method: TextMethod): TextMethod {
  return {
    ...method,
    run: (text, given, limit) => {
      const index = method.run(text, given, limit);
      if (index === -1n) throw valueError('substring not found');
      return index;
    },
  };
}

function fill(name: string, left: (missing: number, width: number) => number): TextMethod {
  return {
    max: 2,
    min: 1,
    run: (text, [wanted, char = ' '], limit) => {
      if (typeof char !== 'string') throw typeError(`${name}() argument 2 must be a unicode character, not ${typeName(char)}`);
      if (lengthOf(char) !== 1) throw typeError('The fill character must be exactly one character long');
      const width = intArgument(wanted, 0);
      const missing = Math.max(0, width - lengthOf(text));
      checkSize(missing, limit);
      const before = left(missing, width);
      return char.repeat(before) + text + char.repeat(missing - before);
    },
  };
}

function expandTabs(text: string, size: number, limit: number | undefined): string {
  let [out, column] = ['', 0];
  for (const char of charsOf(text)) {
    const spaces = char === '\t' && size > 0 ? size - (column % size) : 0;
    checkSize(out.length + spaces, limit);
    out += char === '\t' ? ' '.repeat(spaces) : char;
    column = char === '\n' || char === '\r' ? 0 : column + (char === '\t' ? spaces : 1);
  }
  return out;
}

function translate(text: string, [table]: Given, limit: number | undefined): Value {
  if (!(table instanceof Dict)) throw typeError(`'${typeName(table as Value)}' object is not a translation table`);
  let out = '';
  for (const char of charsOf(text)) {
    const put = table.get(BigInt(char.codePointAt(0) as number));
    if (put === undefined) out += char;
    else if (typeof put === 'string') out += put;
    else if (put !== null) {
      const code = intOf(put);
      if (code === undefined) throw typeError('character mapping must return integer, None or str');
      out += String.fromCodePoint(Number(code));
    }
    checkSize(out.length, limit);
  }
  return out;
}
