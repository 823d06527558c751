/** Why an entry did or did not match, and why a host is or is not meant: in words. */
import { isGlob, matchGlob } from '../glob.ts';
import type { Target } from '../job/job.ts';
import { editDistance } from '../nearest.ts';
import { pyStr } from '../python/print.ts';
import { type Answer, ENGINES, type Matched, matchTarget, traverse } from '../target/match.ts';
import { Dict, type Value } from '../value.ts';

/** What keeps a tag from matching a glob; null when it matches. */
export function whyNot(tag: string, glob: string): string | null {
  if (matchGlob(tag, glob)) return null;
  const near = nearMiss(tag, glob);
  if (near) return near;
  const fixed = /^[^*?[]*/.exec(glob)?.[0] ?? '';
  let same = 0;
  while (same < fixed.length && fixed[same] === tag[same]) same += 1;
  if (same === fixed.length) return afterPrefix(tag, glob, fixed);
  const rest = tag.slice(same, same + 30);
  if (same === 0 && fixed === glob) return `it is '${shorten(fixed)}', the tag '${shorten(tag)}'`;
  if (same === 0) return `it begins with '${shorten(fixed)}', the tag with '${shorten(tag)}'`;
  const found = rest === '' ? 'ends' : `goes on with '${shorten(rest)}'`;
  return `after '${tag.slice(0, same)}' it wants '${shorten(fixed.slice(same))}', the tag ${found}`;
}

function shorten(text: string): string {
  return text.length > 30 ? `${text.slice(0, 29)}…` : text;
}

/** What one small change would have made match. */
function nearMiss(tag: string, glob: string): string | null {
  if (matchGlob(tag.toLowerCase(), glob.toLowerCase()))
    return 'near: only upper and lower case differ, and tags are compared exactly';
  if (matchGlob(`${tag}/`, glob)) return 'near: the tag lacks a / at its end';
  if (tag.endsWith('/') && matchGlob(tag.slice(0, -1), glob)) return 'near: the tag has a / at its end';
  if (matchGlob(tag, `${glob}*`)) return `near: it would match with a * at the end, '${glob}*'`;
  if (matchGlob(tag, `*${glob}`)) return `near: it would match with a * at the beginning, '*${glob}'`;
  if (tag.startsWith('salt/') && matchGlob(tag.slice(5), glob)) return "near: it lacks 'salt/' at its beginning";
  if (matchGlob(tag, glob.replace(/\[\^/g, '[!'))) return "near: '[^' does not negate in a tag, '[!' does";
  const parts = /\{([^{}]*)\}/.exec(glob)?.[1]?.split(',') ?? [];
  if (parts.some((part) => matchGlob(tag, glob.replace(/\{[^{}]*\}/, part))))
    return 'near: braces mean nothing in a tag; write an entry for each';
  if (!isGlob(glob) && editDistance(tag, glob, 3) < 3) return `near: it is written '${glob}'`;
  return nearSegment(tag, glob);
}

/** One part between slashes that is misspelt. */
function nearSegment(tag: string, glob: string): string | null {
  const [given, wanted] = [tag.split('/'), glob.split('/')];
  if (given.length !== wanted.length) return null;
  const wrong = wanted.flatMap((part, i) => (matchGlob(given[i] as string, part) ? [] : [i]));
  const [at] = wrong;
  if (wrong.length !== 1 || at === undefined || isGlob(wanted[at] as string)) return null;
  const [mine, theirs] = [given[at] as string, wanted[at] as string];
  return editDistance(mine, theirs, 3) < 3 ? `near: it says '${theirs}' where the tag says '${mine}'` : null;
}

/** The literal beginning fits: what of the rest does not. */
function afterPrefix(tag: string, glob: string, fixed: string): string {
  const pieces = glob.split('*');
  for (let i = pieces.length - 1; i > 0; i -= 1) {
    const shorter = `${pieces.slice(0, i).join('*')}*`;
    if (!matchGlob(tag, shorter)) continue;
    const missing = pieces.slice(i).join('*');
    return missing === ''
      ? `'${shorter}' fits, but not '${glob}'`
      : `'${shorten(shorter)}' fits, what follows has no '${shorten(missing)}'`;
  }
  return `what follows '${shorten(fixed)}' does not fit '${shorten(glob.slice(fixed.length))}'`;
}

export interface TermAnswer {
  readonly term: string;
  readonly answer: Answer;
  /** What was looked at: `os is Debian`. */
  readonly why: string;
}

/** Each term of a compound target by itself; one term for every other type. */
export function termsOf(target: Target, minion: Matched, nodegroups: Readonly<Record<string, unknown>>): readonly TermAnswer[] {
  const { tgt, tgt_type: type, delimiter } = target;
  const text = typeof tgt === 'string' ? tgt : tgt.join(type === 'list' ? ',' : ' ');
  if (type !== 'compound') {
    const answer = matchTarget(target, minion, { nodegroups });
    return [{ term: text, answer, why: whyTerm({ engine: type, text, delimiter }, minion, { answer, nodegroups }) }];
  }
  const words = typeof tgt === 'string' ? tgt.split(/\s+/) : tgt;
  return words
    .filter((word) => word !== '' && !['and', 'or', 'not', '(', ')'].includes(word))
    .map((term) => {
      const answer = matchTarget({ ...target, tgt: term, literal: [[]] }, minion, { nodegroups });
      return { term, answer, why: whyTerm(engineOf(term), minion, { answer, nodegroups }) };
    });
}

interface Term {
  readonly engine: string;
  readonly text: string;
  readonly delimiter: string;
}

function engineOf(word: string): Term {
  const [, letter = '', delimiter = '', text = ''] = /^([GPIJLNSE])([^@\s]?)@(.*)$/s.exec(word) ?? [];
  const engine = ENGINES[letter];
  return engine ? { engine, text, delimiter: delimiter || ':' } : { engine: 'glob', text: word, delimiter: ':' };
}

function whyTerm(
  { engine, text, delimiter }: Term,
  minion: Matched,
  { answer, nodegroups }: { answer: Answer; nodegroups: Readonly<Record<string, unknown>> },
): string {
  const fits = answer === true;
  switch (engine) {
    case 'glob':
    case 'pcre':
      return `the id ${minion.id} ${fits ? 'matches' : 'does not match'}`;
    case 'list':
      return `${minion.id} is ${fits ? '' : 'not '}in the list`;
    case 'ipcidr': {
      const found = ['ipv4', 'ipv6'].flatMap((name) => minion.grains?.get(name) ?? []);
      return minion.grains ? `its addresses are ${shown(found)}` : 'its grains are not known';
    }
    case 'nodegroup': {
      const group = nodegroups[text];
      return group === undefined
        ? `there is no nodegroup ${text}`
        : `${text} is ${Array.isArray(group) ? group.join(' ') : String(group)}`;
    }
    default: {
      const pillar = engine.startsWith('pillar');
      const data = pillar ? minion.pillar : minion.grains;
      if (!data) return `its ${pillar ? 'pillar is' : 'grains are'} not known`;
      return seenAt(data, text, delimiter);
    }
  }
}

/** The value at the longest path of an expression that leads anywhere. */
function seenAt(data: Dict, text: string, delimiter: string): string {
  const parts = text.split(delimiter);
  for (let i = parts.length - 1; i > 0; i -= 1) {
    const path = parts.slice(0, i).join(delimiter);
    const found = path.includes('*') ? undefined : traverse(data, path, delimiter);
    if (found !== undefined) return `${path} is ${shown(found)}`;
  }
  return parts.length < 2 ? `'${text}' names no value` : `it has no ${parts[0]}`;
}

function shown(value: Value): string {
  const text =
    value instanceof Dict
      ? [...value].map(([key]) => String(key)).join(', ')
      : Array.isArray(value)
        ? value.map((one) => pyStr(one)).join(', ')
        : pyStr(value);
  return shorten(text.replace(/\s+/g, ' ')) || "''";
}
