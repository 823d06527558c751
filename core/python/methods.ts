/** The methods of Python's values, by name: what `value.name(…)` gives. Lists and mappings change in place, as in Python. */
import { Bytes, Dict, equal, Tuple, typeName, type Value } from '../value.ts';
import { bind, intArgument, textArgument } from './bind.ts';
import { decodeBytes } from './codec.ts';
import { hashable, iterate, sorted, truth, unpack } from './compare.ts';
import { PythonError, typeError, valueError } from './error.ts';
import { checkSize } from './limit.ts';
import { pyRepr } from './print.ts';
import type { FormatOptions } from './str-format.ts';
import { callTextMethod, TEXT_METHODS } from './text-methods.ts';
import { DictView, type ViewKind } from './view.ts';

export interface MethodOptions extends FormatOptions {
  /** Equality for `index`, `count`, `remove`; Python's `==` unless given. */
  readonly same?: (a: Value, b: Value) => boolean;
}

type Result = Value | DictView;
type Run<S> = (self: S, args: readonly Value[], kwargs: Dict, options: MethodOptions) => Result;
type Table<S> = Readonly<Record<string, Run<S>>>;

/** Does a value of this kind have a method of that name? */
export function hasMethod(self: Value | DictView, name: string): boolean {
  if (typeof self === 'string') return TEXT_METHODS.includes(name);
  const table = tableOf(self);
  return table !== undefined && Object.hasOwn(table, name);
}

/** `self.name(*args, **kwargs)`; throws PythonError, AttributeError for an unknown name. */
export function callMethod(
  self: Value,
  name: string,
  args: readonly Value[] = [],
  { kwargs = new Dict(), ...options }: MethodOptions & { kwargs?: Dict } = {},
): Result {
  if (typeof self === 'string') {
    const result = callTextMethod(self, name, { args, kwargs, options });
    if (result !== undefined) return result;
  } else {
    const table = tableOf(self) as Table<Value> | undefined;
    const run = table && Object.hasOwn(table, name) ? table[name] : undefined;
    if (run) return run(self, args, kwargs, options);
  }
  throw new PythonError('AttributeError', `'${typeName(self)}' object has no attribute '${name}'`);
}

function tableOf(self: Value | DictView): Table<never> | undefined {
  if (Array.isArray(self)) return LIST;
  if (self instanceof Tuple) return TUPLE;
  if (self instanceof Dict) return DICT;
  if (self instanceof Bytes) return BYTES;
  if (typeof self === 'bigint' || typeof self === 'boolean') return INT as Table<never>;
  return typeof self === 'number' ? (FLOAT as Table<never>) : undefined;
}

function put(list: Value[], items: readonly Value[], options: MethodOptions): void {
  checkSize(list.length + items.length, options.limit);
  for (const item of items) list.push(item);
}

const LIST: Table<Value[]> = {
  append(self, args, kwargs, options) {
    const [item] = bind({ name: 'list.append', max: 1, min: 1 }, args, kwargs);
    put(self, [item as Value], options);
    return null;
  },
  extend(self, args, kwargs, options) {
    const [items] = bind({ name: 'list.extend', max: 1, min: 1 }, args, kwargs);
    put(self, [...iterate(items as Value)], options);
    return null;
  },
  insert(self, args, kwargs, options) {
    const [at, item] = bind({ name: 'insert', max: 2, min: 2 }, args, kwargs);
    checkSize(self.length + 1, options.limit);
    const index = intArgument(at, 0);
    self.splice(index < 0 ? Math.max(0, index + self.length) : index, 0, item as Value);
    return null;
  },
  pop(self, args, kwargs) {
    const [at] = bind({ name: 'pop', max: 1 }, args, kwargs);
    if (self.length === 0) throw new PythonError('IndexError', 'pop from empty list');
    const index = intArgument(at, -1);
    const place = index < 0 ? index + self.length : index;
    if (place < 0 || place >= self.length) throw new PythonError('IndexError', 'pop index out of range');
    return self.splice(place, 1)[0] as Value;
  },
  remove(self, args, kwargs, { same = equal }) {
    const [item] = bind({ name: 'list.remove', max: 1, min: 1 }, args, kwargs);
    const at = self.findIndex((member) => same(member, item as Value));
    if (at < 0) throw valueError('list.remove(x): x not in list');
    self.splice(at, 1);
    return null;
  },
  reverse(self, args, kwargs) {
    bind({ name: 'list.reverse', max: 0 }, args, kwargs);
    self.reverse();
    return null;
  },
  sort(self, args, kwargs) {
    if (args.length > 0) throw typeError('sort() takes no positional arguments');
    const [key = null, reverse = false] = bind({ name: 'sort', max: 2, names: ['key', 'reverse'] }, args, kwargs);
    if (key !== null) throw typeError(`'${typeName(key)}' object is not callable`);
    self.splice(0, self.length, ...sorted(self, { reverse: truth(reverse) }));
    return null;
  },
  clear(self, args, kwargs) {
    bind({ name: 'list.clear', max: 0 }, args, kwargs);
    self.length = 0;
    return null;
  },
  copy(self, args, kwargs) {
    bind({ name: 'list.copy', max: 0 }, args, kwargs);
    return [...self];
  },
  index: (self, args, kwargs, options) => indexIn(self, args, kwargs, options),
  count: (self, args, kwargs, options) => countIn(self, args, kwargs, options),
};

const TUPLE: Table<Tuple> = {
  index: (self, args, kwargs, options) => indexIn(self.items, args, kwargs, { ...options, tuple: true }),
  count: (self, args, kwargs, options) => countIn(self.items, args, kwargs, options),
};

function indexIn(
  items: readonly Value[],
  args: readonly Value[],
  kwargs: Dict,
  options: MethodOptions & { tuple?: boolean },
): bigint {
  const [item, from, to] = bind({ name: 'index', max: 3, min: 1 }, args, kwargs);
  const place = (value: Value | undefined, otherwise: number) => {
    const index = intArgument(value, otherwise);
    return index < 0 ? Math.max(0, index + items.length) : index;
  };
  const [start, end] = [place(from, 0), place(to, items.length)];
  const same = options.same ?? equal;
  const at = items.findIndex((member, i) => i >= start && i < end && same(member, item as Value));
  if (at < 0) throw valueError(options.tuple ? 'tuple.index(x): x not in tuple' : `${pyRepr(item as Value)} is not in list`);
  return BigInt(at);
}

function countIn(items: readonly Value[], args: readonly Value[], kwargs: Dict, { same = equal }: MethodOptions): bigint {
  const [item] = bind({ name: 'count', max: 1, min: 1 }, args, kwargs);
  return BigInt(items.filter((member) => same(member, item as Value)).length);
}

const view =
  (kind: ViewKind): Run<Dict> =>
  (self, args, kwargs) => {
    bind({ name: `dict.${kind}`, max: 0 }, args, kwargs);
    return new DictView(self, kind);
  };

const DICT: Table<Dict> = {
  keys: view('keys'),
  values: view('values'),
  items: view('items'),
  get(self, args, kwargs) {
    const [key, otherwise = null] = bind({ name: 'get', max: 2, min: 1 }, args, kwargs);
    return self.get(hashable(key as Value)) ?? otherwise;
  },
  setdefault(self, args, kwargs, options) {
    const [key, otherwise = null] = bind({ name: 'setdefault', max: 2, min: 1 }, args, kwargs);
    const found = self.get(hashable(key as Value));
    if (found !== undefined) return found;
    checkSize(self.size + 1, options.limit);
    self.set(key as Value, otherwise);
    return otherwise;
  },
  pop(self, args, kwargs) {
    const [key, otherwise] = bind({ name: 'pop', max: 2, min: 1 }, args, kwargs);
    const found = self.get(hashable(key as Value)) ?? otherwise;
    if (found === undefined) throw new PythonError('KeyError', pyRepr(key as Value));
    self.delete(key as Value);
    return found;
  },
  popitem(self, args, kwargs) {
    bind({ name: 'dict.popitem', max: 0 }, args, kwargs);
    const last = [...self].at(-1);
    if (!last) throw new PythonError('KeyError', "'popitem(): dictionary is empty'");
    self.delete(last[0]);
    return new Tuple(last);
  },
  update(self, args, kwargs, options) {
    const [other] = bind({ name: 'update', max: 1 }, args, new Dict());
    for (const [key, value] of [...pairsOf(other), ...kwargs]) {
      checkSize(self.size + 1, options.limit);
      self.set(hashable(key), value);
    }
    return null;
  },
  clear(self, args, kwargs) {
    bind({ name: 'dict.clear', max: 0 }, args, kwargs);
    self.clear();
    return null;
  },
  copy(self, args, kwargs) {
    bind({ name: 'dict.copy', max: 0 }, args, kwargs);
    return self.copy();
  },
  fromkeys(_self, args, kwargs) {
    const [keys, value = null] = bind({ name: 'fromkeys', max: 2, min: 1 }, args, kwargs);
    return Dict.from(iterate(keys as Value).map((key) => [hashable(key), value] as const));
  },
};

/** What `dict(x)` and `update(x)` take: a mapping, or an iterable of pairs. */
export function pairsOf(other: Value | DictView | undefined): [Value, Value][] {
  if (other === undefined) return [];
  if (other instanceof Dict) return [...other];
  return iterate(other).map((pair, i) => {
    try {
      return unpack(pair, 2) as [Value, Value];
    } catch (error) {
      if (!(error instanceof PythonError)) throw error;
      if (error.type === 'TypeError') throw typeError(`cannot convert dictionary update sequence element #${i} to a sequence`);
      throw valueError(`dictionary update sequence element #${i} has length ${iterate(pair).length}; 2 is required`);
    }
  });
}

const BYTES: Table<Bytes> = {
  decode(self, args, kwargs) {
    const [encoding = 'utf-8', errors = 'strict'] = bind({ name: 'decode', max: 2, names: ['encoding', 'errors'] }, args, kwargs);
    return decodeBytes(self.bytes, textArgument(encoding, 'decode', 1), textArgument(errors, 'decode', 2));
  },
  hex(self, args, kwargs) {
    bind({ name: 'hex', max: 0 }, args, kwargs);
    return Array.from(self.bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  },
  startswith: (self, args, kwargs) => affix(self, args, kwargs, (text, part) => text.startsWith(part)),
  endswith: (self, args, kwargs) => affix(self, args, kwargs, (text, part) => text.endsWith(part)),
};

function affix(self: Bytes, args: readonly Value[], kwargs: Dict, test: (text: string, part: string) => boolean): boolean {
  const [part] = bind({ name: 'startswith', max: 1, min: 1 }, args, kwargs);
  if (!(part instanceof Bytes))
    throw typeError(`startswith first arg must be bytes or a tuple of bytes, not ${typeName(part as Value)}`);
  const latin = (bytes: Uint8Array) => decodeBytes(bytes, 'latin-1');
  return test(latin(self.bytes), latin(part.bytes));
}

const amount = (self: bigint | boolean) => (BigInt(self) < 0n ? -BigInt(self) : BigInt(self));

const INT: Table<bigint | boolean> = {
  bit_length: (self) => (amount(self) === 0n ? 0n : BigInt(amount(self).toString(2).length)),
  bit_count: (self) => BigInt(amount(self).toString(2).replaceAll('0', '').length),
  conjugate: (self) => BigInt(self),
};

const FLOAT: Table<number> = {
  is_integer: (self) => Number.isInteger(self),
  conjugate: (self) => self,
};
