/** Why an entry did or did not match, and why a host is or is not meant: in words. */
import { matchGlob } from '../glob.ts';
import type { Target } from '../job/job.ts';
import { type Matched, matchTarget } from '../target/match.ts';

/** What keeps a tag from matching a glob; null when it matches. */
export function whyNot(tag: string, glob: string): string | null {
  if (matchGlob(tag, glob)) return null;
  if (matchGlob(tag.toLowerCase(), glob.toLowerCase())) return 'only upper and lower case differ: tags are compared exactly';
  if (matchGlob(tag, `${glob}*`)) return `it would with a * at the end: '${glob}*'`;
  if (matchGlob(tag, `*${glob}`)) return `it would with a * at the beginning: '*${glob}'`;
  if (matchGlob(`${tag}/`, glob)) return 'the tag lacks a / at its end';
  if (matchGlob(tag.replace(/\/$/, ''), glob)) return 'the tag has a / at its end';
  const fixed = glob.slice(0, (glob.search(/[*?[]/) + glob.length + 1) % (glob.length + 1));
  let same = 0;
  while (same < fixed.length && fixed[same] === tag[same]) same += 1;
  if (same < fixed.length) {
    const rest = tag.slice(same, same + 20);
    return same === 0
      ? `it begins with '${fixed.slice(0, 20)}'`
      : `after '${tag.slice(0, same)}' it has '${fixed.slice(same, same + 20)}', the tag ${rest === '' ? 'ends' : `'${rest}'`}`;
  }
  return `what follows '${fixed}' does not fit`;
}

export interface TermAnswer {
  readonly term: string;
  readonly answer: boolean | 'unknown';
}

/** Each term of a compound target by itself; one term for every other type. */
export function termsOf(target: Target, minion: Matched, nodegroups: Readonly<Record<string, unknown>>): readonly TermAnswer[] {
  const text = typeof target.tgt === 'string' ? target.tgt : target.tgt.join(' ');
  if (target.tgt_type !== 'compound')
    return [{ term: `${target.tgt_type} ${text}`, answer: matchTarget(target, minion, { nodegroups }) }];
  return text
    .split(/\s+/)
    .filter((word) => word !== '' && !['and', 'or', 'not', '(', ')'].includes(word))
    .map((term) => ({ term, answer: matchTarget({ ...target, tgt: term, literal: [[]] }, minion, { nodegroups }) }));
}
