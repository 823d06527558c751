/** Salt's filters over mappings: paths into them, differences, entries. */
import { parseArgs } from '../../args.ts';
import { pyRepr } from '../../python/print.ts';
import { Bytes, Dict, Tuple, type Value } from '../../value.ts';
import { type Filter, own, pure, str } from './filter.ts';
import { toNumber } from './filters-salt-text.ts';
import { setKey } from './methods.ts';
import { same, truthy } from './operate.ts';
import { arg } from './parameters.ts';
import { iterate, keysOf } from './sequences.ts';
import { isText, plain, strip, toText } from './text.ts';
import { defined, kind, OperationError } from './values.ts';

/** Changes what lies at the end of a path; missing mappings on the way are made. */
const change = (make: (old: Value | undefined, value: Value) => Value): Filter =>
  own((of, call) => {
    const [path, value] = [toText(arg(call, 0, 'keys')), arg(call, 1, 'value')];
    if (!(of instanceof Dict)) throw new OperationError(`Cannot set a key of ${kind(of)}`, 'jinja.value');
    const steps = plain(path).split(plain(toText(arg(call, 2, 'delimiter', ':'))));
    const last = steps.pop() as string;
    let dict = of;
    for (const step of steps) {
      const inner = dict.get(step);
      // What is no mapping gives way to one.
      const next = inner instanceof Dict ? inner : new Dict();
      setKey(dict, step, next);
      dict = next;
    }
    setKey(dict, last, make(dict.get(last), value));
    return of;
  });

function listOf(old: Value | undefined): Value[] {
  if (old === undefined || old === null) return [];
  if (Array.isArray(old)) return old;
  throw new OperationError(`The last key holds a ${kind(old)} and no list`, 'jinja.value');
}

function pairsOf(value: Value): [Value, Value][] {
  if (value instanceof Dict) return [...value];
  return iterate(value).map((pair) => {
    const items = iterate(pair);
    if (items.length !== 2) throw new OperationError('cannot convert dictionary update sequence element', 'jinja.value');
    return [strip(items[0] as Value), items[1] as Value];
  });
}

/** Salt's `traverse_dict_and_list`: keys as texts or numbers, places in lists, and through lists of mappings to the first that has it. */
function traverse(data: Value, path: Value, delimiter: string): Value | undefined {
  const steps = isText(path)
    ? plain(path).split(delimiter)
    : typeof path === 'bigint' || typeof path === 'boolean'
      ? [path]
      : iterate(path).map(strip);
  let value: Value | undefined = data;
  for (const step of steps) {
    value = one(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

function one(value: Value, step: Value): Value | undefined {
  defined(value);
  if (value instanceof Dict) return found(value, step);
  const index = typeof step === 'string' && /^\s*[-+]?\d+\s*$/.test(step) ? BigInt(step.trim().replace('+', '')) : step;
  if (Array.isArray(value)) {
    const inside = value.find((item): item is Dict => item instanceof Dict && item.get(index) !== undefined);
    if (inside) return inside.get(index);
    return typeof index === 'bigint' ? value.at(Number(index)) : undefined;
  }
  if (typeof step !== 'bigint') return undefined;
  // Python's own index of a text or a tuple.
  const members = isText(value) || value instanceof Tuple ? iterate(value) : [];
  return members.at(Number(step));
}

/** The key as it stands, else as what YAML makes of its text. */
function found(dict: Dict, step: Value): Value | undefined {
  const own = dict.get(step);
  if (own !== undefined || typeof step !== 'string') return own;
  const read = parseArgs([step]).args[0];
  return read === undefined || read === step ? undefined : dict.get(read);
}

/** Texts as UTF-8 bytes, at any depth; tuples become lists. */
function encoded(value: Value): Value {
  if (typeof value === 'string') return new Bytes(new TextEncoder().encode(value));
  if (Array.isArray(value)) return value.map(encoded);
  if (value instanceof Tuple) return value.items.map(encoded);
  return value instanceof Dict ? Dict.from([...value].map(([key, item]) => [encoded(key), encoded(item)] as const)) : value;
}

const encodesList: Filter = pure((of) => iterate(of).map(encoded));
const encodesDict: Filter = pure((of) => {
  if (!(of instanceof Dict)) throw new OperationError(`'${kind(of)}' object has no attribute 'items'`);
  return encoded(of);
});

export const saltDataFilters: Readonly<Record<string, Filter>> = {
  set_dict_key_value: change((_old, value) => value),
  append_dict_key_value: change((old, value) => [...listOf(old), value]),
  extend_dict_key_value: change((old, value) => [...listOf(old), ...iterate(value)]),
  update_dict_key_value: change((old, value) => {
    if (old !== undefined && old !== null && !(old instanceof Dict))
      throw new OperationError(`The last key holds a ${kind(old)} and no mapping`, 'jinja.value');
    const dict = (old ?? new Dict()) as Dict;
    for (const [key, item] of pairsOf(value)) setKey(dict, key, item);
    return dict;
  }),
  traverse: own((of, call) => {
    const result = traverse(of, arg(call, 0, 'key'), plain(toText(arg(call, 2, 'delimiter', ':'))));
    return result === undefined ? arg(call, 1, 'default') : result;
  }),
  compare_dicts: pure((of, call) => {
    const [old, next] = [of, arg(call, 0, 'new')];
    if (!(old instanceof Dict) || !(next instanceof Dict))
      throw new OperationError(`compare_dicts: expected two mappings, got ${kind(old)} and ${kind(next)}`);
    const result = new Dict();
    for (const key of [...old.keys(), ...[...next.keys()].filter((one) => !old.has(one))]) {
      const [a, b] = [old.get(key), next.get(key)];
      if (a === undefined) result.set(key, Dict.of({ old: '', new: b as Value }));
      else if (b === undefined) result.set(key, Dict.of({ new: '', old: a }));
      else if (!same(a, b)) result.set(key, Dict.of({ old: a, new: b }));
    }
    return result;
  }),
  to_entries: own((of) => {
    if (Array.isArray(of)) return of.map((value, i) => Dict.of({ key: BigInt(i), value }));
    if (!(of instanceof Dict)) throw new OperationError('Input data must be a dict or list', 'jinja.value');
    return keysOf(of).map((key) => Dict.of({ key, value: of.get(strip(key)) as Value }));
  }),
  from_entries: own((of) => {
    const dict = new Dict();
    for (const entry of iterate(of)) {
      const names = new Map(pairsOf(entry).map(([name, value]) => [typeof name === 'string' ? name.toLowerCase() : name, value]));
      const key = ['key', 'name'].map((name) => names.get(name)).find((value) => value !== undefined && truthy(value));
      if (key !== undefined) setKey(dict, key, names.get('value') ?? null);
    }
    return dict;
  }),
  // The table that the mysql client prints, its rows by one of their columns.
  mysql_to_dict: pure((of, call) => {
    const result = new Dict();
    let heads: string[] = [''];
    for (const row of iterate(of)) {
      const line = str(row, 'mysql_to_dict');
      if (line === '' || line.startsWith('+')) continue;
      const cells = line.split('|').map((cell) => cell.trim());
      if (heads.length <= 1) {
        heads = cells;
        continue;
      }
      const values = Dict.from(
        heads.slice(1, -1).map((head, i) => {
          const cell = cells[i + 1];
          if (cell === undefined) throw new OperationError('list index out of range', 'jinja.value');
          return [head, toNumber(cell)] as const;
        }),
      );
      const name = values.get(arg(call, 0, 'key'));
      if (name === undefined) throw new OperationError(pyRepr(arg(call, 0, 'key')), 'jinja.value');
      result.set(name, values);
    }
    return result;
  }),
  json_encode_list: encodesList,
  json_encode_dict: encodesDict,
  json_decode_list: encodesList,
  json_decode_dict: encodesDict,
};
