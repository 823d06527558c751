/** Where a list or mapping would hold itself (`&a [*a]`): Python goes round, a value here does not. It prints as Python prints it, and no job carries it. */
import type { Printable } from './print.ts';

export class Recursive implements Printable {
  readonly #text: string;

  constructor(kind: 'list' | 'map') {
    this.#text = kind === 'list' ? '[...]' : '{...}';
  }

  repr(): string {
    return this.#text;
  }
}
