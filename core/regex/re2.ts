/** The tree as RE2 writes it, which runs in linear time; null for what RE2 has no words for. */
import { type ClassItem, captures, type SetItem, type SetTree, type Tree, widthOf } from './tree.ts';

export interface Re2Text {
  readonly text: string;
  /** It holds `$`, which is right only for a text that does not end with a newline. */
  readonly lastLineEnd: boolean;
  /** It holds `\b`, which is right only for ASCII. */
  readonly boundary: boolean;
}

/** RE2's own limit for `{m,n}`. */
const MAX_REPEAT = 1000;

export function writeRe2(tree: Tree): Re2Text | null {
  const found = { lastLineEnd: false, boundary: false };
  const text = write(tree, found);
  return text === null ? null : { text, ...found };
}

type Found = { lastLineEnd: boolean; boundary: boolean };

function write(tree: Tree, found: Found): string | null {
  switch (tree.kind) {
    case 'char':
      return cased(codeText(tree.code), tree.ignoreCase);
    case 'any':
      return tree.newline ? '(?s:.)' : '(?-s:.)';
    case 'set':
      return setText(tree);
    case 'anchor':
      return anchorText(tree, found);
    case 'group': {
      const body = write(tree.body, found);
      return body === null ? null : tree.index === null ? `(?:${body})` : `(${body})`;
    }
    case 'sequence':
      return joined(tree.items, '', found);
    case 'alternatives': {
      const text = joined(tree.items, '|', found);
      return text === null ? null : `(?:${text})`;
    }
    case 'repeat':
      return repeatText(tree, found);
    default:
      return null;
  }
}

function joined(items: readonly Tree[], between: string, found: Found): string | null {
  const texts = items.map((item) => write(item, found));
  return texts.includes(null) ? null : texts.join(between);
}

function anchorText(tree: Extract<Tree, { kind: 'anchor' }>, found: Found): string {
  switch (tree.name) {
    case 'start':
      return '\\A';
    case 'end':
      return '\\z';
    case 'line-start':
      return '(?m:^)';
    case 'line-end':
      return '(?m:$)';
    case 'last-line-end':
      found.lastLineEnd = true;
      return '\\z';
    default:
      if (!tree.ascii) found.boundary = true;
      return tree.name === 'boundary' ? '\\b' : '\\B';
  }
}

function repeatText(tree: Extract<Tree, { kind: 'repeat' }>, found: Found): string | null {
  // What a group holds after a round that matched nothing is Python's own.
  if (tree.max > 1 && widthOf(tree.body).min === 0 && captures(tree.body)) return null;
  const body = write(tree.body, found);
  if (body === null || tree.min > MAX_REPEAT || (tree.max > MAX_REPEAT && tree.max !== Infinity)) return null;
  const sign =
    tree.max === Infinity && tree.min <= 1
      ? tree.min === 0
        ? '*'
        : '+'
      : `{${tree.min},${tree.max === Infinity ? '' : tree.max}}`;
  return `(?:${body})${sign}${tree.greedy ? '' : '?'}`;
}

function cased(text: string, ignoreCase: boolean): string {
  return ignoreCase ? `(?i:${text})` : text;
}

function codeText(code: number): string {
  const char = String.fromCodePoint(code);
  return /[A-Za-z0-9_]/.test(char) ? char : `\\x{${code.toString(16)}}`;
}

function setText(set: SetTree): string | null {
  const inner = set.items.map(itemText);
  if (inner.includes(null)) return null;
  const folds = set.ignoreCase && set.items.some((item) => item.kind === 'range');
  return cased(`[${set.negated ? '^' : ''}${inner.join('')}]`, folds);
}

/** Blanks as Python sees them: str.isspace. */
const SPACES = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}';
const NO_SPACES =
  '\\x00-\\x08\\x0e-\\x1b\\x21-\\x84\\x86-\\x9f\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}';

const CLASSES: Readonly<Record<string, string | null>> = {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  s: SPACES,
  S: NO_SPACES,
  w: '\\p{L}\\p{N}_',
  // What is neither letter nor number has no name of its own: as a set alone it can be turned round, among others it cannot.
  W: '\\p{M}\\p{Z}\\p{C}\\p{S}\\p{Pd}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}\\x{203f}\\x{2040}\\x{2054}\\x{fe33}\\x{fe34}\\x{fe4d}-\\x{fe4f}\\x{ff3f}',
};

function itemText(item: SetItem): string | null {
  if (item.kind === 'class') return classText(item);
  return item.from === item.to ? codeText(item.from) : `${codeText(item.from)}-${codeText(item.to)}`;
}

function classText({ name, negated, ascii }: ClassItem): string | null {
  if (ascii) {
    // RE2's own \s lacks the vertical tab.
    if (name === 's') return negated ? '\\x00-\\x08\\x0e-\\x1f\\x21-\\x{10ffff}' : '\\t-\\r ';
    return `\\${negated ? name.toUpperCase() : name}`;
  }
  return CLASSES[negated ? name.toUpperCase() : name] ?? null;
}
