/** What a running system made of an event, asked of its operator function by the event's uid. */
import * as v from 'valibot';
import { expectOk } from '../../client/run-job.ts';
import { BrineError } from '../../core/errors.ts';
import { decode } from '../../core/json.ts';
import { Dict, toPlain } from '../../core/value.ts';
import type { KnownMinion } from '../../project/known-minions.ts';
import { type Acting, act } from '../acting.ts';
import type { CommandContext, Options } from '../command.ts';
import type { Rehearsed } from './rehearsal.ts';

const job = v.object({
  jid: v.string(),
  call: v.string(),
  to: v.array(v.string()),
  unknown: v.array(v.string()),
  expires: v.string(),
});
const plan = v.object({
  uid: v.string(),
  tag: v.string(),
  at: v.string(),
  taken: v.string(),
  bundle: v.string(),
  user: v.string(),
  registryAge: v.number(),
  hops: v.number(),
  jobs: v.array(job),
  problems: v.array(v.string()),
});
export type StoredPlan = v.InferOutput<typeof plan>;

export interface Told {
  readonly plan: StoredPlan;
  /** null where the plan does not hold it: it was too large, or a person's own job. */
  readonly event: Rehearsed | null;
  readonly minions: readonly KnownMinion[];
}

/** `<id>:<incarnation>:<number>` or `<role>:<ulid>`. */
export function isUid(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*:[A-Za-z0-9]+(?:[.:]\d+)?$/.test(text);
}

export async function askPlan(context: CommandContext, options: Options, uid: string): Promise<Told> {
  const acting = act(context, { ...options, quiet: options.json === true });
  const answer = expectOk(await acting.operator.call({ action: 'plan', uid }, context.signal));
  const found = v.safeParse(plan, toPlain(answer.more.get('plan') ?? null));
  if (!found.success) throw new BrineError({ code: 'system.answer', text: `the stored plan: ${found.issues[0].message}` });
  const data = answer.more.get('data');
  return {
    plan: found.output,
    event: data instanceof Dict ? { tag: found.output.tag, data } : null,
    minions: await registered(acting, context),
  };
}

/** Every host of the registry, with the grains that it has now. */
async function registered({ operator }: Acting, context: CommandContext): Promise<readonly KnownMinion[]> {
  const answer = expectOk(await operator.call({ action: 'minions', op: 'show', match: '*' }, context.signal));
  const list = answer.more.get('minions');
  return (Array.isArray(list) ? list : []).flatMap((one) => {
    if (!(one instanceof Dict)) return [];
    const grains = one.get('grains');
    const known = typeof grains === 'string' ? decode(grains) : grains;
    return [{ id: String(one.get('id')), grains: known instanceof Dict ? known : null, pillar: null }];
  });
}
