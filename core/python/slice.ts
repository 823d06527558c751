/** `value[index]` and `value[from:to:step]`. */
import { Bytes, Dict, Tuple, typeName, type Value } from '../value.ts';
import { charsOf, isSimple, offsetOf } from './code-points.ts';
import { hashable, length } from './compare.ts';
import { typeError, valueError } from './error.ts';
import { clampIndex, intOf } from './number.ts';

export interface Slice {
  readonly from?: Value | undefined;
  readonly to?: Value | undefined;
  readonly step?: Value | undefined;
}

/** `value[key]`; undefined where Python would raise IndexError or KeyError, TypeError for a key of a wrong kind. */
export function itemAt(value: Value, key: Value): Value | undefined {
  if (value instanceof Dict) return value.get(hashable(key));
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Tuple || value instanceof Bytes) {
    const index = intOf(key);
    if (index === undefined) throw typeError(wrongIndex(value, key));
    return memberAt(value, clampIndex(index));
  }
  throw typeError(`'${typeName(value)}' object is not subscriptable`);
}

function memberAt(value: string | Value[] | Tuple | Bytes, index: number): Value | undefined {
  const size = length(value);
  const at = index < 0 ? index + size : index;
  if (at < 0 || at >= size) return undefined;
  if (typeof value === 'string') return isSimple(value) ? value[at] : charsOf(value)[at];
  if (value instanceof Tuple) return value.items[at];
  return value instanceof Bytes ? BigInt(value.bytes[at] as number) : value[at];
}

function wrongIndex(value: Value, key: Value): string {
  if (typeof value === 'string') return `string indices must be integers, not '${typeName(key)}'`;
  const name = value instanceof Bytes ? 'byte' : typeName(value);
  return `${name} indices must be integers or slices, not ${typeName(key)}`;
}

/** `value[from:to:step]`. */
export function sliceOf(value: Value, slice: Slice): Value {
  if (typeof value === 'string') {
    const range = sliceOffsets(value, slice);
    if (range) return value.slice(...range);
    const chars = charsOf(value);
    return positions(chars.length, slice)
      .map((i) => chars[i])
      .join('');
  }
  if (Array.isArray(value)) return positions(value.length, slice).map((i) => value[i] as Value);
  if (value instanceof Tuple) return new Tuple(positions(value.items.length, slice).map((i) => value.items[i] as Value));
  if (value instanceof Bytes) {
    return new Bytes(Uint8Array.from(positions(value.bytes.length, slice), (i) => value.bytes[i] as number));
  }
  throw value instanceof Dict
    ? typeError("unhashable type: 'slice'")
    : typeError(`'${typeName(value)}' object is not subscriptable`);
}

/** The offsets [from, to) in UTF-16 units of a slice of step 1; undefined for other steps. */
export function sliceOffsets(text: string, slice: Slice): [number, number] | undefined {
  if (stepOf(slice.step) !== 1) return undefined;
  const { from, to } = bounds(length(text), slice, 1);
  return from >= to ? [0, 0] : [offsetOf(text, from), offsetOf(text, to)];
}

/** Where a slice of a sequence of this length begins and ends, and its step. */
export function ends(size: number, slice: Slice): { from: number; to: number; step: number } {
  const step = stepOf(slice.step);
  return { ...bounds(size, slice, step), step };
}

/** The indexes that a slice picks from a sequence of this length, in its order. */
export function positions(size: number, slice: Slice): number[] {
  const step = stepOf(slice.step);
  const { from, to } = bounds(size, slice, step);
  const picked: number[] = [];
  for (let i = from; step > 0 ? i < to : i > to; i += step) picked.push(i);
  return picked;
}

function bounds(size: number, slice: Slice, step: number): { from: number; to: number } {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const place = (value: Value | undefined, otherwise: number): number => {
    if (value === undefined || value === null) return otherwise;
    const index = boundOf(value);
    const at = index < 0 ? index + size : index;
    return Math.min(Math.max(at, low), high);
  };
  return step > 0
    ? { from: place(slice.from, low), to: place(slice.to, high) }
    : { from: place(slice.from, high), to: place(slice.to, low) };
}

function stepOf(value: Value | undefined): number {
  if (value === undefined || value === null) return 1;
  const step = boundOf(value);
  if (step === 0) throw valueError('slice step cannot be zero');
  return step;
}

function boundOf(value: Value): number {
  const int = intOf(value);
  if (int === undefined) throw typeError('slice indices must be integers or None or have an __index__ method');
  return clampIndex(int);
}
