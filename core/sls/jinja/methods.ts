/**
 * Methods of Python's values, as core/python has them. Slices and joins of a text keep the taint of each part, everything else taints the whole
 * when anything that went in was a host's; keys that a host wrote make a mapping a host's.
 */
import { bind, intArgument } from '../../python/bind.ts';
import { callMethod, hasMethod } from '../../python/methods.ts';
import { PyRange } from '../../python/set.ts';
import { formatPieces } from '../../python/str-format.ts';
import { lineRanges, partitionRanges, type Range, replaceRanges, splitRanges, stripRange } from '../../python/text-ranges.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { hashableKey, joinPieces, ordering, same, sized, truthy } from './operate.ts';
import { iterate } from './sequences.ts';
import {
  asMarkup,
  asValue,
  concat,
  HostDict,
  hostOwned,
  isMarkup,
  isTainted,
  isText,
  mark,
  plain,
  slice,
  strip,
  type Text,
} from './text.ts';
import { asAny, Callable, defined, kind, OperationError, python } from './values.ts';

type Str = string | Text;

/** The method of that name as a callable; undefined where the value has none. */
export function methodOf(of: Value, name: string): Value | undefined {
  const range = (of as unknown) instanceof PyRange;
  const own = range ? new Tuple([]) : isText(of) ? plain(of) : of;
  if (!hasMethod(own, name)) return undefined;
  return asAny(
    new Callable(`built-in method ${name} of ${kind(of)} object at 0x7f0000000000`, (args, kwargs) =>
      call(of, name, { args, kwargs }),
    ),
  );
}

interface Given {
  readonly args: readonly Value[];
  readonly kwargs: Dict;
}

export function call(of: Value, name: string, given: Given): Value {
  const range = of as unknown;
  if (range instanceof PyRange) return callList(new Tuple(range.items), name, given);
  if (isText(of)) return callText(of, name, given);
  if (Array.isArray(of) || of instanceof Tuple) return callList(of, name, given);
  if (of instanceof Dict) return callDict(of, name, given);
  return python(() => callMethod(of, name, given.args.map(strip), { kwargs: strip(given.kwargs) as Dict })) as Value;
}

function callText(of: Str, name: string, { args, kwargs }: Given): Value {
  if (name === 'join') return join(of, args);
  if (name === 'format')
    return asValue(
      joinPieces(
        of,
        python(() => formatPieces(plain(of), args, kwargs, FORMAT)),
      ),
    );
  const involved = isTainted(of) || args.some((arg) => isTainted(arg)) || isTainted(kwargs);
  if (involved && Object.hasOwn(BY_PART, name)) return python(() => (BY_PART[name] as ByPart)(of, args, kwargs));
  const own = args.map(strip);
  const result = python(() => callMethod(plain(of), name, own, { kwargs: strip(kwargs) as Dict, ...FORMAT })) as Value;
  if (isMarkup(of) && typeof result === 'string' && !involved) return asValue(asMarkup(result));
  return involved ? mark(result) : result;
}

const FORMAT = {
  plain: strip,
  attribute: (value: Value, name: string): Value => {
    throw new OperationError(`access to attribute '${name}' of '${kind(value)}' object is unsafe.`, 'jinja.security');
  },
};

function join(of: Str, args: readonly Value[]): Value {
  if (args.length !== 1) throw new OperationError(`str.join() takes exactly one argument (${args.length} given)`);
  const pieces: Str[] = [];
  iterate(args[0] as Value).forEach((one, i) => {
    if (!isText(one)) throw new OperationError(`sequence item ${i}: expected str instance, ${kind(one)} found`);
    if (i > 0) pieces.push(of);
    pieces.push(one);
  });
  return sized(asValue(concat(pieces)));
}

type ByPart = (of: Str, args: readonly Value[], kwargs: Dict) => Value;

const cut = (of: Str, ranges: readonly Range[]): Value[] => ranges.map(([from, to]) => asValue(slice(of, from, to)));
const textOr = (value: Value | undefined): string | null => (value !== undefined && isText(value) ? plain(value) : null);

const strips =
  (side: 'left' | 'right' | 'both'): ByPart =>
  (of, args, kwargs) => {
    const [chars = null] = bind({ name: 'strip', max: 1 }, args, kwargs);
    if (chars !== null && !isText(chars)) throw new OperationError('strip arg must be None or str');
    return cut(of, [stripRange(plain(of), textOr(chars), side)])[0] as Value;
  };

const splits =
  (fromRight: boolean): ByPart =>
  (of, args, kwargs) => {
    const [separator = null, most] = bind({ name: 'split', max: 2, names: ['sep', 'maxsplit'] }, args, kwargs);
    if (separator !== null && !isText(separator)) throw new OperationError(`must be str or None, not ${kind(separator)}`);
    return cut(of, splitRanges(plain(of), textOr(separator), intArgument(most, -1), fromRight));
  };

const partitions =
  (fromRight: boolean): ByPart =>
  (of, args, kwargs) => {
    const [separator] = bind({ name: 'partition', max: 1, min: 1 }, args, kwargs);
    if (!isText(separator)) throw new OperationError(`must be str, not ${kind(separator as Value)}`);
    return new Tuple(cut(of, partitionRanges(plain(of), plain(separator), fromRight)));
  };

const affixes =
  (name: string, range: (text: string, affix: string) => Range): ByPart =>
  (of, args, kwargs) => {
    const [affix] = bind({ name, max: 1, min: 1 }, args, kwargs);
    if (!isText(affix)) throw new OperationError(`${name}() argument must be str, not ${kind(affix as Value)}`);
    return cut(of, [range(plain(of), plain(affix))])[0] as Value;
  };

/** Each part of the result is a part of the text, or of what was put in. */
const BY_PART: Readonly<Record<string, ByPart>> = {
  strip: strips('both'),
  lstrip: strips('left'),
  rstrip: strips('right'),
  split: splits(false),
  rsplit: splits(true),
  partition: partitions(false),
  rpartition: partitions(true),
  splitlines: (of, args, kwargs) => {
    const [keep = false] = bind({ name: 'splitlines', max: 1, names: ['keepends'] }, args, kwargs);
    return cut(of, lineRanges(plain(of), truthy(keep)));
  },
  removeprefix: affixes('removeprefix', (text, affix) => [text.startsWith(affix) ? affix.length : 0, text.length]),
  removesuffix: affixes('removesuffix', (text, affix) => [
    0,
    affix !== '' && text.endsWith(affix) ? text.length - affix.length : text.length,
  ]),
  replace: (of, args, kwargs) => {
    const [old, fresh, count] = bind({ name: 'replace', max: 3, min: 2 }, args, kwargs);
    if (!isText(old) || !isText(fresh))
      throw new OperationError(
        `replace() argument ${isText(old) ? 2 : 1} must be str, not ${kind((isText(old) ? fresh : old) as Value)}`,
      );
    const pieces = replaceRanges(plain(of), plain(old), intArgument(count, -1));
    return sized(asValue(concat(pieces.map((piece) => (piece === 'new' ? fresh : slice(of, ...piece))))));
  },
};

function callList(of: Value[] | Tuple, name: string, { args, kwargs }: Given): Value {
  if (name === 'sort' && Array.isArray(of)) {
    const [key = null, reverse = false] = python(() => bind({ name: 'sort', max: 2, names: ['key', 'reverse'] }, [], kwargs));
    if (args.length > 0) throw new OperationError('sort() takes no positional arguments');
    if (key !== null) throw new OperationError(`'${kind(key)}' object is not callable`);
    const sign = truthy(reverse) ? -1 : 1;
    const order = of.map((one, i) => ({ one, i })).sort((a, b) => sign * ordering(a.one, b.one) || a.i - b.i);
    of.splice(0, of.length, ...order.map(({ one }) => one));
    return null;
  }
  const own = name === 'extend' ? args.map((one) => [...iterate(one)]) : args;
  return python(() => callMethod(of, name, own, { kwargs, same })) as Value;
}

/** Methods whose first argument is a key. */
const KEYED = new Set(['get', 'pop', 'setdefault']);

function callDict(of: Dict, name: string, { args, kwargs }: Given): Value {
  if (name === 'copy' && of instanceof HostDict) return Object.setPrototypeOf(of.copy(), HostDict.prototype) as Dict;
  if (name === 'setdefault' && args[0] !== undefined && isTainted(args[0])) hostOwned(of);
  if (name === 'update') {
    const other = args[0];
    if (other instanceof HostDict || kwargs instanceof HostDict) hostOwned(of);
    const pairs = other === undefined || other instanceof Dict ? other : iterate(other).map((pair, i) => ownPair(of, pair, i));
    return python(() => callMethod(of, name, pairs === undefined ? [] : [pairs], { kwargs })) as Value;
  }
  if (name === 'popitem' && of instanceof HostDict) {
    const pair = python(() => callMethod(of, name, args, { kwargs })) as unknown as Tuple;
    return new Tuple([mark(pair.items[0] as Value), pair.items[1] as Value]);
  }
  const own = KEYED.has(name) && args[0] !== undefined ? [hashableKey(args[0]), ...args.slice(1)] : args;
  return python(() => callMethod(of, name, own, { kwargs })) as Value;
}

/** A pair whose key is plain; a host's key makes the mapping a host's. */
function ownPair(of: Dict, pair: Value, i: number): Value {
  const items = iterate(pair);
  if (items.length !== 2)
    throw new OperationError(`dictionary update sequence element #${i} has length ${items.length}; 2 is required`, 'jinja.value');
  if (isTainted(items[0])) hostOwned(of);
  return new Tuple([hashableKey(items[0] as Value), items[1] as Value]);
}

/** Sets a key; a host's key makes the mapping a host's, so that its keys stay marked. */
export function setKey(of: Dict, key: Value, value: Value): void {
  if (isTainted(key)) hostOwned(of);
  of.set(hashableKey(key), value);
}

/** What `dict(x, k=v)` takes. */
export function dictOf(args: readonly Value[], kwargs: Dict, dict = new Dict()): Dict {
  if (args.length > 1) throw new OperationError(`dict expected at most 1 argument, got ${args.length}`);
  if (args[0] !== undefined) defined(args[0]);
  callDict(dict, 'update', { args, kwargs });
  return dict;
}
