/** Python's set, as far as templates make them: members once each, by Python's equality. Whole numbers go in order, all else as it was put in. */
import { Dict, hashKey, typeName, type Value } from '../value.ts';
import { typeError } from './error.ts';
import type { Printable } from './print.ts';

export class PySet implements Printable {
  readonly members: readonly Value[];

  /** `keyOf` gives the value by which a member is told from others; the first of two equal ones stays. */
  constructor(values: Iterable<Value>, keyOf: (value: Value) => Value = (value) => value) {
    const seen = new Map<string, Value>();
    for (const value of values) {
      const hash = hashKey(keyOf(value));
      if (hash === undefined) throw typeError(`unhashable type: '${typeName(keyOf(value))}'`);
      if (!seen.has(hash)) seen.set(hash, value);
    }
    const members = [...seen.values()];
    if (members.every((member) => typeof member === 'bigint')) members.sort((a, b) => (a < b ? -1 : 1));
    this.members = members;
  }

  repr(write: (value: Value) => string): string {
    return this.members.length === 0 ? 'set()' : `{${this.members.map(write).join(', ')}}`;
  }
}

/** `range(…)`: whole numbers that are counted out when they are asked for. */
export class PyRange implements Printable {
  readonly from: bigint;
  readonly to: bigint;
  readonly step: bigint;

  constructor(from: bigint, to: bigint, step: bigint) {
    this.from = from;
    this.to = to;
    this.step = step;
  }

  get size(): number {
    const { from, to, step } = this;
    const count = step > 0n ? (to - from + step - 1n) / step : (from - to - step - 1n) / -step;
    return Math.max(0, Number(count));
  }

  get items(): Value[] {
    return Array.from({ length: this.size }, (_one, i) => this.from + BigInt(i) * this.step);
  }

  repr(): string {
    const ends = `${this.from}, ${this.to}`;
    return this.step === 1n ? `range(${ends})` : `range(${ends}, ${this.step})`;
  }
}

/** collections.OrderedDict: a mapping whose order is meant, so that YAML is not written by key. */
export class OrderedDict extends Dict {
  override copy(): Dict {
    const copy = new OrderedDict();
    for (const [key, value] of this) copy.set(key, value);
    return copy;
  }
}
