/** Step 7, and the recorder's own: what came over the bus → events whose signatures held. Trust section 5, in its order. */

import { BrineError } from '../core/errors.ts';
import {
  type Batch,
  type Cause,
  type Detail,
  type Emitted,
  type Event,
  type MinionBatch,
  type Origin,
  parseDetail,
  type ReturnHead,
  saltData,
} from '../core/event.ts';
import { type MinionId, minionUid, platformUid } from '../core/ids.ts';
import { decode } from '../core/json.ts';
import type { MinionRecord, Run } from '../core/ports.ts';
import { Dict, type Value } from '../core/value.ts';
import { BATCH_LIMIT, FRESH, verifyBatch } from '../trust/batch.ts';
import { verifyReceipt } from '../trust/job.ts';
import { verifyPlatform } from '../trust/platform.ts';
import { size } from '../trust/verdict.ts';
import type { FunctionContext } from './context.ts';

/** The envelope in which EventBridge hands an event over. */
export interface Envelope {
  readonly detail: Detail;
  readonly takenAt: number;
  readonly replayed: boolean;
}

export function parseEnvelope(input: unknown): Envelope {
  const { detail, time, 'replay-name': replay } = (input ?? {}) as { detail?: unknown; time?: unknown; 'replay-name'?: unknown };
  const takenAt = Date.parse(String(time));
  if (Number.isNaN(takenAt))
    throw new BrineError({ code: 'input.schema', text: 'the event has no time', where: { path: 'time' } });
  return { detail: parseDetail(detail), takenAt, replayed: replay !== undefined };
}

export interface Verified {
  readonly event: Event;
  /** For a return whose receipt held. */
  readonly answers?: { readonly jid: string; readonly head: { readonly fun: string; readonly cause: Cause } };
  /** For `salt/auth`, signed by enroll: whose key it is about. */
  readonly auth?: { readonly id: MinionId; readonly fingerprint: string };
}

export type Opened = { readonly ok: true; readonly events: readonly Verified[]; readonly record: MinionRecord | null } | Refused;

export interface Refused {
  readonly ok: false;
  readonly code: string;
  readonly signer: string;
}

/** What came in, or the code of what it is not: nothing that can be read is tried again in vain. */
export function readEnvelope(input: unknown): { readonly ok: true; readonly envelope: Envelope } | Refused {
  try {
    return { ok: true, envelope: parseEnvelope(input) };
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    return { ok: false, code: error.code, signer: 'nobody' };
  }
}

/** Refused events are kept with the code, to be read, dropped or replayed by an operator. */
export async function putAside(context: FunctionContext, queue: string, refused: Refused & { readonly event: unknown }) {
  const { code, signer, event } = refused;
  context.log('refused', { code, signer });
  await context.ports.queues.send(queue, JSON.stringify({ code, signer, event }));
}

export interface OpenOptions {
  readonly takenAt: number;
  readonly maxAge?: number;
}

export async function openIncoming(
  context: FunctionContext,
  batch: Batch,
  { takenAt, maxAge = FRESH }: OpenOptions,
): Promise<Opened> {
  const { stack, ports, clock } = context;
  const roots = await ports.roots();
  if ('cert' in batch) {
    const opened = verifyPlatform(batch, { stack, roots, now: clock.now(), maxAge });
    if (!opened.ok) return { ok: false, code: opened.code, signer: 'platform' };
    const origin: Origin = { kind: 'platform', role: opened.role };
    const events = opened.events.map((emitted, i): Verified => {
      const data = emitted.data instanceof Dict ? emitted.data : new Dict();
      const event = {
        tag: emitted.tag,
        data,
        uid: platformUid(opened.role, batch.ulid, i),
        stamp: emitted.stamp,
        origin,
        ...(emitted.cause && { cause: emitted.cause }),
      };
      const about = opened.root === 'enroll' ? authOf(data) : undefined;
      return about ? { event, auth: about } : { event };
    });
    return { ok: true, events, record: null };
  }
  if (size(batch.body) + size(batch.sig) > BATCH_LIMIT) return { ok: false, code: 'trust.size', signer: batch.id };
  const record = await ports.registry.minion(batch.id);
  const unfit = unfitness(record, batch);
  if (unfit !== null || record === null) return { ok: false, code: unfit ?? 'trust.unknown', signer: batch.id };
  const opened = verifyBatch(batch, { stack, key: record.key, now: clock.now(), maxAge });
  if (!opened.ok) return { ok: false, code: opened.code, signer: batch.id };
  const events = await Promise.all(
    opened.events.map((emitted, i) => minionEvent(context, { batch, emitted, index: i, takenAt, jobRoots: roots.jobs })),
  );
  return { ok: true, events, record };
}

/** Accepted, of its current or an earlier run, and not one of two hosts with one key. */
function unfitness(record: MinionRecord | null, batch: MinionBatch): string | null {
  if (record?.state !== 'accepted') return 'trust.unknown';
  if (record.duplicate) return 'trust.duplicate';
  const runs: readonly Run[] = [...(record.run ? [record.run] : []), ...record.earlier];
  return runs.some((run) => run.incarnation === batch.incarnation) ? null : 'trust.incarnation';
}

interface FromMinion {
  readonly batch: MinionBatch;
  readonly emitted: Emitted;
  readonly index: number;
  readonly takenAt: number;
  readonly jobRoots: readonly string[];
}

async function minionEvent(
  context: FunctionContext,
  { batch, emitted, index, takenAt, jobRoots }: FromMinion,
): Promise<Verified> {
  const { id, incarnation } = batch;
  const seq = batch.seq + index;
  const base = {
    tag: emitted.tag,
    uid: minionUid(id, incarnation, seq),
    stamp: emitted.stamp,
    origin: { kind: 'minion', id, incarnation, seq } as const,
  };
  const receipt =
    emitted.receipt &&
    verifyReceipt(emitted.receipt, { stack: context.stack, roots: jobRoots, id, incarnation, tag: emitted.tag });
  if (receipt?.ok) {
    const { head } = receipt;
    const asked: ReturnHead = { jid: head.jid, fun: head.fun, fun_args: await argumentsOf(context, head.jid) };
    return {
      event: { ...base, data: saltData(emitted, id, takenAt, asked), cause: head.cause },
      answers: { jid: head.jid, head },
    };
  }
  // A return that nobody asked for answers nothing; it stays an event of its host.
  if (receipt) context.log('refused', { code: receipt.code, signer: id, uid: base.uid });
  return { event: { ...base, data: saltData(emitted, id, takenAt), ...(emitted.cause && { cause: emitted.cause }) } };
}

/** Salt's `fun_args` from what was asked, never from the host's word. */
async function argumentsOf(context: FunctionContext, jid: string): Promise<Value[]> {
  const job = await context.ports.jobs.job(jid as never).catch(() => null);
  const args = job ? decode(job.arg) : [];
  return Array.isArray(args) ? args : [];
}

function authOf(data: Dict): { id: MinionId; fingerprint: string } | undefined {
  const [id, fingerprint] = [data.get('id'), data.get('fingerprint')];
  return typeof id === 'string' && typeof fingerprint === 'string' ? { id: id as MinionId, fingerprint } : undefined;
}
