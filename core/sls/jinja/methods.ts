/** Methods of str, list and dict that templates call (salt-semantics 4.3). Slices and joins keep the taint of each part; the rest taints the whole. */
import { isPrintable, pyRepr } from '../../python/print.ts';
import { Bytes, Dict, Tuple, type Value } from '../../value.ts';
import { formatString } from './format.ts';
import { iterate, keysOf, kind, OperationError, ordering, same, sized, Undefined } from './operate.ts';
import { asValue, concat, isTainted, isText, plain, slice, strip, type Text, tainted } from './text.ts';

type Str = string | Text;
type StrMethod = (of: Str, args: readonly Value[], kwargs: Dict) => Value;

/** A method that knows no taint: its text is tainted as a whole when anything that went in was. */
function whole(run: (text: string, args: readonly Value[]) => Value): StrMethod {
  return (of, args) => {
    const result = run(plain(of), args.map(strip));
    return isTainted(of) || args.some((arg) => isTainted(arg)) ? mark(result) : result;
  };
}

function mark(value: Value): Value {
  if (typeof value === 'string') return asValue(tainted(value));
  if (Array.isArray(value)) return value.map(mark);
  return value instanceof Tuple ? new Tuple(value.items.map(mark)) : value;
}

function textArg(args: readonly Value[], i: number, method: string): Str {
  const value = args[i];
  if (value !== undefined && isText(value)) return value;
  throw new OperationError(`${method}() argument ${i + 1} must be str, not ${value === undefined ? 'missing' : kind(value)}`);
}

function whereSpace(text: string, chars: Value | undefined): (char: string) => boolean {
  void text;
  if (chars === undefined || chars === null) return (char) => /\s/.test(char);
  if (!isText(chars)) throw new OperationError(`strip arg must be None or str, not ${kind(chars)}`);
  const set = new Set([...plain(chars)]);
  return (char) => set.has(char);
}

function stripper(left: boolean, right: boolean): StrMethod {
  return (of, [chars]) => {
    const text = plain(of);
    const drop = whereSpace(text, chars);
    const characters = [...text];
    let [from, to] = [0, characters.length];
    while (left && from < to && drop(characters[from] as string)) from += 1;
    while (right && to > from && drop(characters[to - 1] as string)) to -= 1;
    const start = characters.slice(0, from).join('').length;
    return asValue(slice(of, start, start + characters.slice(from, to).join('').length));
  };
}

function splitter(reverse: boolean): StrMethod {
  return (of, args, kwargs) => {
    const separator = args[0] ?? kwargs.get('sep') ?? null;
    const most = Number(args[1] ?? kwargs.get('maxsplit') ?? -1n);
    const text = plain(of);
    const cuts: [number, number][] = [];
    if (separator === null) {
      for (const found of text.matchAll(/\s+/g)) cuts.push([found.index, found.index + found[0].length]);
    } else {
      if (!isText(separator)) throw new OperationError(`must be str or None, not ${kind(separator)}`);
      const mark = plain(separator);
      if (mark === '') throw new OperationError('empty separator', 'jinja.value');
      if (reverse)
        for (let at = text.lastIndexOf(mark); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(mark, at - mark.length))
          cuts.unshift([at, at + mark.length]);
      else
        for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) cuts.push([at, at + mark.length]);
    }
    const bare = separator === null;
    const inner = bare ? cuts.filter(([from, to]) => from > 0 && to < text.length) : cuts;
    const used = most < 0 ? inner : reverse ? inner.slice(Math.max(0, inner.length - most)) : inner.slice(0, most);
    const trimmed = bare
      ? [
          /^\s*/.exec(text)?.[0].length ?? 0,
          used.length < inner.length && !reverse ? text.length : text.length - (/\s*$/.exec(text)?.[0].length ?? 0),
        ]
      : [0, text.length];
    const end =
      bare && most >= 0 && used.length < inner.length && !reverse
        ? text.replace(/\s+$/, (tail) => (used.length === most ? tail : '')).length
        : trimmed[1];
    const parts: Value[] = [];
    let from = trimmed[0] as number;
    for (const [a, b] of used) {
      parts.push(asValue(slice(of, from, a)));
      from = b;
    }
    if (!bare || from < (end as number)) parts.push(asValue(slice(of, from, end as number)));
    return parts;
  };
}

const affix =
  (test: (text: string, part: string) => boolean): StrMethod =>
  (of, [what]) => {
    const list = what instanceof Tuple ? what.items : [what];
    return list.some((one) => {
      if (one === undefined || !isText(one))
        throw new OperationError(
          `startswith first arg must be str or a tuple of str, not ${one === undefined ? 'missing' : kind(one)}`,
        );
      return test(plain(of), plain(one));
    });
  };

const find =
  (last: boolean, missing?: string): StrMethod =>
  (of, [what, from, to]) => {
    const characters = [...plain(of)];
    const needle = plain(textArg([what as Value], 0, 'find'));
    const range = (value: Value | undefined, other: number) => {
      const at = value === undefined || value === null ? other : Number(value);
      return Math.min(characters.length, Math.max(0, at < 0 ? at + characters.length : at));
    };
    const [start, end] = [range(from, 0), range(to, characters.length)];
    const text = characters.slice(start, end).join('');
    const at = last ? text.lastIndexOf(needle) : text.indexOf(needle);
    if (at < 0 && missing) throw new OperationError(missing, 'jinja.value');
    return BigInt(at < 0 ? -1 : start + [...text.slice(0, at)].length);
  };

const justify =
  (method: string, place: (missing: number) => readonly [number, number]): StrMethod =>
  (of, [width, fill]) => {
    const missing = Math.min(1_000_000, Number(width ?? 0n) - [...plain(of)].length);
    const char = fill === undefined ? ' ' : plain(textArg([fill], 0, method));
    if ([...char].length !== 1) throw new OperationError('The fill character must be exactly one character long');
    if (missing <= 0) return asValue(of);
    const [left, right] = place(missing);
    return asValue(concat([char.repeat(left), of, char.repeat(right)]));
  };

const every =
  (test: RegExp): StrMethod =>
  (of) =>
    plain(of) !== '' && [...plain(of)].every((char) => test.test(char));

function cased(text: string, upper: boolean): boolean {
  const letters = [...text].filter((char) => char.toLowerCase() !== char.toUpperCase());
  return letters.length > 0 && letters.every((char) => char === (upper ? char.toUpperCase() : char.toLowerCase()));
}

function title(text: string): string {
  return text.replace(/\p{L}+/gu, (word) => {
    const [first = '', ...rest] = word;
    return first.toUpperCase() + rest.join('').toLowerCase();
  });
}

export const stringMethods: Readonly<Record<string, StrMethod>> = {
  upper: whole((text) => text.toUpperCase()),
  lower: whole((text) => text.toLowerCase()),
  casefold: whole((text) => text.toLowerCase().replaceAll('ß', 'ss')),
  title: whole(title),
  capitalize: whole((text) => {
    const [first = '', ...rest] = text;
    return first.toUpperCase() + rest.join('').toLowerCase();
  }),
  swapcase: whole((text) =>
    [...text].map((char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase())).join(''),
  ),
  strip: stripper(true, true),
  lstrip: stripper(true, false),
  rstrip: stripper(false, true),
  split: splitter(false),
  rsplit: splitter(true),
  splitlines: (of, [keep]) => {
    const text = plain(of);
    const lines: Value[] = [];
    let from = 0;
    for (const found of text.matchAll(/\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/g)) {
      lines.push(asValue(slice(of, from, keep === true ? found.index + found[0].length : found.index)));
      from = found.index + found[0].length;
    }
    return from < text.length ? [...lines, asValue(slice(of, from, text.length))] : lines;
  },
  partition: (of, args) => {
    const mark = plain(textArg(args, 0, 'partition'));
    const [text, at] = [plain(of), plain(of).indexOf(mark)];
    return at < 0
      ? new Tuple([asValue(of), '', ''])
      : new Tuple([
          asValue(slice(of, 0, at)),
          asValue(slice(of, at, at + mark.length)),
          asValue(slice(of, at + mark.length, text.length)),
        ]);
  },
  rpartition: (of, args) => {
    const mark = plain(textArg(args, 0, 'rpartition'));
    const [text, at] = [plain(of), plain(of).lastIndexOf(mark)];
    return at < 0
      ? new Tuple(['', '', asValue(of)])
      : new Tuple([
          asValue(slice(of, 0, at)),
          asValue(slice(of, at, at + mark.length)),
          asValue(slice(of, at + mark.length, text.length)),
        ]);
  },
  join: (of, [list]) => {
    const items = iterate(list as Value);
    const pieces: Str[] = [];
    items.forEach((one, i) => {
      if (!isText(one)) throw new OperationError(`sequence item ${i}: expected str instance, ${kind(one)} found`);
      if (i > 0) pieces.push(of);
      pieces.push(one);
    });
    return sized(asValue(concat(pieces)));
  },
  replace: (of, args) => {
    const [old, next] = [plain(textArg(args, 0, 'replace')), textArg(args, 1, 'replace')];
    const most = args[2] === undefined || Number(args[2]) < 0 ? Number.POSITIVE_INFINITY : Number(args[2]);
    const text = plain(of);
    if (old === '') return sized(asValue(concat(interleave(of, next, most))));
    const pieces: Str[] = [];
    let from = 0;
    for (let at = text.indexOf(old), n = 0; at >= 0 && n < most; at = text.indexOf(old, at + old.length), n += 1) {
      pieces.push(slice(of, from, at), next);
      from = at + old.length;
    }
    return sized(asValue(concat([...pieces, slice(of, from, text.length)])));
  },
  startswith: affix((text, part) => text.startsWith(part)),
  endswith: affix((text, part) => text.endsWith(part)),
  removeprefix: (of, args) =>
    asValue(
      plain(of).startsWith(plain(textArg(args, 0, 'removeprefix')))
        ? slice(of, plain(args[0] as never).length, plain(of).length)
        : of,
    ),
  removesuffix: (of, args) => {
    const end = plain(textArg(args, 0, 'removesuffix'));
    return asValue(end !== '' && plain(of).endsWith(end) ? slice(of, 0, plain(of).length - end.length) : of);
  },
  find: find(false),
  rfind: find(true),
  index: find(false, 'substring not found'),
  rindex: find(true, 'substring not found'),
  count: (of, args) => {
    const needle = plain(textArg(args, 0, 'count'));
    return BigInt(needle === '' ? [...plain(of)].length + 1 : plain(of).split(needle).length - 1);
  },
  zfill: (of, [width]) => {
    const text = plain(of);
    const missing = Math.min(1_000_000, Number(width ?? 0n) - [...text].length);
    if (missing <= 0) return asValue(of);
    const sign = /^[-+]/.test(text) ? 1 : 0;
    return asValue(concat([slice(of, 0, sign), '0'.repeat(missing), slice(of, sign, text.length)]));
  },
  ljust: justify('ljust', (missing) => [0, missing]),
  rjust: justify('rjust', (missing) => [missing, 0]),
  center: (of, args) => {
    const odd = Number(args[0] ?? 0n) % 2;
    return (
      justify('center', (missing) => {
        const left = Math.floor(missing / 2) + (missing & odd & 1);
        return [left, missing - left];
      }) as StrMethod
    )(of, args, new Dict());
  },
  expandtabs: whole((text, [size]) => {
    const width = Number(size ?? 8n);
    return text
      .split('\n')
      .map((line) => {
        let out = '';
        for (const char of line) out += char === '\t' ? ' '.repeat(width > 0 ? width - ([...out].length % width) : 0) : char;
        return out;
      })
      .join('\n');
  }),
  isdigit: every(/[\p{Nd}²³¹⁰-⁹₀-₉]/u),
  isdecimal: every(/\p{Nd}/u),
  isnumeric: every(/\p{N}/u),
  isalpha: every(/\p{L}/u),
  isalnum: every(/[\p{L}\p{N}]/u),
  isspace: every(/\s/u),
  isupper: (of) => cased(plain(of), true),
  islower: (of) => cased(plain(of), false),
  istitle: (of) => plain(of) !== '' && plain(of) === title(plain(of)) && /\p{L}/u.test(plain(of)),
  isidentifier: (of) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(plain(of)),
  isprintable: (of) => [...plain(of)].every(isPrintable),
  isascii: (of) => /^[\u0000-\u007f]*$/.test(plain(of)),
  encode: (of) => new Bytes(new TextEncoder().encode(plain(of))),
  format: (of, args, kwargs) => sized(asValue(formatString(of, args, kwargs))),
  format_map: (of, [map]) => sized(asValue(formatString(of, [], map as Dict))),
};

function interleave(of: Str, next: Str, most: number): Str[] {
  const text = plain(of);
  const pieces: Str[] = [];
  let n = 0;
  for (let at = 0; at < text.length; ) {
    if (n++ < most) pieces.push(next);
    const length = String.fromCodePoint(text.codePointAt(at) as number).length;
    pieces.push(slice(of, at, at + length));
    at += length;
  }
  return n < most ? [...pieces, next] : pieces;
}

function indexOf(list: readonly Value[], wanted: Value, [from, to]: readonly (Value | undefined)[] = []): number {
  const at = list.findIndex((one, i) => i >= Number(from ?? 0n) && i < Number(to ?? BigInt(list.length)) && same(one, wanted));
  if (at < 0) throw new OperationError(`${pyRepr(strip(wanted))} is not in list`, 'jinja.value');
  return at;
}

type ListMethod = (of: Value[] | Tuple, args: readonly Value[], kwargs: Dict) => Value;
const own = (of: Value[] | Tuple): Value[] => (of instanceof Tuple ? [...of.items] : of);

export const listMethods: Readonly<Record<string, ListMethod>> = {
  append: (of, [value]) => {
    own(of).push(value as Value);
    sized(own(of));
    return null;
  },
  extend: (of, [list]) => {
    own(of).push(...iterate(list as Value));
    sized(own(of));
    return null;
  },
  insert: (of, [at, value]) => {
    own(of).splice(Number(at), 0, value as Value);
    return null;
  },
  pop: (of, [at]) => {
    const list = own(of);
    if (list.length === 0) throw new OperationError('pop from empty list', 'jinja.value');
    const index = at === undefined ? list.length - 1 : Number(at) < 0 ? Number(at) + list.length : Number(at);
    if (index < 0 || index >= list.length) throw new OperationError('pop index out of range', 'jinja.value');
    return list.splice(index, 1)[0] as Value;
  },
  remove: (of, [value]) => {
    own(of).splice(indexOf(own(of), value as Value), 1);
    return null;
  },
  clear: (of) => {
    own(of).length = 0;
    return null;
  },
  index: (of, [value, ...range]) => BigInt(indexOf(own(of), value as Value, range)),
  count: (of, [value]) => BigInt(own(of).filter((one) => same(one, value as Value)).length),
  reverse: (of) => {
    own(of).reverse();
    return null;
  },
  sort: (of, _args, kwargs) => {
    own(of).sort((a, b) => ordering(a, b));
    if (kwargs.get('reverse') === true) own(of).reverse();
    return null;
  },
  copy: (of) => [...own(of)],
};

type DictMethod = (of: Dict, args: readonly Value[], kwargs: Dict) => Value;

export const dictMethods: Readonly<Record<string, DictMethod>> = {
  get: (of, [key, other = null]) => {
    if ((key as unknown) instanceof Undefined) throw new OperationError((key as unknown as Undefined).message, 'jinja.undefined');
    const found = of.get(strip(key as Value));
    return found === undefined ? other : found;
  },
  items: (of) => keysOf(of).map((key) => new Tuple([key, of.get(strip(key)) as Value])),
  keys: (of) => keysOf(of),
  values: (of) => [...of.values()],
  copy: (of) => of.copy(),
  update: (of, [other], kwargs) => {
    if (other instanceof Dict) for (const [key, value] of other) of.set(key, value);
    else if (other !== undefined)
      for (const pair of iterate(other)) {
        const [key, value] = iterate(pair);
        of.set(strip(key as Value), value as Value);
      }
    for (const [key, value] of kwargs) of.set(key, value);
    return null;
  },
  pop: (of, [key, other]) => {
    const found = of.get(strip(key as Value));
    if (found === undefined && other === undefined) throw new OperationError(pyRepr(strip(key as Value)), 'jinja.value');
    of.delete(strip(key as Value));
    return found ?? (other as Value);
  },
  popitem: (of) => {
    const last = [...of].at(-1);
    if (!last) throw new OperationError('popitem(): dictionary is empty', 'jinja.value');
    of.delete(last[0]);
    return new Tuple(last);
  },
  setdefault: (of, [key, other = null]) => {
    const found = of.get(strip(key as Value));
    if (found !== undefined) return found;
    of.set(strip(key as Value), other);
    return other;
  },
  clear: (of) => {
    of.clear();
    return null;
  },
  fromkeys: (_of, [keys, value = null]) => Dict.from(iterate(keys as Value).map((key) => [strip(key), value] as const)),
};
