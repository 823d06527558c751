/** `tgt` and `tgt_type` (once `expr_form`) → a target whose tainted ranges are literal. */
import { TARGET_TYPES, type Target, type TargetType } from '../job/job.ts';
import { pyStr } from '../python/print.ts';
import type { Node, ScalarNode } from '../yaml/node.ts';
import { valueOfNode } from '../yaml/node-value.ts';
import type { Call, Complain } from './call.ts';
import { isTainted } from './taint.ts';

export function readTarget(call: Call, complain: Complain): Target | undefined {
  const found = call.keys.get('tgt');
  if (!found) {
    complain('reactor.target', `${call.state}.${call.fun} has no target`, call.where, "add - tgt: 'web*'");
    return undefined;
  }
  const typed = call.keys.get('tgt_type') ?? call.keys.get('expr_form');
  if (typed && isTainted(typed[1])) complain('reactor.tainted', 'what a host wrote is the type of a target', typed[1].where);
  const name = typed ? String(valueOfNode(typed[1])) : 'glob';
  if (!(TARGET_TYPES as readonly string[]).includes(name)) {
    complain('reactor.target', `there is no target type '${name}'`, typed?.[1].where ?? call.where, TARGET_TYPES.join(', '));
    return undefined;
  }
  const delimiter = call.keys.get('delimiter');
  const base = { tgt_type: name as TargetType, delimiter: delimiter ? String(valueOfNode(delimiter[1])) : ':' };
  return expressionOf(found[1], base, complain);
}

function expressionOf(tgt: Node, base: Pick<Target, 'tgt_type' | 'delimiter'>, complain: Complain): Target | undefined {
  if (tgt.kind === 'list') {
    const scalars = tgt.items.filter((item): item is ScalarNode => item.kind === 'scalar');
    const words = scalars.length === tgt.items.length && scalars.every((item) => /^\S+$/.test(text(item)));
    if (base.tgt_type === 'compound' && words) return { ...base, ...joined(scalars) };
    if (base.tgt_type === 'list' || base.tgt_type === 'compound')
      return { ...base, tgt: scalars.map(text), literal: scalars.map((item) => item.taint) };
    complain('reactor.target', 'a list of ids is no glob', tgt.where, 'add - tgt_type: list');
    return undefined;
  }
  if (tgt.kind !== 'scalar') {
    complain('reactor.target', 'a target is text or a list of ids', tgt.where);
    return undefined;
  }
  if (base.tgt_type === 'compound' && typeof tgt.value !== 'string') {
    complain('reactor.target', 'a compound target is text', tgt.where, "quote it: 'web* and G@os:Debian'");
    return undefined;
  }
  return { ...base, tgt: text(tgt), literal: [tgt.taint] };
}

/** Words of a compound target, as Salt's client sends them: one text. A word with a space in it can only stay one in a list. */
function joined(words: readonly ScalarNode[]): Pick<Target, 'tgt' | 'literal'> {
  const literal: (readonly [number, number])[] = [];
  let at = 0;
  for (const word of words) {
    literal.push(...word.taint.map(([from, to]) => [at + from, at + to] as const));
    at += text(word).length + 1;
  }
  return { tgt: words.map(text).join(' '), literal: [literal] };
}

function text(node: ScalarNode): string {
  return node.value === null ? '' : pyStr(node.value);
}
