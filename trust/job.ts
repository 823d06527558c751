/** Jobs: a small signed head that names the body by its digest, for one addressee; and the receipt that a return shows. Trust section 6. */
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import type { Receipt } from '../core/event.ts';
import {
  type Incarnation,
  type MinionId,
  parseIncarnation,
  parseMinionId,
  parseUid,
  RUNNER_ID,
  type Stack,
} from '../core/ids.ts';
import { encodeJobBody, parseJobBody } from '../core/job/body.ts';
import { type Jid, parseJid } from '../core/job/jid.ts';
import type { JobBody, JobHead, JobMessage } from '../core/job/job.ts';
import { decodePlain, encode } from '../core/json.ts';
import type { Signer } from '../core/ports.ts';
import { fromPlain } from '../core/value.ts';
import { goodAt, openCertificate } from './certificate.ts';
import { verify } from './keys.ts';
import { digest, transcript } from './transcript.ts';
import { bytes, parsed, parseMessage, refuse, size, text, time, type Verdict } from './verdict.ts';

/** What SQS carries in one message. */
export const JOB_LIMIT = 1_048_576;
const HEAD_LIMIT = 8192;
const AHEAD = 300_000;
/** A queue keeps a message for seven days, so no job may live longer. */
export const JOB_LIFETIME = 7 * 24 * 3_600_000;

const headText = v.strictObject({
  v: v.literal(1),
  jid: parsed(parseJid),
  id: v.union([v.literal(RUNNER_ID), parsed(parseMinionId)]),
  incarnation: v.union([v.literal(''), parsed(parseIncarnation)]),
  fun: text(256),
  uid: parsed(parseUid),
  user: text(512),
  cause: v.strictObject({
    root: parsed(parseUid),
    parent: parsed(parseUid),
    hops: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
  at: time,
  expires: time,
  body: bytes(32),
});

const messageText = v.strictObject({
  cert: v.strictObject({ text: text(1024), sig: text(256) }),
  head: text(HEAD_LIMIT),
  sig: text(128),
  body: v.string(),
});

/** The head without what signing adds. */
export type UnsignedHead = Omit<JobHead, 'v' | 'body'>;

export async function signJob(signer: Signer, head: UnsignedHead, body: JobBody): Promise<JobMessage> {
  const bodyText = encodeJobBody(body);
  const headBody = encode(fromPlain({ v: 1, ...head, body: digest(bodyText) }));
  return { ...(await signer.sign('job', headBody)), head: headBody, body: bodyText };
}

/** The message as it lies in the queue. */
export function encodeJob(message: JobMessage): string {
  return encode(fromPlain(message));
}

export interface JobCheck {
  readonly stack: Stack;
  /** Pinned roots `jobs`. */
  readonly roots: readonly string[];
  readonly id: MinionId | typeof RUNNER_ID;
  readonly incarnation: Incarnation | '';
  /** Platform time. */
  readonly now: number;
  /** Was this job id taken before? */
  known(jid: Jid): boolean;
}

export interface VerifiedJob {
  readonly head: JobHead;
  readonly body: JobBody;
  readonly receipt: Receipt;
}

/**
 * Before anything is journalled or done: size; certificate under a root `jobs`, good at head.at; sig; id; incarnation; not of the future;
 * not expired, and for at most seven days; digest of the body; jid unknown; parse. `allow` and target are the caller's to ask.
 * A refusal after the signature names the job, so that its jid can be told.
 */
export function verifyJob(input: string, check: JobCheck): Verdict<VerifiedJob> & { readonly jid?: Jid } {
  if (size(input) > JOB_LIMIT) return refuse('trust.size');
  const outer = parseOuter(input);
  if (!outer) return refuse('trust.schema');
  const signed = openHead(outer, check);
  if (!signed.ok) return signed;
  const { head } = signed;
  const code = addressed(head, check);
  if (code) return { ...refuse(code), jid: head.jid };
  if (digest(outer.body) !== head.body) return { ...refuse('trust.digest'), jid: head.jid };
  if (check.known(head.jid)) return { ...refuse('trust.known'), jid: head.jid };
  try {
    return { ok: true, head, body: parseJobBody(outer.body), receipt: receiptOf(outer) };
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    return { ...refuse('trust.schema'), jid: head.jid };
  }
}

/** What a message says, whoever signed it: for a job that was verified once, and that cannot be any more. Null for what is no job. */
export function readJob(input: string): VerifiedJob | null {
  const outer = parseOuter(input);
  const head = outer && parseMessage(headText, outer.head);
  if (!outer || !head?.ok) return null;
  try {
    return { head: head.message, body: parseJobBody(outer.body), receipt: receiptOf(outer) };
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    return null;
  }
}

/** What the return of this job carries, so that recorder and reactor know that it was asked for. */
export function receiptOf({ cert, head, sig }: JobMessage): Receipt {
  return { cert, head, sig };
}

export interface ReceiptCheck {
  readonly stack: Stack;
  readonly roots: readonly string[];
  /** The verified signer of the batch that the return came in. */
  readonly id: MinionId;
  readonly incarnation: Incarnation;
  readonly tag: string;
}

/** Certificate; sig; head.id and incarnation are the signer's; the tag is `salt/job/<head.jid>/ret/<id>`. */
export function verifyReceipt(receipt: Receipt, check: ReceiptCheck): Verdict<{ readonly head: JobHead }> {
  const found = openHead(receipt, check);
  if (!found.ok) return found;
  const { id, incarnation, jid } = found.head;
  if (id !== check.id || incarnation !== check.incarnation) return refuse('trust.receipt');
  return check.tag === `salt/job/${jid}/ret/${id}` ? found : refuse('trust.receipt');
}

function parseOuter(input: string): JobMessage | null {
  try {
    const found = v.safeParse(messageText, decodePlain(input));
    return found.success ? found.output : null;
  } catch {
    return null;
  }
}

interface HeadCheck {
  readonly stack: Stack;
  readonly roots: readonly string[];
}

/** Verified before it is parsed: only then is its time known, so the certificate's time is asked for last. */
function openHead({ cert, head, sig }: Receipt, { stack, roots }: HeadCheck): Verdict<{ readonly head: JobHead }> {
  if (size(head) > HEAD_LIMIT || size(sig) > 128) return refuse('trust.size');
  const signer = openCertificate(cert, { stack, kind: 'cert-jobs', roots });
  if (!signer.ok) return signer;
  if (!verify(signer.key, transcript(stack, 'job', head), sig)) return refuse('trust.signature');
  const found = parseMessage(headText, head);
  if (!found.ok) return found;
  return goodAt(signer, found.message.at) ? { ok: true, head: found.message } : refuse('trust.certificate_time');
}

function addressed(head: JobHead, { id, incarnation, now }: JobCheck) {
  if (head.id !== id) return 'trust.addressee' as const;
  if (head.incarnation !== incarnation) return 'trust.incarnation' as const;
  if (head.at > now + AHEAD) return 'trust.future' as const;
  if (now >= head.expires) return 'trust.expired' as const;
  return head.expires > head.at + JOB_LIFETIME ? ('trust.lifetime' as const) : null;
}
