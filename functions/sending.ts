/** Step 11: a stored plan → signed jobs on queues. Sending again is harmless: a host knows the jids that it took. */
import { saltArgs } from '../core/args.ts';
import type { Cause, Emitted } from '../core/event.ts';
import { formatStamp } from '../core/event.ts';
import { type MinionId, RUNNER_ID } from '../core/ids.ts';
import { jobFiles } from '../core/job/files.ts';
import type { JobBody, JobFile, Target } from '../core/job/job.ts';
import type { Addressee, Plan, PlannedJob } from '../core/job/plan.ts';
import { encode } from '../core/json.ts';
import type { Signer } from '../core/ports.ts';
import type { ProjectFile } from '../core/reactor/reactions.ts';
import type { Tag } from '../core/tag.ts';
import { Dict, fromPlain } from '../core/value.ts';
import { encodeJob, signJob } from '../trust/job.ts';
import type { FunctionContext } from './context.ts';
import { ring } from './doorbell.ts';

/** Ids one function sends to by itself; the rest go to `dispatch` in shards. */
export const SHARD = 500;
const AT_ONCE = 32;

export interface Sending {
  readonly plan: Plan;
  readonly signer: Signer;
  /** `<name>`: the stack's own, before every queue's name. */
  readonly name: string;
  /** What `wheel.key.accept` may act on. */
  readonly auth?: { readonly id: MinionId; readonly fingerprint: string };
}

export interface Sent {
  readonly sent: number;
  /** Hosts whose queue is gone: their key was deleted meanwhile. */
  readonly gone: readonly MinionId[];
}

/** Writes who is asked, then sends everything that has not expired. */
export async function sendPlan(context: FunctionContext, sending: Sending): Promise<Sent> {
  const { plan } = sending;
  const open = plan.jobs.filter((job) => job.expires > context.clock.now());
  await Promise.all(open.map((job) => recordAsked(context, plan, job)));
  const results = await Promise.all(open.map((job) => sendJobs(context, sending, job)));
  return { sent: results.reduce((sum, result) => sum + result.sent, 0), gone: results.flatMap((result) => result.gone) };
}

async function sendJobs(context: FunctionContext, sending: Sending, job: PlannedJob): Promise<Sent> {
  const { reaction } = job;
  if (reaction.kind === 'local') {
    const total = job.addressees.length;
    if (total <= SHARD) return sendTo(context, sending, { job, addressees: job.addressees });
    const index = sending.plan.jobs.indexOf(job);
    const starts = Array.from({ length: Math.ceil(total / SHARD) }, (_, i) => i * SHARD);
    await Promise.all(
      starts.map((from) =>
        context.ports.queues.send(
          `${sending.name}-shards`,
          JSON.stringify({ plan: sending.plan.uid, job: index, from, to: Math.min(total, from + SHARD) }),
        ),
      ),
    );
    return { sent: total, gone: [] };
  }
  if (reaction.kind === 'caller') return { sent: 0, gone: [] };
  const text = await signed(context, sending, { job, id: RUNNER_ID, incarnation: '' });
  await context.ports.queues.send(`${sending.name}-runner`, text);
  return { sent: 1, gone: [] };
}

/** One message on each addressee's own queue. */
export async function sendTo(
  context: FunctionContext,
  sending: Sending,
  { job, addressees }: { job: PlannedJob; addressees: readonly Addressee[] },
): Promise<Sent> {
  const gone: MinionId[] = [];
  const waiting = [...addressees];
  const files = jobFiles(shelfOf(context), job.reaction);
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const text = await signed(context, sending, { job, id: next.id, incarnation: next.incarnation, files });
      if ((await context.ports.queues.send(next.queue, text)) === 'missing') gone.push(next.id);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, addressees.length) }, worker));
  await ring(
    context,
    addressees.map((addressee) => addressee.id),
  );
  return { sent: addressees.length - gone.length, gone };
}

interface To {
  readonly job: PlannedJob;
  readonly id: Addressee['id'] | typeof RUNNER_ID;
  readonly incarnation: Addressee['incarnation'] | '';
  /** Of the project, for a host. */
  readonly files?: readonly JobFile[];
}

async function signed(
  context: FunctionContext,
  { plan, signer, auth }: Sending,
  { job, id, incarnation, files }: To,
): Promise<string> {
  const { reaction } = job;
  const head = {
    jid: job.jid,
    id,
    incarnation,
    fun: reaction.kind === 'local' ? reaction.fun : `${reaction.kind}.${reaction.fun}`,
    uid: plan.uid,
    user: plan.user,
    cause: causeOf(plan),
    at: context.clock.now(),
    expires: job.expires,
  };
  const body: JobBody = {
    arg: reaction.args,
    kwarg: reaction.kwargs,
    ...(reaction.literalArgs && { literal_args: reaction.literalArgs }),
    target: reaction.target ?? EVERYBODY,
    ...(reaction.timeout !== undefined && { timeout: reaction.timeout }),
    ...(reaction.metadata && { metadata: reaction.metadata }),
    ...(reaction.ret !== undefined && { ret: reaction.ret }),
    ...(reaction.onCrash && { on_crash: reaction.onCrash }),
    ...(files && { files }),
    ...(auth && reaction.kind === 'wheel' && { auth }),
  };
  return encodeJob(await signJob(signer, head, body));
}

/** All of `salt://` that was deployed. */
function shelfOf({ project }: FunctionContext): ReadonlyMap<string, ProjectFile> {
  return new Map([...(project.shelf ?? []), ...project.files]);
}

const EVERYBODY: Target = { tgt: '*', tgt_type: 'glob', literal: [[]], delimiter: ':' };

/** What a job of this plan says of where it came from. */
export function causeOf(plan: Plan): Cause {
  return { root: plan.cause.root, parent: plan.uid, hops: plan.cause.hops + 1 };
}

function targetText(target: Target | undefined): string {
  if (!target) return '';
  return typeof target.tgt === 'string' ? target.tgt : target.tgt.join(',');
}

async function recordAsked(context: FunctionContext, plan: Plan, job: PlannedJob): Promise<void> {
  const { reaction } = job;
  await context.ports.jobs.putJob({
    jid: job.jid,
    fun: reaction.kind === 'local' ? reaction.fun : `${reaction.kind}.${reaction.fun}`,
    user: plan.user,
    tgt: targetText(reaction.target),
    tgt_type: reaction.target?.tgt_type ?? '',
    arg: encode(saltArgs(reaction.args, reaction.kwargs)),
    ...(reaction.metadata && { metadata: encode(reaction.metadata) }),
    minions: job.addressees.map((addressee) => addressee.id),
    uid: plan.uid,
    at: plan.at,
    expires: job.expires,
  });
}

/** `salt/job/<jid>/new` for each job that was sent to anybody, with Salt's fields. */
export function newJobEvents(plan: Plan): Emitted[] {
  return plan.jobs
    .filter((job) => job.reaction.kind === 'local' && job.addressees.length > 0)
    .map((job) => {
      const { reaction } = job;
      const data = Dict.of({
        jid: job.jid,
        tgt_type: reaction.target?.tgt_type ?? 'glob',
        tgt: fromPlain(reaction.target?.tgt ?? '*'),
        user: plan.user,
        fun: reaction.fun,
        arg: saltArgs(reaction.args, reaction.kwargs),
        minions: job.addressees.map((addressee) => addressee.id),
        missing: [],
        _stamp: formatStamp(plan.at),
      });
      return { tag: `salt/job/${job.jid}/new` as Tag, stamp: plan.at, data, cause: causeOf(plan) };
    });
}
