/** Which minions a target means: every type and the compound language, one module for function and host. salt-semantics 3, 10.4. */
import { BrineError } from '../errors.ts';
import { matchGlob } from '../glob.ts';
import type { Target } from '../job/job.ts';
import { compileRegex } from '../regex/compile.ts';
import { Dict, type Value } from '../value.ts';
import { matchAddress } from './address.ts';
import { type Fit, matchPath, quoteLiteral, type Ranges } from './path.ts';

export interface Matched {
  readonly id: string;
  readonly grains: Dict | null;
  readonly pillar: Dict | null;
}

export interface MatchOptions {
  readonly nodegroups?: Readonly<Record<string, unknown>>;
  /** On a host: what it cannot know (pillar, nodegroups of the platform) counts as matched. */
  readonly unknownMatches?: boolean;
}

/** true, false, or `unknown` where the answer depends on grains or pillar that nobody has. */
export type Answer = boolean | 'unknown';

export function matchTarget(target: Target, minion: Matched, options: MatchOptions = {}): Answer {
  try {
    return answer(target, minion, options);
  } catch (error) {
    if (error === NOBODY) return false;
    throw error;
  }
}

/** Thrown where an expression is in error: the whole of it means nobody, whatever stands around it. */
const NOBODY = Symbol('nobody');

function answer(target: Target, minion: Matched, options: MatchOptions): Answer {
  const { tgt, tgt_type, literal, delimiter } = target;
  if (tgt_type === 'list') return (typeof tgt === 'string' ? listed(tgt, literal[0] ?? []) : tgt).includes(minion.id);
  if (tgt_type === 'compound' && typeof tgt !== 'string')
    return compound(
      tgt.map((text, i) => ({ text, literal: literal[i] ?? [] })),
      minion,
      { ...options, groups: [] },
    );
  const text = typeof tgt === 'string' ? tgt : tgt.join(',');
  const ranges = literal[0] ?? [];
  if (tgt_type === 'compound') return compound(words(text, ranges), minion, { ...options, groups: [] });
  return one({ engine: tgt_type, text, literal: ranges, delimiter }, minion, { ...options, groups: [] });
}

interface Engine {
  readonly engine: string;
  readonly text: string;
  readonly literal: Ranges;
  readonly delimiter: string;
}

interface Deep extends MatchOptions {
  /** Nodegroups that are being looked into: a circle is no match. */
  readonly groups: readonly string[];
}

function one({ engine, text, literal, delimiter }: Engine, minion: Matched, options: Deep): Answer {
  const path = (data: Dict | null, fit: Fit): Answer =>
    data ? matchPath(data, { expression: text, literal, delimiter, fit }) : (options.unknownMatches ?? 'unknown');
  switch (engine) {
    case 'glob':
      return matchGlob(minion.id, text, literal);
    case 'pcre':
      return matchRegex(minion.id, quoteLiteral({ text, literal }));
    case 'list':
      return listed(text, literal).includes(minion.id);
    case 'grain':
      return path(minion.grains, 'glob');
    case 'grain_pcre':
      return path(minion.grains, 'pcre');
    case 'pillar':
      return path(minion.pillar, 'glob');
    case 'pillar_pcre':
      return path(minion.pillar, 'pcre');
    case 'pillar_exact':
      return path(minion.pillar, 'exact');
    case 'ipcidr':
      return minion.grains ? matchAddress(minion.grains, text) : (options.unknownMatches ?? 'unknown');
    case 'nodegroup':
      return nodegroup(text, minion, options);
    case 'minion':
      return minion.id === text;
    case 'resource':
      return false;
    default:
      throw NOBODY; // range servers are not there to be asked
  }
}

function matchRegex(id: string, pattern: string): boolean {
  try {
    return compileRegex(pattern).match(id) !== null;
  } catch (error) {
    // Salt's minion raises, and does not run the job.
    if (error instanceof BrineError) throw NOBODY;
    throw error;
  }
}

/** Ids between commas; a comma that a host wrote is part of an id. */
export function listed(text: string, literal: Ranges): readonly string[] {
  const ids: string[] = [];
  let from = 0;
  for (let i = 0; i <= text.length; i += 1) {
    if (i < text.length && (text[i] !== ',' || literal.some(([a, b]) => i >= a && i < b))) continue;
    ids.push(text.slice(from, i));
    from = i + 1;
  }
  return ids;
}

interface Word {
  readonly text: string;
  readonly literal: Ranges;
}

/** Cut at white space that no host wrote. */
function words(text: string, literal: Ranges): Word[] {
  const found: Word[] = [];
  let start = -1;
  for (let i = 0; i <= text.length; i += 1) {
    const cut = i === text.length || (/\s/.test(text[i] as string) && !literal.some(([from, to]) => i >= from && i < to));
    if (!cut && start < 0) start = i;
    if (cut && start >= 0) {
      const from = start;
      found.push({
        text: text.slice(from, i),
        literal: literal.map(([a, b]) => [a - from, b - from] as const).filter(([a, b]) => b > 0 && a < i - from),
      });
      start = -1;
    }
  }
  return found;
}

/** The letters of the compound language. */
export const ENGINES: Readonly<Record<string, string>> = {
  G: 'grain',
  P: 'grain_pcre',
  I: 'pillar',
  J: 'pillar_pcre',
  L: 'list',
  N: 'nodegroup',
  S: 'ipcidr',
  E: 'pcre',
  R: 'range',
  M: 'minion',
  T: 'resource',
};
const OPERATORS = new Set(['and', 'or', 'not', '(', ')']);

type Token = { readonly kind: 'op'; readonly op: string } | { readonly kind: 'word'; readonly word: Word };

function tokensOf(list: readonly Word[]): Token[] {
  return list.map((word) => {
    const touched = word.literal.some(([from, to]) => to > from && from < word.text.length);
    return OPERATORS.has(word.text) && !touched ? { kind: 'op', op: word.text } : { kind: 'word', word };
  });
}

/** Any error in the expression is no match, as in Salt. */
function compound(list: readonly Word[], minion: Matched, options: Deep): Answer {
  const tokens = tokensOf(list);
  let at = 0;
  const isOp = (op: string) => {
    const token = tokens[at];
    return token?.kind === 'op' && token.op === op;
  };
  const atom = (): Answer => {
    const token = tokens[at];
    if (isOp('(')) {
      at += 1;
      const value = or();
      if (!isOp(')')) throw NOBODY;
      at += 1;
      return value;
    }
    if (token?.kind !== 'word') throw NOBODY;
    at += 1;
    return engineOf(token.word, minion, options);
  };
  const not = (): Answer => {
    if (!isOp('not')) return atom();
    at += 1;
    if (isOp('not')) throw NOBODY;
    return negate(atom());
  };
  const and = (): Answer => {
    let value = not();
    for (;;) {
      if (isOp('and')) at += 1;
      else if (!isOp('not')) return value;
      value = both(value, not());
    }
  };
  function or(): Answer {
    let value = and();
    while (isOp('or')) {
      at += 1;
      value = either(value, and());
    }
    return value;
  }
  if (tokens.length === 0) throw NOBODY;
  const value = or();
  if (at !== tokens.length) throw NOBODY;
  return value;
}

function negate(value: Answer): Answer {
  return value === 'unknown' ? value : !value;
}

function both(a: Answer, b: Answer): Answer {
  if (a === false || b === false) return false;
  return a === 'unknown' || b === 'unknown' ? 'unknown' : true;
}

function either(a: Answer, b: Answer): Answer {
  if (a === true || b === true) return true;
  return a === 'unknown' || b === 'unknown' ? 'unknown' : false;
}

function engineOf({ text, literal }: Word, minion: Matched, options: Deep): Answer {
  const literalAt = (at: number) => literal.some(([from, to]) => at >= from && at < to);
  const found = /^([GPIJ])(.?)@([\s\S]+)$/.exec(text) ?? /^([LNSERMT])()@([\s\S]+)$/.exec(text);
  const engine = found && ENGINES[found[1] as string];
  const from = found ? text.length - (found[3] as string).length : 0;
  if (!found || !engine || Array.from({ length: from }, (_, i) => i).some(literalAt)) return matchGlob(minion.id, text, literal);
  const rest = literal.map(([a, b]) => [a - from, b - from] as const).filter(([, b]) => b > 0);
  return one({ engine, text: found[3] as string, literal: rest, delimiter: found[2] || ':' }, minion, options);
}

function nodegroup(name: string, minion: Matched, options: Deep): Answer {
  const groups = options.nodegroups;
  if (!groups) return options.unknownMatches ?? false;
  const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
  // An unknown group or a circle makes the whole expression mean nobody.
  if ((typeof group !== 'string' && !Array.isArray(group)) || options.groups.includes(name)) throw NOBODY;
  const list = Array.isArray(group)
    ? group.map(String)
    : String(group)
        .split(/\s+/)
        .filter((word) => word !== '');
  const inner = { ...options, groups: [...options.groups, name] };
  const plain = list.every(
    (word) => !OPERATORS.has(word) && !/^[A-Z].?@/.test(word) && !/[*?[]/.test(word) && !/[({\\}]/.test(word),
  );
  if (plain) return list.flatMap((word) => word.split(',')).includes(minion.id);
  if (
    list.every((word) => !OPERATORS.has(word) && !/^[A-Z].?@/.test(word)) &&
    list.some((word) => /[([{\\?}\]]/.test(word)) &&
    !list.some((word) => word.includes('*'))
  ) {
    return matchRegex(minion.id, list.join(','));
  }
  return compound(
    list.map((text) => ({ text, literal: [] })),
    minion,
    inner,
  );
}

/**
 * A mapping's value at a path of keys, for templates and grains.get: in a list a number is an index, and any other key is looked up in the
 * mappings that the list holds. undefined: nothing there; a null that is there is null.
 */
export function traverse(data: Value, path: string, delimiter: string): Value | undefined {
  let value: Value | undefined = data;
  for (const key of path.split(delimiter)) {
    value = member(value, key);
    if (value === undefined) return undefined;
  }
  return value;
}

function member(value: Value, key: string): Value | undefined {
  const number = /^-?\d+$/.test(key) ? BigInt(key) : undefined;
  if (value instanceof Dict) return value.has(key) || number === undefined ? value.get(key) : value.get(number);
  if (!Array.isArray(value)) return undefined;
  if (number !== undefined) return value.at(Number(number));
  return value.find((item): item is Dict => item instanceof Dict && item.has(key))?.get(key);
}
