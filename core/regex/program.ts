/** The tree as a program for the matcher: small steps, with counted repeats written out. */
import { BrineError } from '../errors.ts';
import { type AnchorName, type ParsedRegex, type SetTree, type Tree, widthOf } from './tree.ts';

export type Step =
  | { readonly op: 'char'; readonly code: number; readonly ignoreCase: boolean }
  | { readonly op: 'any'; readonly newline: boolean }
  | { readonly op: 'set'; readonly set: SetTree }
  | { readonly op: 'anchor'; readonly name: AnchorName; readonly ascii: boolean }
  | { readonly op: 'back'; readonly index: number; readonly ignoreCase: boolean }
  /** Remembers the place in a slot: two for each group, then one for each loop. */
  | { readonly op: 'save'; readonly slot: number }
  /** First the one, and if that leads nowhere the other. */
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  /** Behind a loop's body that may match nothing: on if it did, back to the loop if not. */
  | { readonly op: 'progress'; readonly slot: number; readonly loop: number; exit: number }
  | { op: 'if-group'; readonly index: number; no: number }
  /** Runs what follows up to its own `match`, then goes on at `next`. */
  | {
      op: 'look' | 'atomic';
      readonly behind: boolean;
      readonly negated: boolean;
      readonly width: number;
      next: number;
    }
  | { readonly op: 'match' };

export interface Program {
  readonly steps: readonly Step[];
  readonly slots: number;
  readonly groups: number;
  /** What a step leads to depends on where it stands alone, not on what groups hold: a place need not be tried twice. */
  readonly memo: boolean;
  /** No part is tried apart from the rest either. */
  readonly linear: boolean;
}

const MAX_STEPS = 20_000;

export function compileProgram(parsed: ParsedRegex): Program {
  const writer = new Writer(parsed.groups);
  writer.write({ kind: 'group', index: 0, body: parsed.tree });
  writer.push({ op: 'match' });
  return {
    steps: writer.steps,
    slots: writer.slots,
    groups: parsed.groups,
    memo: writer.memo,
    linear: writer.memo && !writer.steps.some((step) => step.op === 'look' || step.op === 'atomic'),
  };
}

class Writer {
  readonly steps: Step[] = [];
  slots: number;
  memo = true;

  constructor(groups: number) {
    this.slots = 2 * (groups + 1);
  }

  push<S extends Step>(step: S): S {
    if (this.steps.length >= MAX_STEPS) {
      throw new BrineError({
        code: 'regex.unsupported',
        text: 'a regular expression is too large',
        hint: 'repeat less often, or match by glob',
      });
    }
    this.steps.push(step);
    return step;
  }

  write(tree: Tree): void {
    switch (tree.kind) {
      case 'char':
        this.push({ op: 'char', code: tree.code, ignoreCase: tree.ignoreCase });
        return;
      case 'any':
        this.push({ op: 'any', newline: tree.newline });
        return;
      case 'set':
        this.push({ op: 'set', set: tree });
        return;
      case 'anchor':
        this.push({ op: 'anchor', name: tree.name, ascii: tree.ascii });
        return;
      case 'back':
        this.memo = false;
        this.push({ op: 'back', index: tree.index, ignoreCase: tree.ignoreCase });
        return;
      case 'sequence':
        for (const item of tree.items) this.write(item);
        return;
      case 'group':
        if (tree.index !== null) this.push({ op: 'save', slot: 2 * tree.index });
        this.write(tree.body);
        if (tree.index !== null) this.push({ op: 'save', slot: 2 * tree.index + 1 });
        return;
      case 'alternatives':
        this.#alternatives(tree.items);
        return;
      case 'repeat':
        this.#repeat(tree);
        return;
      case 'conditional':
        this.#conditional(tree);
        return;
      case 'atomic':
        this.#apart(tree.body, { op: 'atomic', behind: false, negated: false, width: 0, next: 0 });
        return;
      case 'look':
        this.#apart(tree.body, { op: 'look', behind: tree.behind, negated: tree.negated, width: tree.width, next: 0 });
        return;
    }
  }

  #alternatives(items: readonly Tree[]): void {
    const ends: { to: number }[] = [];
    for (const [i, item] of items.entries()) {
      if (i === items.length - 1) this.write(item);
      else {
        const split = this.push({ op: 'split', first: this.steps.length + 1, second: 0 });
        this.write(item);
        ends.push(this.push({ op: 'jump', to: 0 }));
        split.second = this.steps.length;
      }
    }
    for (const end of ends) end.to = this.steps.length;
  }

  #repeat({ min, max, greedy, body }: Extract<Tree, { kind: 'repeat' }>): void {
    if (widthOf(body).max === 0 && max === Infinity) max = Math.max(min, 1);
    for (let i = 0; i < min; i += 1) this.write(body);
    if (max === Infinity) {
      this.#loop(body, greedy);
      return;
    }
    const splits: { first: number; second: number }[] = [];
    for (let i = min; i < max; i += 1) {
      splits.push(this.push({ op: 'split', first: this.steps.length + 1, second: this.steps.length + 1 }));
      this.write(body);
    }
    for (const split of splits) split[greedy ? 'second' : 'first'] = this.steps.length;
  }

  #loop(body: Tree, greedy: boolean): void {
    const loop = this.steps.length;
    const split = this.push({ op: 'split', first: loop + 1, second: loop + 1 });
    if (widthOf(body).min > 0) {
      this.write(body);
      this.push({ op: 'jump', to: loop });
    } else {
      const slot = this.slots++;
      this.push({ op: 'save', slot });
      this.write(body);
      const progress = this.push({ op: 'progress', slot, loop, exit: 0 });
      progress.exit = this.steps.length;
    }
    split[greedy ? 'second' : 'first'] = this.steps.length;
  }

  #conditional({ index, yes, no }: Extract<Tree, { kind: 'conditional' }>): void {
    this.memo = false;
    const test = this.push({ op: 'if-group', index, no: 0 });
    this.write(yes);
    const end = this.push({ op: 'jump', to: 0 });
    test.no = this.steps.length;
    this.write(no);
    end.to = this.steps.length;
  }

  #apart(body: Tree, step: Extract<Step, { op: 'look' | 'atomic' }>): void {
    this.push(step);
    this.write(body);
    this.push({ op: 'match' });
    step.next = this.steps.length;
  }
}
