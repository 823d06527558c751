/** runner, wheel: a function of the platform. It goes through the runner's queue like a reaction's, and its answer is waited for. */
import { BrineError } from '../../core/errors.ts';
import { RUNNER_ID } from '../../core/ids.ts';
import type { Jid } from '../../core/job/jid.ts';
import { decode } from '../../core/json.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import { Dict } from '../../core/value.ts';
import { sendPlan } from '../sending.ts';
import { permitTag } from './fire-action.ts';
import { permit, permitEverywhere } from './permit.ts';
import { callOf, planOf, storePlan } from './plan-of.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

type Request = Extract<OperatorRequest, { action: 'runner' | 'wheel' }>;

/** Milliseconds to wait for a runner's answer before saying where to look for it. */
const WAIT = 25_000;
/** Seconds in which the runner has to begin. */
const EXPIRES = 60;

export async function platformAction(it: ActionContext, request: Request): Promise<OperatorAnswer> {
  const { context } = it;
  permit(it, { power: request.action === 'runner' ? '@runner' : '@wheel', about: request.fun });
  permitBeyond(it, request);
  const call = callOf({
    kind: request.action,
    fun: request.fun,
    args: request.arg,
    kwargs: request.kwarg,
    queueTtl: EXPIRES,
  });
  const plan = await storePlan(it, await planOf(it, request.request, call), call);
  await sendPlan(context, { plan, signer: it.signer, name: context.stack.split('/')[2] as string });
  const jid = plan.jobs[0]?.jid;
  if (!jid) throw new BrineError({ code: 'internal.assumption', text: 'a runner call has no job' });
  return answerOf(it, jid);
}

/** What a runner does beyond answering is no way around the rules: to fire, to run a function on hosts, to delete keys. */
function permitBeyond(it: ActionContext, { action, fun, arg, kwarg }: Request): void {
  if (action !== 'runner') return;
  const tag = arg[0] ?? kwarg.get('tag');
  if (fun === 'event.send' && typeof tag === 'string') permitTag(it, tag);
  if (fun.startsWith('survey.') && typeof arg[1] === 'string') permitEverywhere(it, arg[1]);
  const removes = arg[0] ?? kwarg.get('removekeys');
  if (fun === 'manage.down' && removes !== undefined && removes !== false) permit(it, { power: '@key', about: 'delete' });
}

async function answerOf({ context }: ActionContext, jid: Jid): Promise<OperatorAnswer> {
  const until = context.clock.now() + WAIT;
  for (let pause = 5; context.clock.now() < until; pause = Math.min(200, pause * 1.5)) {
    const answer = await context.ports.jobs.answer(jid, RUNNER_ID as never);
    const load = answer && decode(answer.load);
    if (load instanceof Dict) {
      return {
        code: 'ok',
        text: 'answered',
        jid,
        return: load.get('return') ?? null,
        success: load.get('success') ?? true,
        retcode: load.get('retcode') ?? 0n,
        ...(load.has('printed') && { printed: load.get('printed') ?? [] }),
      };
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return { code: 'operator.refused', text: `no answer yet; ask again with: brine jobs show ${jid}`, jid };
}
