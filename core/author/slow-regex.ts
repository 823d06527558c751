/**
 * Can a text make Python's matcher try exponentially many ways? An expression is written as an automaton over the places of its characters; it is slow
 * where one place comes back to itself on two different ways over the same text, and something has to follow that can fail.
 */
import { parseRegex } from '../regex/parse.ts';
import type { SetTree, Tree } from '../regex/tree.ts';

const PLACES = 60;

/** The part that repeats ambiguously, as a sentence; null for an expression that is none or is quick. */
export function isSlowRegex(pattern: string): boolean {
  try {
    const { tree } = parseRegex(pattern, { i: false, m: false, s: false, x: false, a: false });
    return ambiguous(tree);
  } catch {
    return false; // no expression: said elsewhere
  }
}

type Leaf = Extract<Tree, { kind: 'set' | 'char' | 'any' }> | null;

interface Ends {
  readonly empty: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

const NOTHING: Ends = { empty: true, first: [], last: [] };

class Places {
  readonly leaves: Leaf[] = [];
  /** From → to → on how many ways. */
  readonly next = new Map<number, Map<number, number>>();

  link(from: readonly number[], to: readonly number[]): void {
    for (const a of from)
      for (const b of to) {
        const ways = this.next.get(a) ?? new Map<number, number>();
        this.next.set(a, ways.set(b, (ways.get(b) ?? 0) + 1));
      }
  }

  leaf(leaf: Leaf): Ends {
    const at = this.leaves.push(leaf) - 1;
    return { empty: false, first: [at], last: [at] };
  }

  add(tree: Tree): Ends {
    if (this.leaves.length > PLACES) return NOTHING;
    switch (tree.kind) {
      case 'set':
      case 'char':
      case 'any':
        return this.leaf(tree);
      case 'anchor':
        // What has to come can fail: a place that takes no character.
        return tree.name.includes('start') ? NOTHING : this.leaf(null);
      case 'group':
        return this.add(tree.body);
      case 'sequence':
        return tree.items.map((item) => this.add(item)).reduce((left, right) => this.chain(left, right), NOTHING);
      case 'alternatives':
        return tree.items.map((item) => this.add(item)).reduce(either, { empty: false, first: [], last: [] });
      case 'conditional':
        return either(this.add(tree.yes), this.add(tree.no));
      case 'repeat':
        return this.repeat(tree);
      case 'atomic':
      case 'look':
      case 'back':
        return NOTHING;
    }
  }

  chain(left: Ends, right: Ends): Ends {
    this.link(left.last, right.first);
    return {
      empty: left.empty && right.empty,
      first: left.empty ? [...left.first, ...right.first] : left.first,
      last: right.empty ? [...left.last, ...right.last] : right.last,
    };
  }

  repeat({ min, max, body }: Extract<Tree, { kind: 'repeat' }>): Ends {
    const ends = this.add(body);
    // A long counted repetition is as bad as an endless one.
    if (max > 10) this.link(ends.last, ends.first);
    return { ...ends, empty: ends.empty || min === 0 };
  }
}

function either(a: Ends, b: Ends): Ends {
  return { empty: a.empty || b.empty, first: [...a.first, ...b.first], last: [...a.last, ...b.last] };
}

function ambiguous(tree: Tree): boolean {
  const places = new Places();
  const whole = places.add(tree);
  if (places.leaves.length > PLACES) return false;
  const alphabet = alphabetOf(places.leaves);
  const takes = places.leaves.map((leaf) => new Set(alphabet.filter((code) => leaf && leafTakes(leaf, code))));
  const share = (a: number, b: number) => [...(takes[a] as Set<number>)].some((code) => takes[b]?.has(code));
  const steps = (pair: number): number[] => {
    const [a, b] = [Math.floor(pair / 1000), pair % 1000];
    return [...(places.next.get(a)?.keys() ?? [])].flatMap((x) =>
      [...(places.next.get(b)?.keys() ?? [])].filter((y) => share(x, y)).map((y) => x * 1000 + y),
    );
  };
  return places.leaves.some((_leaf, place) => {
    if (whole.last.includes(place)) return false;
    const away = reached([place * 1001], steps);
    const twice = [...(places.next.get(place) ?? [])].some(
      ([to, ways]) => ways > 1 && (to === place || reached([to * 1001], steps).has(place * 1001)),
    );
    if (twice) return true;
    return [...away].some((pair) => pair % 1001 !== 0 && reached(steps(pair), steps).has(place * 1001));
  });
}

function reached(from: readonly number[], steps: (pair: number) => readonly number[]): ReadonlySet<number> {
  const seen = new Set<number>();
  const waiting = from.flatMap(steps);
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    if (seen.has(pair)) continue;
    seen.add(pair);
    waiting.push(...steps(pair));
  }
  return seen;
}

/** Enough characters to tell the sets of an expression apart. */
function alphabetOf(leaves: readonly Leaf[]): readonly number[] {
  const codes = new Set([...'aZ0_ \n-/.é€'].map((char) => char.codePointAt(0) as number));
  for (const leaf of leaves) {
    if (leaf?.kind === 'char') codes.add(leaf.code);
    if (leaf?.kind === 'set')
      for (const item of leaf.items) if (item.kind === 'range') for (const code of [item.from, item.to]) codes.add(code);
  }
  return [...codes];
}

function leafTakes(leaf: NonNullable<Leaf>, code: number): boolean {
  if (leaf.kind === 'any') return leaf.newline || code !== 10;
  if (leaf.kind === 'char') return leaf.code === code || (leaf.ignoreCase && fold(leaf.code) === fold(code));
  return setTakes(leaf, code);
}

const fold = (code: number): string => String.fromCodePoint(code).toLowerCase();

function setTakes({ items, negated }: SetTree, code: number): boolean {
  const char = String.fromCodePoint(code);
  const inside = items.some((item) => {
    if (item.kind === 'range') return code >= item.from && code <= item.to;
    const member = { d: /\d/, s: /\s/, w: /[\p{L}\p{N}_]/u }[item.name].test(char);
    return member !== item.negated;
  });
  return inside !== negated;
}
