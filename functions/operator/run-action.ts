/** run: a job of a person. It takes the same way as a reaction's: resolved once, stored, signed, sent. */
import { BrineError } from '../../core/errors.ts';
import type { Plan } from '../../core/job/plan.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import type { Reaction } from '../../core/reactor/reactions.ts';
import { ulidOf } from '../../core/ulid.ts';
import { type Dict, fromPlain } from '../../core/value.ts';
import { fire } from '../fire.ts';
import { newJobEvents, sendPlan } from '../sending.ts';
import { emptyAnswer } from './empty.ts';
import { permit } from './permit.ts';
import { callOf, planOf, storedPlan, storePlan } from './plan-of.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

type Request = Extract<OperatorRequest, { action: 'run' }>;

/** Seconds a person's job waits for its host unless said. */
const EXPIRES = 900;

export async function runAction(it: ActionContext, request: Request): Promise<OperatorAnswer> {
  const { context } = it;
  const call = jobOf(request);
  const stored = await storedPlan(it, request.request, call);
  const plan = stored ?? subsetOf(it, await planOf(it, request.request, call), request.subset);
  const problem = plan.problems[0];
  if (problem) throw new BrineError(problem);
  const { minions, ...matched } = matchedBy(plan, request);
  // Decided on the addressees: what a target's text says is nobody's permission.
  permit(it, { fun: request.fun, minions });
  if (minions.length === 0) return emptyAnswer(it, request, matched.unknown);
  if (request.preview) return { code: 'ok', text: `${minions.length} minions`, minions, ...matched, jid: '' };
  const final = stored ?? (await storePlan(it, plan, call));
  const { gone } = await sendPlan(context, { plan: final, signer: it.signer, name: context.stack.split('/')[2] as string });
  await fire(context, {
    source: 'brine.operator',
    signer: it.signer,
    events: newJobEvents(final),
    ulid: ulidOf('plan', final.uid),
  });
  const jid = final.jobs[0]?.jid;
  context.log('sent', { uid: final.uid, jid, fun: request.fun, minions });
  return { code: 'ok', text: `sent to ${minions.length} minions`, jid, ...matchedBy(final, request), gone };
}

/** Who is asked; who was named but is not registered; whose grains are not known yet. */
function matchedBy(plan: Plan, { tgt }: Request) {
  const job = plan.jobs[0];
  const minions: readonly string[] = job?.addressees.map((addressee) => addressee.id) ?? [];
  const missing = typeof tgt === 'string' ? [] : tgt.filter((id) => !minions.includes(id));
  return { minions, missing, unknown: job?.unknown ?? [] };
}

function jobOf(request: Request): Reaction {
  const { tgt, tgt_type, delimiter = ':', timeout } = request;
  return callOf({
    kind: 'local',
    fun: request.fun,
    args: request.arg,
    kwargs: request.kwarg,
    target: { tgt, tgt_type, literal: typeof tgt === 'string' ? [[]] : tgt.map(() => []), delimiter },
    queueTtl: request.expires ?? EXPIRES,
    ...(timeout !== undefined && { timeout }),
    ...(request.metadata && { metadata: fromPlain(request.metadata) as Dict }),
  });
}

/** At most so many of the matched, by chance. */
function subsetOf({ context }: ActionContext, plan: Plan, count: number | undefined): Plan {
  if (count === undefined) return plan;
  const jobs = plan.jobs.map((job) => ({
    ...job,
    addressees: pick(job.addressees, count, context.random.bytes(4 * job.addressees.length)),
  }));
  return { ...plan, jobs };
}

function pick<T>(items: readonly T[], count: number, chance: Uint8Array): T[] {
  const view = new DataView(chance.buffer, chance.byteOffset);
  const keyed = items.map((item, i) => [view.getUint32(i * 4), item] as const).sort((a, b) => a[0] - b[0]);
  return keyed.slice(0, count).map(([, item]) => item);
}
