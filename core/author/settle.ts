/** A text with holes → a tree whose places are those of the author's files. What a host will fill is marked, as `core/sls/fill-in.ts` marks it. */
import { BrineError, type Where } from '../errors.ts';
import type { Node, ScalarNode } from '../yaml/node.ts';
import { parseYamlTree } from '../yaml/parse.ts';
import type { Hole } from './abstract.ts';
import type { Segment, Variant } from './outline.ts';

export interface Settled {
  readonly tree: Node | null;
  readonly problem: BrineError | null;
  /** The holes of a scalar, in order; none for one without. */
  readonly holes: (node: Node) => readonly Hole[];
  /** Nothing of it is known: it is one hole. */
  readonly open: (node: Node) => boolean;
  /** The conditions that a node stands under, as they are written. */
  readonly guards: (node: Node) => readonly string[];
}

const [OPEN, CLOSE] = ['\ue000', '\ue001'];
const PLACEHOLDER = new RegExp(`${OPEN}(\\d+)${CLOSE}`, 'g');
const ALONE = new RegExp(`^[ \\t]*${OPEN}(\\d+)${CLOSE}[ \\t]*$`, 'gm');

export function settle({ segments }: Variant, file: string): Settled {
  const holes: Hole[] = [];
  const text = segments
    .map(({ part }) =>
      typeof part === 'string' ? part.replace(/[\ue000\ue001]/g, '') : `${OPEN}${holes.push(part) - 1}${CLOSE}`,
    )
    .join('');
  const filler = new Filler(holes, placesOf(segments, text));
  const result = (tree: Node | null, problem: BrineError | null): Settled => ({
    tree,
    problem,
    holes: (node) => filler.holes.get(node) ?? [],
    open: (node) => filler.open.has(node),
    guards: (node) => filler.guards.get(node) ?? [],
  });
  const tree = read(text, file);
  if (!(tree instanceof BrineError)) return result(tree && filler.fill(tree), null);
  // A line that is one hole may be any lines: without it the rest can be read, or nothing can be said.
  const opaque = text.replace(ALONE, (line, index: string) => (holes[Number(index)]?.ofHost ? line : ' '.repeat(line.length)));
  if (opaque === text) return result(null, filler.relocate(tree));
  const rest = read(opaque, file);
  return result(rest instanceof BrineError || !rest ? null : filler.fill(rest), null);
}

function read(text: string, file: string): Node | null | BrineError {
  try {
    return text.trim() === '' ? null : parseYamlTree(text, { file });
  } catch (error) {
    if (error instanceof BrineError && error.family !== 'ours') return error;
    throw error;
  }
}

type Place = (where: Where) => { where: Where; guards: readonly string[] };

/** Line and column of the text → those of the file that the piece there comes from. */
function placesOf(segments: readonly Segment[], text: string): Place {
  const lines = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  const starts: number[] = [];
  let length = 0;
  let holes = 0;
  for (const { part } of segments) {
    starts.push(length);
    length += typeof part === 'string' ? part.replace(/[\ue000\ue001]/g, '').length : `${holes++}`.length + 2;
  }
  return (where) => {
    if (where.line === undefined || segments.length === 0) return { where, guards: [] };
    const offset = (lines[where.line - 1] ?? length) + (where.col ?? 1) - 1;
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    const { part, where: from, guards } = segments[low] as Segment;
    if (typeof part !== 'string') return { where: { ...where, ...from }, guards };
    const inside = part.slice(0, offset - (starts[low] as number));
    const newlines = inside.split('\n').length - 1;
    const col = newlines === 0 ? from.col + inside.length : inside.length - inside.lastIndexOf('\n');
    return { where: { ...where, file: from.file, line: from.line + newlines, col }, guards };
  };
}

class Filler {
  readonly holes = new Map<Node, readonly Hole[]>();
  readonly open = new Set<Node>();
  readonly guards = new Map<Node, readonly string[]>();
  readonly #all: readonly Hole[];
  readonly #place: Place;

  constructor(all: readonly Hole[], place: Place) {
    this.#all = all;
    this.#place = place;
  }

  relocate(error: BrineError): BrineError {
    const text = error.text.replace(PLACEHOLDER, (_all, index: string) => `{{ ${this.#all[Number(index)]?.shown} }}`);
    return new BrineError({
      code: error.code,
      text,
      where: error.where && this.#place(error.where).where,
      hint: error.hint,
      also: error.also?.map((one) => this.#place(one).where),
    });
  }

  fill(node: Node): Node {
    const { where, guards } = this.#place(node.where);
    const filled = this.#filled(node, where);
    if (guards.length > 0) this.guards.set(filled, guards);
    return filled;
  }

  #filled(node: Node, where: Where): Node {
    if (node.kind === 'list') return { ...node, where, items: node.items.map((item) => this.fill(item)) };
    if (node.kind === 'map')
      return { ...node, where, entries: node.entries.map(([key, value]) => [this.fill(key), this.fill(value)] as const) };
    return typeof node.value === 'string' && node.value.includes(OPEN) ? this.#scalar({ ...node, where }) : { ...node, where };
  }

  #scalar(node: ScalarNode): ScalarNode {
    const found: Hole[] = [];
    const taint: [number, number][] = [];
    const safe: [number, number][] = [];
    let [text, at] = ['', 0];
    const source = node.value as string;
    for (const match of source.matchAll(PLACEHOLDER)) {
      const hole = this.#all[Number(match[1])] as Hole;
      found.push(hole);
      text += source.slice(at, match.index);
      at = match.index + match[0].length;
      const written = hole.harmless ? 'x1' : `{{ ${hole.shown} }}`;
      const range: [number, number] = [text.length, text.length + written.length];
      if (hole.ofHost) taint.push(range);
      if (hole.ofHost && hole.quoted) safe.push(range);
      text += written;
    }
    const filled = { ...node, value: text + source.slice(at), taint, ...(safe.length > 0 && { safe }) };
    this.holes.set(filled, found);
    if (found.length === 1 && source.replace(PLACEHOLDER, '').trim() === '') this.open.add(filled);
    return filled;
  }
}
