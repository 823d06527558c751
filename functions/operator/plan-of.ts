/** A person's call → a plan, made as a reaction's is: resolved once, stored under the request's name, signed, sent. */
import { BrineError } from '../../core/errors.ts';
import { platformUid } from '../../core/ids.ts';
import type { Plan } from '../../core/job/plan.ts';
import type { Reaction } from '../../core/reactor/reactions.ts';
import { resolve } from '../../core/target/resolve.ts';
import type { ActionContext } from './types.ts';

/** A reaction that no file has: what the caller wants. */
export function callOf(more: Pick<Reaction, 'kind' | 'fun' | 'args' | 'kwargs' | 'queueTtl'> & Partial<Reaction>): Reaction {
  return { id: 'operator', name: 'operator', sls: '', entry: -1, ordinal: 0, where: {}, ...more };
}

/** The plan that this very request was stored as before, or null. */
export async function storedPlan(it: ActionContext, request: string, call: Reaction): Promise<Plan | null> {
  const stored = await it.context.ports.plans.get(platformUid('operator', request));
  return stored && sameCall(it, stored, call);
}

/** Stores it; what was stored first under this name stays, and is the answer. */
export async function storePlan(it: ActionContext, plan: Plan, call: Reaction): Promise<Plan> {
  const put = await it.context.ports.plans.put(plan);
  return put.stored ? plan : sameCall(it, put.plan, call);
}

/** Names of requests can be read in events; one of somebody else, or of another call, gives nobody that plan. */
function sameCall({ caller }: ActionContext, plan: Plan, { kind, fun }: Reaction): Plan {
  const stored = plan.jobs[0]?.reaction;
  if (plan.user === caller.user && stored?.kind === kind && stored.fun === fun) return plan;
  throw new BrineError({ code: 'operator.refused', text: 'another call had this name of a request; make a new one' });
}

export async function planOf(it: ActionContext, request: string, call: Reaction): Promise<Plan> {
  const { context, caller } = it;
  const now = context.clock.now();
  const uid = platformUid('operator', request);
  const list = call.target?.tgt_type === 'list' && Array.isArray(call.target.tgt) ? call.target.tgt : undefined;
  const registered = await context.ports.targets.registered({ ...(list && { ids: list as never }), newerThan: now });
  return resolve({ matched: [], reactions: [call], problems: [] }, registered, {
    uid,
    tag: '',
    cause: { root: uid, parent: uid, hops: 0 },
    bundle: '',
    user: caller.user,
    at: now,
    takenAt: now,
    settings: context.project.settings,
  });
}
