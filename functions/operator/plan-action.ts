/** What an event led to: its stored plan, with the event's own data. What is shown of it is for people; sending goes by the plan itself. */
import { BrineError, formatProblem } from '../../core/errors.ts';
import { parseUid } from '../../core/ids.ts';
import type { PlannedJob } from '../../core/job/plan.ts';
import { decode } from '../../core/json.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import { permit } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

export async function planAction(
  it: ActionContext,
  request: Extract<OperatorRequest, { action: 'plan' }>,
): Promise<OperatorAnswer> {
  const uid = parseUid(request.uid);
  const plan = await it.context.ports.plans.get(uid);
  // Who may not see it does not learn that there is one.
  permit(it, { power: '@events', about: plan?.tag ?? '*' });
  if (!plan)
    throw new BrineError({
      code: 'operator.refused',
      text: `there is no plan for ${uid}`,
      hint: 'no entry of reactor.conf matched the event, or it is older than 14 days',
    });
  const { tag, at, takenAt, bundle, user, registryAge, cause, jobs, problems, data } = plan;
  return {
    code: 'ok',
    text: `${jobs.length} jobs`,
    plan: {
      uid,
      tag,
      at: new Date(at).toISOString(),
      taken: new Date(takenAt).toISOString(),
      bundle,
      user,
      registryAge,
      hops: cause.hops,
      jobs: jobs.map(jobOut),
      problems: problems.map(formatProblem),
    },
    ...(data !== undefined && { data: decode(data) }),
  };
}

function jobOut({ jid, reaction, addressees, expires, unknown }: PlannedJob): object {
  return {
    jid,
    call: `${reaction.kind}.${reaction.fun}`,
    to: addressees.map(({ id }) => id),
    unknown: [...unknown],
    expires: new Date(expires).toISOString(),
  };
}
