/** The tree of a Python regular expression: what `parse.ts` makes, `re2.ts` writes and `program.ts` compiles. Flags are settled node by node. */

/** `d`: digits, `s`: blanks, `w`: letters, digits and `_`. */
export interface ClassItem {
  readonly kind: 'class';
  readonly name: 'd' | 's' | 'w';
  readonly negated: boolean;
  /** Of ASCII alone. */
  readonly ascii: boolean;
}

/** Code points, both ends included. */
export interface RangeItem {
  readonly kind: 'range';
  readonly from: number;
  readonly to: number;
}

export type SetItem = ClassItem | RangeItem;

export interface SetTree {
  readonly kind: 'set';
  readonly negated: boolean;
  readonly items: readonly SetItem[];
  readonly ignoreCase: boolean;
}

export type AnchorName = 'start' | 'end' | 'line-start' | 'line-end' | 'last-line-end' | 'boundary' | 'no-boundary';

export type Tree =
  | SetTree
  | { readonly kind: 'char'; readonly code: number; readonly ignoreCase: boolean }
  | { readonly kind: 'any'; readonly newline: boolean }
  /** `last-line-end`: Python's `$`, the end or right before a newline at the end. */
  | { readonly kind: 'anchor'; readonly name: AnchorName; readonly ascii: boolean }
  /** `index` null: no capture. */
  | { readonly kind: 'group'; readonly index: number | null; readonly body: Tree }
  /** `repeated`: written as `a*+`. */
  | { readonly kind: 'atomic'; readonly body: Tree; readonly repeated: boolean }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negated: boolean; readonly body: Tree; readonly width: number }
  | { readonly kind: 'back'; readonly index: number; readonly ignoreCase: boolean }
  | { readonly kind: 'conditional'; readonly index: number; readonly yes: Tree; readonly no: Tree }
  | { readonly kind: 'sequence'; readonly items: readonly Tree[] }
  | { readonly kind: 'alternatives'; readonly items: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly min: number; readonly max: number; readonly greedy: boolean; readonly body: Tree };

export interface ParsedRegex {
  readonly tree: Tree;
  /** Number of groups that capture. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

/** How many characters it can match. */
export function widthOf(tree: Tree): { readonly min: number; readonly max: number } {
  switch (tree.kind) {
    case 'set':
    case 'char':
    case 'any':
      return { min: 1, max: 1 };
    case 'anchor':
    case 'look':
      return { min: 0, max: 0 };
    case 'back':
      return { min: 0, max: Infinity };
    case 'group':
    case 'atomic':
      return widthOf(tree.body);
    case 'conditional':
      return either([widthOf(tree.yes), widthOf(tree.no)]);
    case 'alternatives':
      return either(tree.items.map(widthOf));
    case 'sequence': {
      const widths = tree.items.map(widthOf);
      return { min: widths.reduce((sum, w) => sum + w.min, 0), max: widths.reduce((sum, w) => sum + w.max, 0) };
    }
    case 'repeat': {
      const { min, max } = widthOf(tree.body);
      return { min: min * tree.min, max: max === 0 ? 0 : max * tree.max };
    }
  }
}

function either(widths: readonly { min: number; max: number }[]): { min: number; max: number } {
  return { min: Math.min(...widths.map((w) => w.min)), max: Math.max(...widths.map((w) => w.max)) };
}

/** Does it hold a group that captures? */
export function captures(tree: Tree): boolean {
  switch (tree.kind) {
    case 'group':
      return tree.index !== null || captures(tree.body);
    case 'atomic':
    case 'look':
    case 'repeat':
      return captures(tree.body);
    case 'sequence':
    case 'alternatives':
      return tree.items.some(captures);
    case 'conditional':
      return captures(tree.yes) || captures(tree.no);
    default:
      return false;
  }
}
