/** batch: events of one host, signed once. The relay reads it, and reactor and recorder read it again. Trust section 5. */
import { BrineError } from '../core/errors.ts';
import { type Emitted, encodeBody, type MinionBatch, parseBody } from '../core/event.ts';
import type { Incarnation, MinionId, Stack } from '../core/ids.ts';
import { mayEmit } from '../core/tag.ts';
import { type Identity, verify } from './keys.ts';
import { transcript } from './transcript.ts';
import { type Refusal, refuse, size, type TrustCode, type Verdict } from './verdict.ts';

/** Bytes of a batch's frames together; the agent cuts its bodies to fit an entry of the bus long before. */
export const BATCH_LIMIT = 262_144;

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** An event that is planned within two hours of its batch's signature is planned; an operator's replay may be 13 days old. */
export const FRESH = 2 * HOUR;
export const REPLAY = 13 * DAY;
const AHEAD = 300_000;

export interface SignBatch {
  readonly stack: Stack;
  readonly identity: Identity;
  readonly id: MinionId;
  readonly incarnation: Incarnation;
  readonly seq: number;
  readonly at: number;
  readonly events: readonly Emitted[];
}

export function signBatch({ stack, identity, id, incarnation, seq, at, events }: SignBatch): MinionBatch {
  const body = encodeBody(events);
  return { id, incarnation, seq, at, body, sig: identity.sign(transcript(stack, 'batch', id, incarnation, seq, at, body)) };
}

/** A refusal that names the events that stand in the way: all with a wrong tag, or the one that cannot be read. */
export interface BatchRefusal extends Refusal {
  readonly refused: readonly { readonly seq: number; readonly code: TrustCode }[];
}

export type BatchVerdict = { readonly ok: true; readonly events: readonly Emitted[] } | BatchRefusal;

/** The relay's questions: size, sig, decode, mayEmit. `key` is the accepted key of the batch's id. */
export function openBatch(batch: MinionBatch, { stack, key }: { readonly stack: Stack; readonly key: string }): BatchVerdict {
  const signed = signature(batch, stack, key);
  return signed.ok ? readBatch(batch) : { ...signed, refused: [] };
}

export interface BatchCheck {
  readonly stack: Stack;
  readonly key: string;
  /** Milliseconds UTC. */
  readonly now: number;
  /** How long ago it may have been signed, `FRESH` or, for an operator's replay, `REPLAY`. */
  readonly maxAge?: number;
}

/** What reactor and recorder ask once the registry has said whose key it is: sig, age, decode, mayEmit, the events' own age. */
export function verifyBatch(batch: MinionBatch, { stack, key, now, maxAge = FRESH }: BatchCheck): BatchVerdict {
  const signed = signature(batch, stack, key);
  if (!signed.ok) return { ...signed, refused: [] };
  const timely = checkTime(batch.at, now, maxAge);
  if (!timely.ok) return { ...timely, refused: [] };
  const read = readBatch(batch);
  return read.ok ? checkStamps(batch.seq, read.events, now) : read;
}

/** now − maxAge ≤ at ≤ now + 5 min */
export function checkTime(at: number, now: number, maxAge: number): Verdict<object> {
  if (at < now - maxAge) return refuse('trust.stale');
  return at > now + AHEAD ? refuse('trust.future') : { ok: true };
}

/** No event of the body is older than 13 days. */
export function checkStamps(seq: number, events: readonly Emitted[], now: number): BatchVerdict {
  return unless('trust.old', seq, events, (event) => event.stamp < now - REPLAY);
}

function signature({ id, incarnation, seq, at, body, sig }: MinionBatch, stack: Stack, key: string): Verdict<object> {
  if (size(body) + size(sig) > BATCH_LIMIT) return refuse('trust.size');
  return verify(key, transcript(stack, 'batch', id, incarnation, seq, at, body), sig) ? { ok: true } : refuse('trust.signature');
}

function readBatch({ id, seq, body }: MinionBatch): BatchVerdict {
  const read = readBody(seq, body);
  return read.ok ? unless('trust.tag', seq, read.events, (event) => !mayEmit(id, event.tag)) : read;
}

/** The events of a body whose signature held; what cannot be read is named by its number where that is known. */
export function readBody(seq: number, body: string): BatchVerdict {
  try {
    return { ok: true, events: parseBody(body) };
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    const at = /^events\[(\d+)\]/.exec(error.where?.path ?? '')?.[1];
    const refused = at === undefined ? [] : [{ seq: seq + Number(at), code: 'trust.schema' as const }];
    return { ok: false, code: 'trust.schema', refused };
  }
}

function unless(code: TrustCode, seq: number, events: readonly Emitted[], bad: (event: Emitted) => boolean): BatchVerdict {
  const refused = events.flatMap((event, i) => (bad(event) ? [{ seq: seq + i, code }] : []));
  return refused.length > 0 ? { ok: false, code, refused } : { ok: true, events };
}
