/** Steps 7–11: an event from the bus → verified → rendered and resolved once → a stored plan → signed jobs on queues. */

import { formatProblem } from '../../core/errors.ts';
import type { Batch, Emitted, Event } from '../../core/event.ts';
import { formatStamp } from '../../core/event.ts';
import { minionUid, type Uid } from '../../core/ids.ts';
import type { Plan } from '../../core/job/plan.ts';
import { decode, encode } from '../../core/json.ts';
import type { MinionRecord } from '../../core/ports.ts';
import { matchEntries } from '../../core/reactor/match.ts';
import { react } from '../../core/reactor/react.ts';
import type { ReactionProblem } from '../../core/reactor/reactions.ts';
import type { Tag } from '../../core/tag.ts';
import { resolve } from '../../core/target/resolve.ts';
import { ulidOf } from '../../core/ulid.ts';
import { Dict, fromPlain } from '../../core/value.ts';
import { REPLAY } from '../../trust/batch.ts';
import { createSigner } from '../../trust/certificate.ts';
import type { Create, FunctionContext } from '../context.ts';
import { fire } from '../fire.ts';
import { openIncoming, putAside, readEnvelope, type Verified } from '../incoming.ts';
import { newJobEvents, type Sending, sendPlan } from '../sending.ts';
import { createLoopGuard } from './loop-guard.ts';

interface Ahead {
  readonly uid: Uid;
  /** undefined: it could not be read. */
  readonly plan: Promise<Plan | null | undefined>;
}

export const create: Create = (context) => {
  const { stack, ports, clock } = context;
  const signer = createSigner({ stack, role: 'reactor', kind: 'cert-jobs', root: ports.root('jobs'), clock });
  const name = stack.split('/')[2] as string;
  const guard = createLoopGuard(clock);

  return async (input) => {
    const read = readEnvelope(input);
    if (!read.ok) return putAside(context, `${name}-reactor-dead`, { ...read, event: input });
    const { detail, takenAt, replayed } = read.envelope;
    // A replayed archive must not act a second time; an operator's replay of a dead letter says so itself.
    if (replayed) return;
    const again = (input as { 'brine-replay'?: unknown })['brine-replay'] === true;
    for (const batch of detail.batches) {
      const ahead = readAhead(batch, detail.tag.length);
      const opened = await openIncoming(context, batch, { takenAt, ...(again && { maxAge: REPLAY }) });
      if (!opened.ok) {
        await putAside(context, `${name}-reactor-dead`, { ...opened, event: input });
        continue;
      }
      // In order: what one host fired first is planned first.
      for (const verified of opened.events) await handle(verified, { record: opened.record, ahead });
    }

    /** Of a single event the plan is looked for while its signer is; what cannot be read now is asked for again. */
    function readAhead(batch: Batch, tags: number): Ahead | null {
      if (!('id' in batch) || tags !== 1 || detail.batches.length !== 1) return null;
      const uid = minionUid(batch.id, batch.incarnation, batch.seq);
      return { uid, plan: ports.plans.get(uid).catch(() => undefined) };
    }

    async function handle(verified: Verified, { record, ahead }: { record: MinionRecord | null; ahead: Ahead | null }) {
      const { event } = verified;
      if (matchEntries(context.project, event.tag).length === 0) return;
      const early = ahead?.uid === event.uid ? await ahead.plan : undefined;
      const stored = early === undefined ? await ports.plans.get(event.uid) : early;
      const plan = stored ?? (await makePlan(verified, record));
      const sending: Sending = { plan, signer, name, ...(verified.auth && { auth: verified.auth }) };
      const { sent, gone } = await sendPlan(context, sending);
      context.log('sent', { uid: event.uid, tag: event.tag, sent, gone });
      await fire(context, {
        source: 'brine.platform',
        signer,
        events: [...newJobEvents(plan), ...problemEvents(plan)],
        ulid: ulidOf('plan', plan.uid),
      });
    }

    async function makePlan({ event, auth }: Verified, record: MinionRecord | null): Promise<Plan> {
      const grains = record?.grains ? decode(record.grains) : null;
      const now = clock.now();
      const looped = loopProblem(event, { context, guard });
      const world = { grains: grains instanceof Dict ? grains : null, now, random: randomOf(event.uid) };
      const reactions = looped ? { matched: [], reactions: [], problems: [looped] } : react(context.project, event, world);
      const registered = await ports.targets.registered(record ? { own: record } : {});
      const resolved = resolve(reactions, registered, {
        uid: event.uid,
        tag: event.tag,
        cause: event.cause ?? { root: event.uid, parent: event.uid, hops: 0 },
        bundle: context.project.digest,
        user: 'Reactor',
        at: now,
        takenAt,
        settings: context.project.settings,
        ...(auth && { auth }),
      });
      const data = encode(event.data);
      const plan: Plan = data.length <= PLANNED_DATA ? { ...resolved, data } : resolved;
      const put = await ports.plans.put(plan);
      context.log('plan', { uid: event.uid, tag: event.tag, matched: reactions.matched, plan: put.stored ? plan : put.plan });
      if (put.stored && plan.problems.length > 0) await keepFailure(context, `${name}-reactor-dead`, plan);
      return put.stored ? plan : put.plan;
    }
  };
};

/** Characters of an event's data that its plan keeps, for `brine reactor explain --event <uid>`. */
const PLANNED_DATA = 100_000;

/** Problems of one event that are kept with their whole sentences. */
const KEPT = 20;

/** A reaction that failed is kept too, for `brine failures`. Best effort: its event says the same. */
async function keepFailure({ ports, log }: FunctionContext, queue: string, plan: Plan): Promise<void> {
  const problems = plan.problems
    .slice(0, KEPT)
    .map((problem) => ({ code: problem.code, text: formatProblem(problem).slice(0, 1000) }));
  const text = JSON.stringify({ reaction: { uid: plan.uid, tag: plan.tag, problems } });
  await ports.queues.send(queue, text).catch((error: unknown) => log('failed', { error: String(error) }));
}

/** A reaction that failed is an event of its own, and never stops the others. */
function problemEvents(plan: Plan): Emitted[] {
  return plan.problems.map((problem) => ({
    tag: `salt/reactor/${plan.uid}/error` as Tag,
    stamp: plan.at,
    data: Dict.of({
      tag: plan.tag,
      uid: plan.uid,
      sls: problem.sls ?? '',
      id: problem.id ?? '',
      code: problem.code,
      message: formatProblem(problem),
      file: problem.where?.file ?? '',
      line: fromPlain(problem.where?.line ?? null),
      column: fromPlain(problem.where?.col ?? null),
      hint: problem.hint ?? '',
      _stamp: formatStamp(plan.at),
    }),
    cause: { root: plan.cause.root, parent: plan.uid, hops: plan.cause.hops + 1 },
  }));
}

function loopProblem(
  event: Event,
  { context, guard }: { context: FunctionContext; guard: ReturnType<typeof createLoopGuard> },
): ReactionProblem | null {
  const hops = event.cause?.hops ?? 0;
  const { max_hops } = context.project.settings;
  if (hops > max_hops) {
    return {
      code: 'reactor.loop',
      text: `the event ${event.tag} is the ${hops}th in a chain of reactions; it was cut`,
      hint: 'a reaction that fires its own tag never ends; max_hops in brine.yaml',
    };
  }
  if (hops > 0 && guard.tooMany(event)) {
    return {
      code: 'reactor.loop',
      text: `${event.tag} came too often as a consequence of reactions; it was cut`,
      hint: 'brine reactor check names the reactions that fire their own tag',
    };
  }
  return null;
}

/** The same numbers at each rehearsal of the same event. */
function randomOf(seed: string): () => number {
  let state = 2166136261;
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) as number), 16777619);
  return () => {
    state = Math.imul(state ^ (state >>> 15), 2246822507) + 0x6d2b79f5;
    return ((state ^ (state >>> 13)) >>> 0) / 4_294_967_296;
  };
}
