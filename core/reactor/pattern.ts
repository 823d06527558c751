/** Entries → EventBridge rules: each glob to a sound superset, packed into as few rules as the quotas allow. Design section 4, aws-facts 1.4. */
import { type GlobToken, parseGlob } from '../glob.ts';
import { MAX_COMPLEXITY, wildcardComplexity } from './event-pattern.ts';
import type { ReactorEntry } from './reactions.ts';

/** One value of `detail.tag`. */
export type PatternValue =
  | string
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly wildcard: string }
  | { readonly exists: true };

export interface Translated {
  /** Alternatives; none for a glob that can match nothing. */
  readonly values: readonly PatternValue[];
  /** The values match exactly what the glob does. */
  readonly exact: boolean;
}

export interface Rule {
  readonly pattern: object;
  readonly complexity: number;
  readonly characters: number;
  /** Entries whose globs it carries. */
  readonly entries: readonly number[];
}

export interface Widening {
  readonly entry: number;
  readonly glob: string;
  readonly to: PatternValue;
  readonly why: string;
}

export interface Compiled {
  readonly rules: readonly Rule[];
  readonly widenings: readonly Widening[];
}

const CHARACTERS = 2048;
const WILDCARD_RULES = 30;
const RULES = 290;
/** Alternatives that a set is written out to. */
const EXPAND = 32;

export function translateGlob(glob: string): Translated {
  const tokens = parseGlob(glob);
  if (tokens.some((token) => token.kind === 'set' && !token.negated && token.ranges.length === 0))
    return { values: [], exact: true };
  const written = expandSets(tokens);
  if (written) return { values: written, exact: true };
  // What EventBridge cannot say becomes a star.
  const exact = tokens.every((token) => token.kind === 'text' || token.kind === 'any');
  const parts: (string | null)[] = [];
  for (const token of tokens) {
    if (token.kind === 'text') parts.push(token.text);
    else if (parts.at(-1) !== null) parts.push(null);
  }
  return { values: [valueOfParts(parts)], exact };
}

function valueOfParts(parts: readonly (string | null)[]): PatternValue {
  if (parts.length === 0) return '';
  if (parts.length === 1) return parts[0] ?? { exists: true };
  if (parts.length === 2 && parts[1] === null) return { prefix: parts[0] as string };
  if (parts.length === 2) return { suffix: parts[1] as string };
  return { wildcard: parts.map((part) => part?.replace(/[\\*]/g, '\\$&') ?? '*').join('') };
}

/** `web[12]/up` → two exact texts; only where no wildcard is left. */
function expandSets(tokens: readonly GlobToken[]): readonly string[] | null {
  let texts = [''];
  for (const token of tokens) {
    if (token.kind === 'any' || token.kind === 'one' || (token.kind === 'set' && token.negated)) return null;
    const choices = token.kind === 'text' ? [token.text] : membersOf(token.ranges);
    if (!choices || texts.length * choices.length > EXPAND) return null;
    texts = texts.flatMap((text) => choices.map((choice) => text + choice));
  }
  return [...new Set(texts)];
}

function membersOf(ranges: readonly (readonly [number, number])[]): readonly string[] | null {
  const members = new Set<string>();
  for (const [from, to] of ranges) {
    if (to - from > EXPAND) return null;
    for (let code = from; code <= to; code += 1) members.add(String.fromCodePoint(code));
  }
  return members.size > EXPAND ? null : [...members];
}

interface Item {
  readonly entry: number;
  readonly glob: string;
  readonly value: PatternValue;
  readonly complexity: number;
}

/** `extra` is what every rule asks beside the tag, the Sources. It counts in the characters. */
export function compileRules(entries: readonly ReactorEntry[], extra: object): Compiled {
  const widenings: Widening[] = [];
  const items = entries.flatMap((entry) =>
    translateGlob(entry.glob).values.map((value) => itemOf(entry, fitValue(entry, value, { widenings, extra }))),
  );
  const unique = [...new Map(items.map((item) => [JSON.stringify(item.value), item])).values()];
  const merged = new Map<string, number[]>();
  for (const item of items)
    merged.set(JSON.stringify(item.value), [...(merged.get(JSON.stringify(item.value)) ?? []), item.entry]);
  let rules = pack(unique, merged, extra);
  // The costliest wildcards give way to their literal beginning until the bus takes the rest.
  const order = [...unique].filter((item) => item.complexity > 0).sort((a, b) => b.complexity - a.complexity);
  let current = unique;
  while (rules.filter((rule) => rule.complexity > 0).length > WILDCARD_RULES || rules.length > RULES) {
    const costly = order.shift();
    if (!costly)
      return { rules: [ruleOf([{ entry: 0, glob: '*', value: { exists: true }, complexity: 0 }], new Map(), extra)], widenings };
    const to = widened(costly.value);
    widenings.push({ entry: costly.entry, glob: costly.glob, to, why: `a bus takes ${WILDCARD_RULES} rules with wildcards` });
    current = current.map((item) => (item === costly ? { ...item, value: to, complexity: 0 } : item));
    rules = pack(current, merged, extra);
  }
  return { rules, widenings };
}

function itemOf(entry: ReactorEntry, value: PatternValue): Item {
  return { entry: entry.index, glob: entry.glob, value, complexity: complexityOf(value) };
}

function complexityOf(value: PatternValue): number {
  return typeof value === 'object' && 'wildcard' in value ? wildcardComplexity(value.wildcard) : 0;
}

/** A value that no rule could take by itself is widened at once. */
function fitValue(
  entry: ReactorEntry,
  value: PatternValue,
  { widenings, extra }: { widenings: Widening[]; extra: object },
): PatternValue {
  const alone = JSON.stringify({ ...extra, detail: { tag: [value] } }).length;
  if (complexityOf(value) <= MAX_COMPLEXITY && alone <= CHARACTERS) return value;
  const to = widened(value);
  widenings.push({
    entry: entry.index,
    glob: entry.glob,
    to,
    why:
      alone > CHARACTERS
        ? `a pattern has at most ${CHARACTERS} characters`
        : `a rule's wildcards have a complexity of at most ${MAX_COMPLEXITY}`,
  });
  return to;
}

function widened(value: PatternValue): PatternValue {
  const text = typeof value === 'string' ? value : 'wildcard' in value ? value.wildcard : 'prefix' in value ? value.prefix : '';
  const literal = /^(?:[^*\\]|\\.)*/.exec(text)?.[0].replace(/\\(.)/g, '$1') ?? '';
  return literal === '' ? { exists: true } : { prefix: literal.slice(0, 200) };
}

function pack(items: readonly Item[], merged: ReadonlyMap<string, number[]>, extra: object): Rule[] {
  const rules: Rule[] = [];
  // Wildcards first and together, so that as few rules as possible carry one.
  let open: Item[] = [];
  for (const item of [...items].sort((a, b) => b.complexity - a.complexity)) {
    const next = [...open, item];
    const complexity = next.reduce((sum, one) => sum + one.complexity, 0);
    if (open.length > 0 && (complexity > MAX_COMPLEXITY || charactersOf(next, extra) > CHARACTERS)) {
      rules.push(ruleOf(open, merged, extra));
      open = [item];
    } else open = next;
  }
  if (open.length > 0) rules.push(ruleOf(open, merged, extra));
  return rules;
}

function patternOf(items: readonly Item[], extra: object): object {
  return { ...extra, detail: { tag: items.map((item) => item.value) } };
}

function charactersOf(items: readonly Item[], extra: object): number {
  return JSON.stringify(patternOf(items, extra)).length;
}

function ruleOf(items: readonly Item[], merged: ReadonlyMap<string, number[]>, extra: object): Rule {
  const entries = [...new Set(items.flatMap((item) => merged.get(JSON.stringify(item.value)) ?? [item.entry]))].sort(
    (a, b) => a - b,
  );
  return {
    pattern: patternOf(items, extra),
    complexity: items.reduce((sum, item) => sum + item.complexity, 0),
    characters: charactersOf(items, extra),
    entries,
  };
}
