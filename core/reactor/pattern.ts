/** Entries → EventBridge rules: each glob to a sound superset, packed into as few rules as the quotas allow. Design section 4, aws-facts 1.4. */
import { type GlobToken, parseGlob } from '../glob.ts';
import { MAX_COMPLEXITY, wildcardComplexity } from './event-wildcard.ts';
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
/** Of 300 that a bus takes: the others are for watches and the recorder. */
const RULES = 290;
/** What a bus and a rule take. */
export const LIMITS = {
  characters: CHARACTERS,
  wildcardRules: WILDCARD_RULES,
  rules: RULES,
  complexity: MAX_COMPLEXITY,
} as const;
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
  /** Every entry whose glob this value stands for. */
  readonly entries: readonly number[];
  readonly globs: readonly string[];
  readonly value: PatternValue;
  readonly complexity: number;
}

/** What every rule of ours asks beside the tag: who may have brought the event. A relay's link facts start no reaction. */
export const SOURCES = { source: ['brine.minion', 'brine.platform', 'brine.operator'] };

/** The project's rules, under the names that they have on the bus of the stack of this name. */
export function reactorRules(stack: string, entries: readonly ReactorEntry[]): readonly { name: string; pattern: object }[] {
  return compileRules(entries, SOURCES).rules.map(({ pattern }, i) => ({
    name: `${stack}-reactor-${String(i + 1).padStart(2, '0')}`,
    pattern,
  }));
}

/** `extra` is what every rule asks beside the tag, the Sources. It counts in the characters. */
export function compileRules(entries: readonly ReactorEntry[], extra: object): Compiled {
  const widenings: Widening[] = [];
  let items = distinct(entries.flatMap((entry) => itemsOf(entry, { widenings, extra })));
  let rules = pack(items, extra);
  // The costliest wildcards give way to their literal beginning until the bus takes the rest.
  while (rules.filter((rule) => rule.complexity > 0).length > WILDCARD_RULES || rules.length > RULES) {
    const costly = items.reduce((most, item) => (item.complexity > most.complexity ? item : most), ANYTHING);
    const spent = costly.complexity === 0;
    const to: PatternValue = spent ? { exists: true } : widened(costly.value);
    const why = spent ? `a bus takes ${RULES} rules` : `a bus takes ${WILDCARD_RULES} rules with wildcards`;
    for (const item of spent ? items : [costly]) widenings.push(...wideningsOf(item, to, why));
    items = distinct(items.map((item) => (spent || item === costly ? { ...item, value: to, complexity: 0 } : item)));
    rules = pack(items, extra);
  }
  return { rules, widenings };
}

const ANYTHING: Item = { entries: [], globs: [], value: { exists: true }, complexity: 0 };

function wideningsOf({ entries, globs }: Item, to: PatternValue, why: string): Widening[] {
  return entries.map((entry, i) => ({ entry, glob: globs[i] as string, to, why }));
}

/** Values that are equal become one, with the entries of all. */
function distinct(items: readonly Item[]): readonly Item[] {
  const byValue = new Map<string, Item>();
  for (const item of items) {
    const key = JSON.stringify(item.value);
    const known = byValue.get(key);
    if (!known) byValue.set(key, item);
    else byValue.set(key, { ...item, entries: [...known.entries, ...item.entries], globs: [...known.globs, ...item.globs] });
  }
  return [...byValue.values()];
}

function itemsOf(entry: ReactorEntry, context: { widenings: Widening[]; extra: object }): readonly Item[] {
  const { values, exact } = translateGlob(entry.glob);
  return values.map((translated) => {
    const value = fitValue(entry, translated, context);
    if (!exact && value === translated)
      context.widenings.push({
        entry: entry.index,
        glob: entry.glob,
        to: value,
        why: 'a pattern has no ? and no sets beside a star',
      });
    return { entries: [entry.index], globs: [entry.glob], value, complexity: complexityOf(value) };
  });
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
  const why =
    alone > CHARACTERS
      ? `a pattern has at most ${CHARACTERS} characters`
      : `a rule's wildcards have a complexity of at most ${MAX_COMPLEXITY}`;
  widenings.push({ entry: entry.index, glob: entry.glob, to, why });
  return to;
}

/** Characters of a literal beginning that are kept: six bytes each in the worst case of JSON, and the Sources, stay below the limit. */
const PREFIX = 200;

function widened(value: PatternValue): PatternValue {
  const literal = [...literalBeginning(value)].slice(0, PREFIX).join('');
  return literal === '' ? { exists: true } : { prefix: literal };
}

function literalBeginning(value: PatternValue): string {
  if (typeof value === 'string') return value;
  if ('prefix' in value) return value.prefix;
  if (!('wildcard' in value)) return '';
  return (/^(?:[^*\\]|\\[*\\])*/.exec(value.wildcard)?.[0] ?? '').replace(/\\([*\\])/g, '$1');
}

function pack(items: readonly Item[], extra: object): Rule[] {
  const rules: Rule[] = [];
  // Wildcards first and together, so that as few rules as possible carry one.
  let open: Item[] = [];
  for (const item of [...items].sort((a, b) => b.complexity - a.complexity)) {
    const next = [...open, item];
    const complexity = next.reduce((sum, one) => sum + one.complexity, 0);
    if (open.length > 0 && (complexity > MAX_COMPLEXITY || charactersOf(next, extra) > CHARACTERS)) {
      rules.push(ruleOf(open, extra));
      open = [item];
    } else open = next;
  }
  if (open.length > 0) rules.push(ruleOf(open, extra));
  return rules;
}

function patternOf(items: readonly Item[], extra: object): object {
  return { ...extra, detail: { tag: items.map((item) => item.value) } };
}

function charactersOf(items: readonly Item[], extra: object): number {
  return JSON.stringify(patternOf(items, extra)).length;
}

function ruleOf(items: readonly Item[], extra: object): Rule {
  return {
    pattern: patternOf(items, extra),
    complexity: items.reduce((sum, item) => sum + item.complexity, 0),
    characters: charactersOf(items, extra),
    entries: [...new Set(items.flatMap((item) => item.entries))].sort((a, b) => a - b),
  };
}
