/** What `dict.keys()`, `.values()` and `.items()` give: a live look at a mapping, printed as Python prints it. */
import { type Dict, Tuple, type Value } from '../value.ts';

export type ViewKind = 'keys' | 'values' | 'items';

export class DictView {
  readonly dict: Dict;
  readonly kind: ViewKind;

  constructor(dict: Dict, kind: ViewKind) {
    this.dict = dict;
    this.kind = kind;
  }

  get size(): number {
    return this.dict.size;
  }

  *[Symbol.iterator](): IterableIterator<Value> {
    if (this.kind === 'keys') yield* this.dict.keys();
    else if (this.kind === 'values') yield* this.dict.values();
    else for (const pair of this.dict) yield new Tuple(pair);
  }
}
