/** What of a value arrives: on Salt's way to a host, and where no way can carry it. */
import { Recursive } from '../python/recursive.ts';
import { PySet } from '../python/set.ts';
import { Bytes, Dict, Tuple, type Value } from '../value.ts';

/** Does a list or mapping hold itself somewhere in it? */
export function isEndless(value: Value): boolean {
  if ((value as unknown) instanceof Recursive) return true;
  if (Array.isArray(value)) return value.some(isEndless);
  return value instanceof Dict && [...value.values()].some(isEndless);
}

/** What msgpack makes of arguments on Salt's way to a host: numbers beyond 64 bits are texts, bytes too, tuples and sets lists. */
export function published(value: Value): Value {
  const any = value as unknown;
  if (any instanceof PySet) return any.members.map(published);
  if (typeof value === 'bigint') return value >= LONG || value <= -LONG ? String(value) : value;
  if (value instanceof Bytes) return new TextDecoder().decode(value.bytes);
  if (Array.isArray(value)) return value.map(published);
  if (value instanceof Tuple) return value.items.map(published);
  return value instanceof Dict ? Dict.from([...value].map(([key, item]) => [published(key), published(item)] as const)) : value;
}

const LONG = 2n ** 63n;

/** A set as a list, wherever it stands; all else as it is. */
export function withoutSets(value: Value): Value {
  const any = value as unknown;
  if (any instanceof PySet) return any.members.map(withoutSets);
  if (Array.isArray(value)) return value.map(withoutSets);
  return value instanceof Dict ? Dict.from([...value].map(([key, item]) => [key, withoutSets(item)] as const)) : value;
}
