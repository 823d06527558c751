/** Hosts asked by a runner function: a job like any other, resolved once, stored, signed and recorded; and its answers, as far as they come in time. */
import { platformUid } from '../../core/ids.ts';
import type { TargetType } from '../../core/job/job.ts';
import { decode } from '../../core/json.ts';
import { resolve } from '../../core/target/resolve.ts';
import { ulidOf } from '../../core/ulid.ts';
import { Dict, type Value } from '../../core/value.ts';
import { fire } from '../fire.ts';
import { newJobEvents, sendPlan } from '../sending.ts';
import type { RunnerContext } from './runners/types.ts';

export interface Question {
  readonly fun: string;
  readonly arg?: readonly Value[];
  readonly kwarg?: Dict;
  readonly tgt?: string | readonly string[];
  readonly tgt_type?: TargetType;
  /** Seconds to wait; unless said five, and ten more for hosts that are not known to be away. */
  readonly seconds?: number;
}

export interface Answered {
  /** Ids that were asked. */
  readonly asked: readonly string[];
  /** Of the job; empty where nobody was asked. */
  readonly jid: string;
  /** Id → the return's load, in the order in which they came. */
  readonly answers: ReadonlyMap<string, Dict>;
}

/** Salt's own `timeout` and `gather_job_timeout`. */
const SECONDS = 5;
const GATHER = 10;
/** The function that waits has a minute, and whoever asked it less. */
const LONGEST = 20;

/** A repetition of the same runner's job asks nobody again. */
export async function askHosts({ context, signer, head, print }: RunnerContext, question: Question): Promise<Answered> {
  const { fun, arg = [], kwarg = new Dict(), tgt = '*', tgt_type = 'glob' } = question;
  const seconds = Math.min(question.seconds ?? SECONDS + GATHER, LONGEST);
  const now = context.clock.now();
  const uid = platformUid('runner', ulidOf('ask', head.jid, fun));
  const call = {
    kind: 'local',
    fun,
    args: arg,
    kwargs: kwarg,
    target: { tgt, tgt_type, literal: typeof tgt === 'string' ? [[]] : tgt.map(() => []), delimiter: ':' },
    id: 'runner',
    name: 'runner',
    sls: '',
    entry: -1,
    ordinal: 0,
    where: {},
    // Whoever is away now is not asked when he comes back.
    queueTtl: Math.ceil(seconds) + 5,
  } as const;
  const registered = await context.ports.targets.registered({ newerThan: now });
  const made = resolve({ matched: [], reactions: [call], problems: [] }, registered, {
    uid,
    tag: '',
    cause: head.cause,
    bundle: '',
    user: head.user,
    at: now,
    takenAt: now,
    settings: context.project.settings,
  });
  const put = await context.ports.plans.put(made);
  const plan = put.stored ? made : put.plan;
  const job = plan.jobs[0];
  if (!job || job.addressees.length === 0) {
    print('No minions matched the target. No command was sent, no jid was assigned.');
    return { asked: [], jid: '', answers: new Map() };
  }
  await sendPlan(context, { plan, signer, name: context.stack.split('/')[2] as string });
  await fire(context, { source: 'brine.platform', signer, events: newJobEvents(plan), ulid: ulidOf('plan', plan.uid) });
  const asked = job.addressees.map((addressee) => addressee.id as string);
  let until = now + seconds * 1000;
  const early = question.seconds === undefined ? now + SECONDS * 1000 : Number.POSITIVE_INFINITY;
  let looked = false;
  const answers = new Map<string, Dict>();
  for (let pause = 20; ; pause = Math.min(250, pause * 1.5)) {
    for (const { id, load } of await context.ports.jobs.answers(job.jid)) {
      const value = answers.has(id) ? undefined : decode(load);
      if (value instanceof Dict) answers.set(id, value);
    }
    if (!looked && context.clock.now() >= early) {
      // What relays say of presence is good enough to end the waiting, and decides nothing else.
      looked = true;
      const open = asked.filter((id) => !answers.has(id));
      const gone = (await context.ports.presences.find(open as never)).filter(({ here }) => !here);
      if (gone.length === open.length) until = context.clock.now();
    }
    if (answers.size >= asked.length || context.clock.now() >= until) return { asked, jid: job.jid, answers };
    await new Promise((done) => setTimeout(done, pause));
  }
}
