/**
 * Nodegroups in a target → what they stand for, before it is signed: a host knows none. Salt's own rules for what a group is (salt-semantics 3.5); in a
 * compound target a group is one whole, in parentheses where it would come apart without them. Salt leaves them out.
 */
import type { Target } from '../job/job.ts';

export type Nodegroups = Readonly<Record<string, string | readonly string[]>>;
type Range = readonly [from: number, to: number];

const OPERATORS = new Set(['and', 'or', 'not', '(', ')']);

/** The same target where it names no group, or one that nobody knows. */
export function expandNodegroups(target: Target, groups: Nodegroups): Target {
  const { tgt, tgt_type, literal } = target;
  if (tgt_type === 'nodegroup' && typeof tgt === 'string' && Object.hasOwn(groups, tgt))
    return { ...target, tgt_type: 'compound', tgt: wordsOf(tgt, groups, []).join(' '), literal: [[]] };
  if (tgt_type !== 'compound') return target;
  if (typeof tgt !== 'string') return { ...target, ...inList(tgt, literal, groups) };
  const ranges = literal[0] ?? [];
  if (ranges.length > 0) return { ...target, ...inPlace(tgt, ranges, groups) };
  const words = tgt.split(/\s+/).filter((word) => word !== '');
  return { ...target, tgt: words.flatMap((word, i) => inCompound(word, { words, i }, groups) ?? [word]).join(' ') };
}

/** Groups that a target names and nobody has: Salt's client stops at them, and sends nothing. What a host wrote names none. */
export function unknownNodegroups({ tgt_type, tgt, literal }: Target, groups: Nodegroups): readonly string[] {
  if (tgt_type === 'nodegroup') return unknownBelow(String(tgt), groups, []);
  if (tgt_type !== 'compound') return [];
  const texts = typeof tgt === 'string' ? [tgt] : tgt;
  return texts.flatMap((text, i) => namesIn(text, literal[i] ?? []).flatMap(({ name }) => unknownBelow(name, groups, [])));
}

function unknownBelow(name: string, groups: Nodegroups, inside: readonly string[]): readonly string[] {
  const words = definitionOf(name, groups);
  if (!words) return [name];
  if (inside.includes(name)) return [];
  return words.filter(isGroup).flatMap((word) => unknownBelow(word.slice(2), groups, [...inside, name]));
}

function definitionOf(name: string, groups: Nodegroups): readonly string[] | undefined {
  const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
  return typeof group === 'string' ? group.split(/\s+/).filter((word) => word !== '') : group;
}

const isGroup = (word: string): boolean => word.startsWith('N@') && word.length > 2;

/** The words of a compound target that a group stands for; none for a group within itself, which means nobody. */
function wordsOf(name: string, groups: Nodegroups, inside: readonly string[]): readonly string[] {
  const words = inside.includes(name) ? undefined : definitionOf(name, groups);
  if (!words) return [];
  const ids = idsOf(words);
  const nested = words.some(isGroup);
  if (ids !== undefined && (inside.length > 0 || !nested)) return [ids];
  if (inside.length === 0 && !nested) return words;
  const all = words.flatMap((word) => (isGroup(word) ? wordsOf(word.slice(2), groups, [...inside, name]) : [word]));
  return all.length > 0 ? ['(', ...all, ')'] : [];
}

/** Words without operators, wildcards and types are ids, or one regular expression each. */
function idsOf(words: readonly string[]): string | undefined {
  if (words.some((word) => OPERATORS.has(word) || /^[A-Z]@/.test(word) || word.includes('*'))) return undefined;
  return `${words.some((word) => /[([{\\?}\])]/.test(word)) ? 'E' : 'L'}@${words.join(',')}`;
}

interface Standing {
  readonly words: readonly string[];
  readonly i: number;
}

/** A group's words where it stands in a compound target; undefined for a word that is no group, or an unknown one. */
function inCompound(word: string, { words, i }: Standing, groups: Nodegroups): readonly string[] | undefined {
  if (!isGroup(word) || !Object.hasOwn(groups, word.slice(2))) return undefined;
  const own = wordsOf(word.slice(2), groups, []);
  return comesApart(own, words[i - 1], words[i + 1]) ? ['(', ...own, ')'] : own;
}

/** Would an operator beside a group take a part of it? */
function comesApart(words: readonly string[], before: string | undefined, after: string | undefined): boolean {
  let depth = 0;
  const between = new Set<string>();
  for (const word of words) {
    if (word === ')') depth -= 1;
    if (depth === 0 && ['and', 'or', 'not'].includes(word)) between.add(word);
    if (word === '(') depth += 1;
  }
  if (before === 'not') return between.size > 0;
  return between.has('or') && (before === 'and' || after === 'and' || after === 'not');
}

function inList(words: readonly string[], literal: Target['literal'], groups: Nodegroups): Pick<Target, 'tgt' | 'literal'> {
  const found = words.map((word, i) => ((literal[i] ?? []).length > 0 ? undefined : inCompound(word, { words, i }, groups)));
  return {
    tgt: words.flatMap((word, i) => found[i] ?? [word]),
    literal: words.flatMap((_word, i) => found[i]?.map(() => []) ?? [literal[i] ?? []]),
  };
}

/** A text with a host's words in it stays as it is but for the groups; the host's ranges move with it. */
function inPlace(text: string, ranges: readonly Range[], groups: Nodegroups): Pick<Target, 'tgt' | 'literal'> {
  const words = text.split(/\s+/).filter((word) => word !== '');
  let moved: readonly Range[] = ranges;
  let out = text;
  for (const { name, at } of namesIn(text, ranges).toReversed()) {
    const i = text
      .slice(0, at)
      .split(/\s+/)
      .filter((word) => word !== '').length;
    const own = inCompound(`N@${name}`, { words, i }, groups)?.join(' ');
    if (own === undefined) continue;
    const more = own.length - name.length - 2;
    out = out.slice(0, at) + own + out.slice(at + 2 + name.length);
    moved = moved.map(([from, to]) => (from > at ? ([from + more, to + more] as const) : ([from, to] as const)));
  }
  return { tgt: out, literal: [moved] };
}

/** The groups that the author's part of a text names. */
function namesIn(text: string, ranges: readonly Range[]): { readonly name: string; readonly at: number }[] {
  return [...text.matchAll(/(?<!\S)N@(\S+)/g)].flatMap(({ index, 1: name = '' }) => {
    const ofHost = ranges.some(([from, to]) => from < index + 2 + name.length && index < to);
    return ofHost ? [] : [{ name, at: index }];
  });
}
