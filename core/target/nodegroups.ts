/** A target that is a nodegroup → the compound target that it stands for, before it is signed: a host knows no nodegroups. salt-semantics 3.5. */
import type { Target } from '../job/job.ts';

export type Nodegroups = Readonly<Record<string, string | readonly string[]>>;

const OPERATORS = new Set(['and', 'or', 'not', '(', ')']);

/** The same target where it is no nodegroup, or one that nobody knows. */
export function expandNodegroup(target: Target, groups: Nodegroups): Target {
  if (target.tgt_type !== 'nodegroup' || typeof target.tgt !== 'string') return target;
  const words = expand(target.tgt, groups, []);
  return words === null ? target : { ...target, tgt_type: 'compound', tgt: words.join(' '), literal: [[]] };
}

/** Groups that a target names and nobody has: Salt's client stops at them, and sends nothing. What a host wrote names none. */
export function unknownNodegroups({ tgt_type, tgt, literal }: Target, groups: Nodegroups): readonly string[] {
  if (tgt_type === 'nodegroup') return [String(tgt)].filter((name) => !Object.hasOwn(groups, name));
  if (tgt_type !== 'compound') return [];
  const texts = typeof tgt === 'string' ? [tgt] : tgt;
  return texts.flatMap((text, i) =>
    [...text.matchAll(/(?<!\S)N@(\S+)/g)].flatMap(({ index, 1: name = '' }) => {
      const ofHost = literal[i]?.some(([from, to]) => from < index + 2 + name.length && index < to);
      return ofHost || Object.hasOwn(groups, name) ? [] : [name];
    }),
  );
}

/** null for a group that is not there; a circle means nobody. */
function expand(name: string, groups: Nodegroups, inside: readonly string[]): readonly string[] | null {
  const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
  if (group === undefined) return null;
  if (inside.includes(name)) return ['L@'];
  const words = typeof group === 'string' ? group.split(/\s+/).filter((word) => word !== '') : group;
  const isList = !words.some((word) => OPERATORS.has(word) || /^[A-Z]@/.test(word) || /[*?[\]]/.test(word));
  if (isList)
    return [
      `${words.some((word) => /[([{\\?}\])]/.test(word)) ? 'E' : 'L'}@${words.flatMap((word) => word.split(',')).join(',')}`,
    ];
  return words.flatMap((word) => {
    if (!word.startsWith('N@')) return [word];
    const inner = expand(word.slice(2), groups, [...inside, name]);
    return inner === null ? [word] : ['(', ...inner, ')'];
  });
}
