/** Salt's filters over mappings: paths into them, differences, entries. */
import { Bytes, Dict, Tuple, type Value } from '../../value.ts';
import { type Filter, own, pure } from './filter.ts';
import { setKey } from './methods.ts';
import { iterate, same } from './operate.ts';
import { arg } from './parameters.ts';
import { isText, plain, strip, toText } from './text.ts';
import { kind, OperationError } from './values.ts';

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
      if (inner !== undefined && !(inner instanceof Dict))
        throw new OperationError(`The value at ${step} is no mapping`, 'jinja.value');
      const next = inner ?? new Dict();
      setKey(dict, step, next);
      dict = next as Dict;
    }
    setKey(dict, last, make(dict.get(last), value));
    return of;
  });

function listOf(old: Value | undefined): Value[] {
  if (old === undefined) return [];
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
  const steps = isText(path) ? plain(path).split(delimiter) : Array.isArray(path) ? path.map(strip) : [strip(path)];
  let value: Value | undefined = data;
  for (const step of steps) {
    value = value === undefined ? undefined : one(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

function one(value: Value, step: Value): Value | undefined {
  if (Array.isArray(value)) {
    const inside = value.find((item): item is Dict => item instanceof Dict && found(item, step) !== undefined);
    if (inside) return found(inside, step);
    return /^-?\d+$/.test(String(step)) ? value.at(Number(step)) : undefined;
  }
  return value instanceof Dict ? found(value, step) : undefined;
}

/** The key as it stands, else as the number, truth or nothing that its text says. */
function found(dict: Dict, step: Value): Value | undefined {
  const own = dict.get(step);
  if (own !== undefined || typeof step !== 'string') return own;
  if (/^-?\d+$/.test(step)) return dict.get(BigInt(step));
  return /^-?\d+\.\d+$/.test(step) ? dict.get(Number(step)) : undefined;
}

/** Texts as UTF-8 bytes, at any depth; tuples become lists. */
function encoded(value: Value): Value {
  if (typeof value === 'string') return new Bytes(new TextEncoder().encode(value));
  if (Array.isArray(value)) return value.map(encoded);
  if (value instanceof Tuple) return value.items.map(encoded);
  return value instanceof Dict ? Dict.from([...value].map(([key, item]) => [encoded(key), encoded(item)] as const)) : value;
}

const encodes: Filter = pure(encoded);

export const saltDataFilters: Readonly<Record<string, Filter>> = {
  set_dict_key_value: change((_old, value) => value),
  append_dict_key_value: change((old, value) => [...listOf(old), value]),
  extend_dict_key_value: change((old, value) => [...listOf(old), ...iterate(value)]),
  update_dict_key_value: change((old, value) => {
    if (old !== undefined && !(old instanceof Dict))
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
    const [old, next] = [of as Dict, arg(call, 0, 'new') as Dict];
    const result = new Dict();
    for (const key of [...old.keys(), ...[...next.keys()].filter((one) => !old.has(one))]) {
      const [a, b] = [old.get(key), next.get(key)];
      if (a === undefined) result.set(key, Dict.of({ old: '', new: b as Value }));
      else if (b === undefined) result.set(key, Dict.of({ new: '', old: a }));
      else if (!same(a, b)) result.set(key, Dict.of({ old: a, new: b }));
    }
    return result;
  }),
  to_entries: own((of) => [...(of as Dict)].map(([key, value]) => Dict.of({ key, value }))),
  from_entries: own((of) => {
    const dict = new Dict();
    for (const entry of iterate(of)) {
      const pick = (names: readonly string[]) =>
        names.map((name) => (entry as Dict).get(name)).find((value) => value !== undefined) ?? null;
      setKey(dict, pick(['key', 'Key', 'name', 'Name']), pick(['value', 'Value']));
    }
    return dict;
  }),
  json_encode_list: encodes,
  json_encode_dict: encodes,
  json_decode_list: encodes,
  json_decode_dict: encodes,
};
