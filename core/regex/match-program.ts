/** Runs a program over a text, first way first, with a budget of steps: what leads nowhere from a place is not tried there again. */
import { BrineError } from '../errors.ts';
import { fold, isWord, setHas } from './chars.ts';
import type { Program, Step } from './program.ts';

/** Steps for one search, or so many for each character of a long text. */
const BUDGET = 1_000_000;
const BUDGET_PER_CHARACTER = 50;

export interface RunOptions {
  readonly from: number;
  /** Only at `from`. */
  readonly anchored: boolean;
  /** Only up to the end of the text. */
  readonly whole: boolean;
  /** Not the empty text at `from`: the second of two matches in a row. */
  readonly advance: boolean;
}

/** Places of the groups in code points, two each, -1 for none; null: no match. Throws `regex.steps` when the budget is spent. */
export function runProgram(program: Program, text: readonly number[], options: RunOptions): number[] | null {
  return new Run(program, text, options).search();
}

class Run {
  readonly #program: Program;
  readonly #text: readonly number[];
  readonly #options: RunOptions;
  #budget: number;

  constructor(program: Program, text: readonly number[], options: RunOptions) {
    this.#program = program;
    this.#text = text;
    this.#options = options;
    this.#budget = Math.max(BUDGET, text.length * BUDGET_PER_CHARACTER);
  }

  search(): number[] | null {
    const { from, anchored, advance } = this.#options;
    let failed = this.#memory();
    for (let at = from; at <= this.#text.length; at += 1) {
      const slots = new Array<number>(this.#program.slots).fill(-1);
      const end = this.#run({ step: 0, at, slots, failed, depth: 0 });
      if (end >= 0) return slots.slice(0, 2 * (this.#program.groups + 1));
      if (anchored) break;
      // What fails at the first place for being empty need not fail elsewhere.
      if (advance && at === from) failed = this.#memory();
    }
    return null;
  }

  #memory(): Set<number> | null {
    return this.#program.memo ? new Set() : null;
  }

  /** From a step and a place to the next `match`; the place there, or -1. `slots` holds the groups if it succeeds. */
  #run({
    step,
    at,
    slots,
    failed,
    depth,
  }: {
    step: number;
    at: number;
    slots: number[];
    failed: Set<number> | null;
    depth: number;
  }): number {
    const { steps } = this.#program;
    /** Ways not yet gone: step, place, and the slots to put back first. Step -1: behind it, the fork of that key has led nowhere. */
    const open: { step: number; at: number; undo: number }[] = [];
    const undo: number[] = [];
    for (;;) {
      this.#budget -= 1;
      if (this.#budget < 0) throw exhausted();
      const current = steps[step] as Step;
      let next = -1;
      switch (current.op) {
        case 'match':
          if (depth > 0 || this.#ends(slots, at)) return at;
          break;
        case 'split': {
          const key = step * (this.#text.length + 1) + at;
          if (failed?.has(key)) break;
          if (failed) open.push({ step: -1, at: key, undo: undo.length });
          open.push({ step: current.second, at, undo: undo.length });
          next = current.first;
          break;
        }
        case 'jump':
          next = current.to;
          break;
        case 'progress':
          next = slots[current.slot] === at ? current.exit : current.loop;
          break;
        case 'save':
          undo.push(current.slot, slots[current.slot] as number);
          slots[current.slot] = at;
          next = step + 1;
          break;
        case 'if-group':
          next = (slots[2 * current.index + 1] as number) >= 0 ? step + 1 : current.no;
          break;
        case 'look':
        case 'atomic': {
          const end = this.#apart(current, { step, at, slots, undo, depth });
          if (end < 0) break;
          next = current.next;
          at = end;
          break;
        }
        default: {
          const length = this.#eat(current, at, slots);
          if (length < 0) break;
          next = step + 1;
          at += length;
        }
      }
      if (next < 0) {
        let way = open.pop();
        for (; way?.step === -1; way = open.pop()) failed?.add(way.at);
        restore(slots, undo, way?.undo ?? 0);
        if (!way) return -1;
        next = way.step;
        at = way.at;
      }
      step = next;
    }
  }

  #ends(slots: readonly number[], at: number): boolean {
    if (this.#options.whole && at !== this.#text.length) return false;
    return !(this.#options.advance && at === this.#options.from && slots[0] === at);
  }

  /** A part that decides by itself: look-around, or an atomic group. The place behind it, or -1. */
  #apart(
    current: Extract<Step, { op: 'look' | 'atomic' }>,
    { step, at, slots, undo, depth }: { step: number; at: number; slots: number[]; undo: number[]; depth: number },
  ): number {
    const start = current.behind ? at - current.width : at;
    if (start < 0) return current.negated ? at : -1;
    const inner = [...slots];
    const end = this.#run({ step: step + 1, at: start, slots: inner, failed: this.#memory(), depth: depth + 1 });
    const found = end >= 0 && (!current.behind || end === at);
    if (current.negated) return found ? -1 : at;
    if (!found) return -1;
    for (const [slot, place] of inner.entries()) {
      if (slots[slot] === place) continue;
      undo.push(slot, slots[slot] as number);
      slots[slot] = place;
    }
    return current.op === 'atomic' ? end : at;
  }

  /** How many characters the step takes here, or -1. */
  #eat(step: Step, at: number, slots: readonly number[]): number {
    const code = this.#text[at];
    switch (step.op) {
      case 'char':
        return code !== undefined && (code === step.code || (step.ignoreCase && fold(code) === fold(step.code))) ? 1 : -1;
      case 'any':
        return code !== undefined && (step.newline || code !== 10) ? 1 : -1;
      case 'set':
        return code !== undefined && setHas(step.set, code) ? 1 : -1;
      case 'anchor':
        return this.#anchored(step, at) ? 0 : -1;
      case 'back':
        return this.#again(step, at, slots);
      default:
        return -1;
    }
  }

  #anchored(step: Extract<Step, { op: 'anchor' }>, at: number): boolean {
    const size = this.#text.length;
    switch (step.name) {
      case 'start':
        return at === 0;
      case 'end':
        return at === size;
      case 'line-start':
        return at === 0 || this.#text[at - 1] === 10;
      case 'line-end':
        return at === size || this.#text[at] === 10;
      case 'last-line-end':
        return at === size || (at === size - 1 && this.#text[at] === 10);
      default: {
        const word = (place: number) => place >= 0 && place < size && isWord(this.#text[place] as number, step.ascii);
        const boundary = word(at - 1) !== word(at);
        return size === 0 ? false : boundary === (step.name === 'boundary');
      }
    }
  }

  #again(step: Extract<Step, { op: 'back' }>, at: number, slots: readonly number[]): number {
    const [from, to] = [slots[2 * step.index] as number, slots[2 * step.index + 1] as number];
    if (from < 0 || to < 0 || at + to - from > this.#text.length) return -1;
    for (let i = 0; i < to - from; i += 1) {
      const [a, b] = [this.#text[from + i] as number, this.#text[at + i] as number];
      if (a !== b && !(step.ignoreCase && fold(a) === fold(b))) return -1;
    }
    this.#budget -= to - from;
    return to - from;
  }
}

function restore(slots: number[], undo: number[], size: number): void {
  while (undo.length > size) {
    const value = undo.pop() as number;
    slots[undo.pop() as number] = value;
  }
}

function exhausted(): BrineError {
  return new BrineError({
    code: 'regex.steps',
    text: 'a regular expression takes too many steps on this text',
    hint: 'write it without back references or nested repeats, or match by glob',
  });
}
