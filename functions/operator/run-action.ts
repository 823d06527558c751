/** run, fire, runner, wheel: what a person makes happen. A job takes the same way as a reaction's: resolved once, stored, signed, sent. */

import { BrineError } from '../../core/errors.ts';
import type { Emitted } from '../../core/event.ts';
import { formatStamp } from '../../core/event.ts';
import { platformUid, RUNNER_ID } from '../../core/ids.ts';
import type { Plan } from '../../core/job/plan.ts';
import { decode } from '../../core/json.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import type { Reaction } from '../../core/reactor/reactions.ts';
import { parseTag } from '../../core/tag.ts';
import { resolve } from '../../core/target/resolve.ts';
import { Dict } from '../../core/value.ts';
import { fire } from '../fire.ts';
import { newJobEvents, sendPlan } from '../sending.ts';
import { ulidOf } from '../ulid.ts';
import { emptyAnswer } from './empty.ts';
import { permit } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

type Request<A extends OperatorRequest['action']> = Extract<OperatorRequest, { action: A }>;

/** Seconds a person's job waits for its host unless said. */
const EXPIRES = 900;

export async function runAction(it: ActionContext, request: Request<'run'>): Promise<OperatorAnswer> {
  const { context } = it;
  const reaction: Reaction = {
    kind: 'local',
    fun: request.fun,
    args: request.arg,
    kwargs: request.kwarg,
    target: {
      tgt: request.tgt,
      tgt_type: request.tgt_type,
      literal: typeof request.tgt === 'string' ? [[]] : request.tgt.map(() => []),
      delimiter: request.delimiter ?? ':',
    },
    id: 'operator',
    name: 'operator',
    sls: '',
    entry: -1,
    ordinal: 0,
    where: {},
    queueTtl: request.expires ?? EXPIRES,
    ...(request.timeout !== undefined && { timeout: request.timeout }),
  };
  const uid = platformUid('operator', request.request);
  const stored = await context.ports.plans.get(uid);
  const plan = stored ?? (await planOf(it, { reaction, request }));
  const problem = plan.problems[0];
  if (problem) throw new BrineError({ ...problem, code: problem.code });
  const job = plan.jobs[0];
  const minions = job?.addressees.map((addressee) => addressee.id) ?? [];
  const missing = typeof request.tgt === 'string' ? [] : request.tgt.filter((id) => !minions.some((other) => other === id));
  const unknown = job?.unknown ?? [];
  if (!job || minions.length === 0) return emptyAnswer(it, request, unknown);
  permit(it, { fun: request.fun, minions });
  if (request.preview) return { code: 'ok', text: `${minions.length} minions`, minions, missing, unknown, jid: '' };
  const put = stored ? { stored: false as const, plan: stored } : await context.ports.plans.put(plan);
  const final = put.stored ? plan : put.plan;
  const name = context.stack.split('/')[2] as string;
  const { gone } = await sendPlan(context, { plan: final, signer: it.signer, name });
  await fire(context, {
    source: 'brine.operator',
    signer: it.signer,
    events: newJobEvents(final),
    ulid: ulidOf('plan', final.uid),
  });
  context.log('sent', { uid, jid: job.jid, fun: request.fun, minions });
  return { code: 'ok', text: `sent to ${minions.length} minions`, jid: final.jobs[0]?.jid, minions, missing, unknown, gone };
}

async function planOf(
  it: ActionContext,
  { reaction, request }: { reaction: Reaction; request: Pick<Request<'run'>, 'request' | 'subset'> },
): Promise<Plan> {
  const { context, caller } = it;
  const now = context.clock.now();
  const uid = platformUid('operator', request.request);
  const list = reaction.target?.tgt_type === 'list' && Array.isArray(reaction.target.tgt) ? reaction.target.tgt : undefined;
  const registered = await context.ports.targets.registered({ ...(list && { ids: list as never }), newerThan: now - 1000 });
  const plan = resolve({ matched: [], reactions: [reaction], problems: [] }, registered, {
    uid,
    tag: '',
    cause: { root: uid, parent: uid, hops: 0 },
    bundle: '',
    user: caller.user,
    at: now,
    takenAt: now,
    settings: context.project.settings,
  });
  if (request.subset === undefined) return plan;
  const jobs = plan.jobs.map((job) => ({
    ...job,
    addressees: pick(job.addressees, request.subset as number, context.random.bytes(4 * job.addressees.length)),
  }));
  return { ...plan, jobs };
}

/** `count` of them, by chance. */
function pick<T>(items: readonly T[], count: number, chance: Uint8Array): T[] {
  const view = new DataView(chance.buffer, chance.byteOffset);
  const keyed = items.map((item, i) => [view.getUint32(i * 4), item] as const).sort((a, b) => a[0] - b[0]);
  return keyed.slice(0, count).map(([, item]) => item);
}

export async function fireAction(it: ActionContext, request: Request<'fire'>): Promise<OperatorAnswer> {
  const tag = parseTag(request.tag);
  permit(it, { power: '@fire', about: tag });
  if (tag.startsWith('salt/') && !it.caller.administrator)
    throw new BrineError({ code: 'operator.denied', text: 'under salt/ only administrators fire' });
  const now = it.context.clock.now();
  const event: Emitted = { tag, stamp: now, data: request.kwarg.copy().set('_stamp', formatStamp(now)) };
  const ulid = await fire(it.context, { source: 'brine.operator', signer: it.signer, events: [event], ulid: request.request });
  return { code: 'ok', text: `fired ${tag}`, uid: platformUid('operator', ulid) };
}

/** Milliseconds to wait for a runner's answer before saying where to look for it. */
const WAIT = 25_000;

export async function platformAction(it: ActionContext, request: Request<'runner'> | Request<'wheel'>): Promise<OperatorAnswer> {
  permit(it, { power: request.action === 'runner' ? '@runner' : '@wheel', about: request.fun });
  const { context } = it;
  const reaction: Reaction = {
    kind: request.action,
    fun: request.fun,
    args: request.arg,
    kwargs: request.kwarg,
    id: 'operator',
    name: 'operator',
    sls: '',
    entry: -1,
    ordinal: 0,
    where: {},
    queueTtl: 60,
  };
  const made = await planOf(it, { reaction, request });
  const put = await context.ports.plans.put(made);
  const plan = put.stored ? made : put.plan;
  await sendPlan(context, { plan, signer: it.signer, name: context.stack.split('/')[2] as string });
  const jid = plan.jobs[0]?.jid;
  if (!jid) throw new BrineError({ code: 'internal.assumption', text: 'a runner call has no job' });
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
      };
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return { code: 'operator.refused', text: `no answer yet; ask again with: brine jobs show ${jid}`, jid };
}
