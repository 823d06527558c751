/** Arguments of a method call against what the method takes, with Python's complaints. */
import { type Dict, typeName, type Value } from '../value.ts';
import { typeError } from './error.ts';
import { indexArgument } from './number.ts';

export interface Signature {
  readonly name: string;
  /** Most positional arguments. */
  readonly max: number;
  /** Fewest; 0 unless said. */
  readonly min?: number;
  /** Names under which arguments may be given, by position. */
  readonly names?: readonly string[];
}

/** The arguments by position; undefined for those that were not given. */
export function bind(signature: Signature, args: readonly Value[], kwargs: Dict): (Value | undefined)[] {
  const { name, max, min = 0, names = [] } = signature;
  if (args.length > max) throw typeError(`${name}() ${takes(min, max)} (${args.length} given)`);
  const bound: (Value | undefined)[] = Array.from({ length: max }, (_, i) => args[i]);
  for (const [key, value] of kwargs) {
    const at = names.indexOf(key as string);
    if (names.length === 0) throw typeError(`${name}() takes no keyword arguments`);
    if (at < 0) throw typeError(`'${String(key)}' is an invalid keyword argument for ${name}()`);
    if (bound[at] !== undefined)
      throw typeError(`argument for ${name}() given by name ('${String(key)}') and position (${at + 1})`);
    bound[at] = value;
  }
  if (bound.slice(0, min).includes(undefined)) throw typeError(`${name}() ${takes(min, max)} (${args.length} given)`);
  return bound;
}

function takes(min: number, max: number): string {
  if (max === 0) return 'takes no arguments';
  const count = (n: number) => `${n} argument${n === 1 ? '' : 's'}`;
  if (min === max) return `takes exactly ${max === 1 ? 'one argument' : count(max)}`;
  return min > 0 ? `expected at least ${count(min)}` : `takes at most ${count(max)}`;
}

/** A text, or TypeError in the words of the method. */
export function textArgument(value: Value | undefined, name: string, position?: number): string {
  if (typeof value === 'string') return value;
  const which = position === undefined ? 'argument' : `argument ${position}`;
  throw typeError(`${name}() ${which} must be str, not ${value === undefined ? 'nothing' : typeName(value)}`);
}

/** An int within ±2^53, or the default where nothing was given. */
export function intArgument(value: Value | undefined, otherwise: number): number {
  return value === undefined ? otherwise : indexArgument(value);
}
