/** How large a result may grow: a short expression must not make a long value. Beyond it: MemoryError. */
import { PythonError } from './error.ts';

/** Characters of a text, members of a list, unless the caller says less or more. */
export const DEFAULT_LIMIT = 1_000_000;

/** Bits of a whole number. Python prints at most 4,300 digits (some 14,300 bits). */
export const MAX_INT_BITS = 65_536;

export function checkSize(size: number | bigint, limit: number = DEFAULT_LIMIT): void {
  if (size > limit) throw new PythonError('MemoryError', `the result would be longer than ${limit}`);
}

/** Above the number of bits of an int, by at most four. */
export function bitsOf(value: bigint): number {
  return (value < 0n ? -value : value).toString(16).length * 4;
}

export function checkBits(bits: number): void {
  if (bits > MAX_INT_BITS) throw new PythonError('MemoryError', `the number would be longer than ${MAX_INT_BITS} bits`);
}
