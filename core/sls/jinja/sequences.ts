import { PyRange, PySet } from '../../python/set.ts';
import { ends, sliceOf as pickOf, type Slice } from '../../python/slice.ts';
import { DictView } from '../../python/view.ts';
import { Bytes, Dict, Tuple, type Value } from '../../value.ts';
import { Lazy } from './lazy.ts';
import { asValue, concat, HostDict, isText, plain, slice as sliceText, strip, Text } from './text.ts';
import { Lax, Undefined } from './undefined.ts';
import { Callable, defined, kind, Namespace, OperationError, python } from './values.ts';

/** Members of a sequence or keys of a mapping; throws for what cannot be gone through. A generator is used up. */
export function iterate(value: Value): readonly Value[] {
  const any = defined(value) as unknown;
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
  if (value instanceof Dict) return keysOf(value);
  if (isText(value)) return charactersOf(value);
  if (value instanceof Bytes) return [...value.bytes].map((byte) => BigInt(byte));
  if (any instanceof Lazy) return any.take();
  if (any instanceof DictView) return viewItems(any);
  if (any instanceof PySet) return any.members;
  if (any instanceof PyRange) return any.items;
  if (any instanceof Lax) return [];
  throw new OperationError(`'${kind(value)}' object is not iterable`);
}

function viewItems({ dict, kind: what }: DictView): readonly Value[] {
  if (what === 'values') return [...dict.values()];
  const keys = keysOf(dict);
  return what === 'keys' ? keys : keys.map((key) => new Tuple([key, dict.get(strip(key)) as Value]));
}

/** Python's len(). */
export function lengthOf(of: Value): bigint {
  const any = defined(of) as unknown;
  if (isText(of)) return BigInt([...plain(of)].length);
  if (of instanceof Dict || any instanceof DictView || any instanceof PyRange) return BigInt((any as Dict).size);
  if (Array.isArray(of)) return BigInt(of.length);
  if (of instanceof Tuple) return BigInt(of.items.length);
  if (of instanceof Bytes) return BigInt(of.bytes.length);
  if (any instanceof PySet) return BigInt(any.members.length);
  if (any instanceof Lax) return 0n;
  throw new OperationError(`object of type '${kind(of)}' has no len()`);
}

export function charactersOf(value: string | Text): Value[] {
  const text = plain(value);
  if (typeof value === 'string') return [...text];
  const characters: Value[] = [];
  for (let at = 0; at < text.length; ) {
    const length = String.fromCodePoint(text.codePointAt(at) as number).length;
    characters.push(asValue(sliceText(value, at, at + length)));
    at += length;
  }
  return characters;
}

/** Keys of what a host sent are a host's text too. */
export function keysOf(dict: Dict): Value[] {
  const keys = [...dict.keys()];
  if (!(dict instanceof HostDict)) return keys;
  return keys.map((key) => (typeof key === 'string' ? asValue(new Text([{ text: key, tainted: true }])) : key));
}

/** `of[from:to:step]` */
export function sliceOf(of: Value, slice: Slice): Value {
  for (const bound of Object.values(slice)) defined(bound);
  const range = of as unknown;
  if (range instanceof PyRange) return python(() => rangeSlice(range, slice));
  if (isTextObject(of)) {
    const picked = python(() => pickOf(charactersOf(of as never), slice)) as Value[];
    return asValue(picked.length === 0 ? sliceText(of as never, 0, 0) : concat(picked as unknown as (string | Text)[]));
  }
  if (!isPlain(of)) throw new OperationError(`'${kind(of)}' object is not subscriptable`);
  return python(() => pickOf(of, slice));
}

/** Part of a range is a range again. */
function rangeSlice(range: PyRange, slice: Slice): Value {
  const { from, to, step } = ends(range.size, slice);
  const at = (index: number) => range.from + BigInt(index) * range.step;
  return new PyRange(at(from), at(to), range.step * BigInt(step)) as unknown as Value;
}

/** Is it of the value model, so that core/python may have it as it is? */
export function isPlain(value: Value): boolean {
  const any = value as unknown;
  return !(
    any instanceof Text ||
    any instanceof Callable ||
    any instanceof Namespace ||
    any instanceof Lazy ||
    any instanceof DictView ||
    any instanceof PySet ||
    any instanceof PyRange ||
    any instanceof Undefined
  );
}

export function isTextObject(value: Value): boolean {
  return (value as unknown) instanceof Text;
}
