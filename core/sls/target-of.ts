/** `tgt` and `tgt_type` (once `expr_form`) → a target whose tainted ranges are literal. */
import { TARGET_TYPES, type Target, type TargetType } from '../job/job.ts';
import type { Node, ScalarNode } from '../yaml/node.ts';
import { valueOfNode } from '../yaml/parse.ts';
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
    return {
      ...base,
      tgt: scalars.map(text),
      literal: scalars.map((item) => item.taint),
      tgt_type: base.tgt_type === 'glob' ? 'list' : base.tgt_type,
    };
  }
  if (tgt.kind !== 'scalar' || tgt.value === null) {
    complain('reactor.target', 'a target is text or a list of ids', tgt.where);
    return undefined;
  }
  if (base.tgt_type !== 'list') return { ...base, tgt: text(tgt), literal: [tgt.taint] };
  const ids = text(tgt).split(',');
  return { ...base, tgt: ids, literal: ids.map(() => []) };
}

function text(node: ScalarNode): string {
  return typeof node.value === 'string' ? node.value : String(node.value);
}
