/**
 * The one value model. What Salt's Python knows and JavaScript does not keep apart stays apart here:
 *
 * | Python | here | | Python | here |
 * |---|---|---|---|---|
 * | None | null | | list | array |
 * | bool | boolean | | tuple | Tuple |
 * | int | bigint | | dict | Dict (ordered, Python's key equality) |
 * | float | number | | bytes | Bytes |
 * | str | string | | | |
 *
 * So a jid keeps its twenty digits, and `1.0` stays a float. JavaScript's `undefined` is never a value.
 */
export type Value = null | boolean | bigint | number | string | Value[] | Tuple | Bytes | Dict;

/** Python's tuple: like a list, but hashable (a key of a Dict) and printed with parentheses. */
export class Tuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** Python's bytes. */
export class Bytes {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/**
 * Python's dict: insertion order, and Python's key equality (`1`, `1.0` and `True` are one key, `"1"` is another).
 * A key that was set first keeps its own spelling, as in Python. Keys that Python cannot hash (list, dict) are refused by `set`.
 */
export class Dict {
  readonly #entries = new Map<string, [Value, Value]>();

  static of(object: Readonly<Record<string, Value>>): Dict {
    const dict = new Dict();
    for (const key of Object.keys(object)) dict.set(key, object[key] as Value);
    return dict;
  }

  static from(entries: Iterable<readonly [Value, Value]>): Dict {
    const dict = new Dict();
    for (const [key, value] of entries) dict.set(key, value);
    return dict;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    const hash = hashKey(key);
    return hash === undefined ? undefined : this.#entries.get(hash)?.[1];
  }

  has(key: Value): boolean {
    const hash = hashKey(key);
    return hash !== undefined && this.#entries.has(hash);
  }

  /** Sets a key; throws a TypeError for a key that Python cannot hash. */
  set(key: Value, value: Value): this {
    const hash = hashKey(key);
    if (hash === undefined) throw new TypeError(`unhashable type: '${typeName(key)}'`);
    const entry = this.#entries.get(hash);
    if (entry) entry[1] = value;
    else this.#entries.set(hash, [key, value]);
    return this;
  }

  delete(key: Value): boolean {
    const hash = hashKey(key);
    return hash !== undefined && this.#entries.delete(hash);
  }

  clear(): void {
    this.#entries.clear();
  }

  *keys(): IterableIterator<Value> {
    for (const [key] of this.#entries.values()) yield key;
  }

  *values(): IterableIterator<Value> {
    for (const [, value] of this.#entries.values()) yield value;
  }

  *entries(): IterableIterator<[Value, Value]> {
    for (const [key, value] of this.#entries.values()) yield [key, value];
  }

  [Symbol.iterator](): IterableIterator<[Value, Value]> {
    return this.entries();
  }

  /** A copy of this mapping alone; what it holds is shared. */
  copy(): Dict {
    return Dict.from(this.entries());
  }
}

/** A text under which equal keys, in Python's sense, meet; undefined for what Python cannot hash. */
export function hashKey(key: Value): string | undefined {
  if (key === null) return 'N';
  switch (typeof key) {
    case 'string':
      return `s${key}`;
    case 'boolean':
      return key ? 'n1' : 'n0';
    case 'bigint':
      return `n${key}`;
    case 'number':
      return Number.isInteger(key) ? `n${BigInt(key)}` : `n${key}`;
    default:
      break;
  }
  if (key instanceof Bytes) return `b${Array.from(key.bytes).join(',')}`;
  if (key instanceof Tuple) {
    const parts = key.items.map(hashKey);
    return parts.includes(undefined) ? undefined : `t(${parts.map((p) => `${p?.length}:${p}`).join()})`;
  }
  return undefined;
}

/** Python's name of the value's type, as its error messages have it. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    default:
      break;
  }
  if (Array.isArray(value)) return 'list';
  if (value instanceof Tuple) return 'tuple';
  return value instanceof Bytes ? 'bytes' : 'dict';
}

/** Python's `==`: numbers of all kinds compare by amount, lists and tuples by members, mappings without regard to order. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  const x = typeof a === 'boolean' ? BigInt(a) : a;
  const y = typeof b === 'boolean' ? BigInt(b) : b;
  if ((typeof x === 'bigint' || typeof x === 'number') && (typeof y === 'bigint' || typeof y === 'number')) {
    // biome-ignore lint/suspicious/noDoubleEquals: JavaScript's == compares a bigint and a number by their exact amounts, as Python does
    return x == y;
  }
  if (Array.isArray(a) && Array.isArray(b)) return sameItems(a, b);
  if (a instanceof Tuple && b instanceof Tuple) return sameItems(a.items, b.items);
  if (a instanceof Bytes && b instanceof Bytes) {
    return a.bytes.length === b.bytes.length && a.bytes.every((byte, i) => byte === b.bytes[i]);
  }
  if (!(a instanceof Dict && b instanceof Dict) || a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !equal(value, other)) return false;
  }
  return true;
}

function sameItems(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((item, i) => equal(item, b[i] as Value));
}

/** Plain JavaScript data with the same meaning, for schemas and JSON APIs: mappings become objects without a prototype,
 * whole numbers that fit become numbers (others stay bigint), tuples arrays, bytes Uint8Array. Keys become text. */
export function toPlain(value: Value): unknown {
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Tuple) return value.items.map(toPlain);
  if (value instanceof Bytes) return value.bytes;
  if (value instanceof Dict) {
    const object: Record<string, unknown> = Object.create(null);
    for (const [key, item] of value) object[String(key)] = toPlain(item);
    return object;
  }
  return value;
}

/** The value of plain JavaScript data: whole numbers become int, others float, objects Dict; undefined members are left out. */
export function fromPlain(data: unknown): Value {
  if (data === null || data === undefined) return null;
  switch (typeof data) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return data;
    case 'number':
      return Number.isSafeInteger(data) ? BigInt(data) : data;
    default:
      break;
  }
  if (Array.isArray(data)) return data.map(fromPlain);
  if (data instanceof Uint8Array) return new Bytes(data);
  if (data instanceof Tuple || data instanceof Bytes || data instanceof Dict) return data;
  const dict = new Dict();
  for (const [key, item] of Object.entries(data as object)) if (item !== undefined) dict.set(key, fromPlain(item));
  return dict;
}
