/** Python's generators, as filters give them. */
import type { Printable } from '../../python/print.ts';
import type { Value } from '../../value.ts';

/** A generator: it has no length, and what was taken from it is gone. */
export class Lazy implements Printable {
  readonly #items: readonly Value[];
  #at = 0;
  constructor(items: readonly Value[]) {
    this.#items = items;
  }
  take(count = Number.POSITIVE_INFINITY): readonly Value[] {
    const from = this.#at;
    this.#at = Math.min(this.#items.length, from + count);
    return this.#items.slice(from, this.#at);
  }
  /** What is left, without taking it. */
  get rest(): readonly Value[] {
    return this.#items.slice(this.#at);
  }
  repr(): string {
    return '<generator object>';
  }
}
