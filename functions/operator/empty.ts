/** A target that means nobody: Salt's sentence, and what may have been meant. */
import { nearest } from '../../core/nearest.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import { pyStr } from '../../core/python/print.ts';
import { permit } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

const NOBODY = 'No minions matched the target. No command was sent, no jid was assigned.';

export async function emptyAnswer(
  it: ActionContext,
  { tgt, tgt_type, delimiter = ':' }: Extract<OperatorRequest, { action: 'run' }>,
  unknown: readonly string[],
): Promise<OperatorAnswer> {
  const { context } = it;
  const word = typeof tgt === 'string' ? tgt : (tgt[0] ?? '');
  const groups = Object.keys(context.project.settings.nodegroups);
  const named = tgt_type === 'nodegroup' ? [word] : tgt_type === 'compound' ? groupsIn(tgt) : [];
  const group = named.find((name) => !groups.includes(name));
  if (group !== undefined) return answer(`Node group ${group} unavailable in brine.yaml`, nearest(group, groups), unknown);
  if (!mayKnow(it)) return answer(NOBODY, undefined, unknown);
  const { minions } = await context.ports.targets.registered({});
  if (tgt_type === 'grain' || tgt_type === 'grain_pcre') {
    const grains = new Set(minions.flatMap((minion) => [...(minion.grains?.keys() ?? [])].map((name) => pyStr(name))));
    const name = word.split(delimiter)[0] as string;
    return answer(NOBODY, grains.has(name) ? undefined : nearest(name, grains), unknown);
  }
  if (tgt_type !== 'glob' && tgt_type !== 'list') return answer(NOBODY, undefined, unknown);
  const ids = new Set<string>(minions.map((minion) => minion.id));
  const listed = word.split(',').map((id) => id.trim());
  if (tgt_type === 'glob' && listed.length > 1 && listed.some((id) => ids.has(id)))
    return answer(NOBODY, `-L ${listed.join(',')}`, unknown);
  const close = /[*?[]/.test(word)
    ? undefined
    : nearest(
        word,
        minions.map((minion) => minion.id),
      );
  return answer(NOBODY, close, unknown);
}

function groupsIn(tgt: string | readonly string[]): readonly string[] {
  const words = typeof tgt === 'string' ? tgt.split(/\s+/) : tgt;
  return words.flatMap((one) => (one.startsWith('N@') ? [one.slice(2)] : []));
}

/** Names of hosts and grains are for those who may see them. */
function mayKnow(it: ActionContext): boolean {
  try {
    permit(it, { power: '@jobs', about: 'minions' });
    return true;
  } catch {
    return false;
  }
}

function answer(text: string, close: string | undefined, unknown: readonly string[]): OperatorAnswer {
  return { code: 'operator.empty', text, unknown, ...(close !== undefined && { hint: `did you mean ${close}?` }) };
}
