/** state: enroll's signed answer to a hello, with credentials sealed to the key that the hello brought. Trust section 4. */
import { createCipheriv, createDecipheriv, createPublicKey, diffieHellman, hkdfSync, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import type { Certificate } from '../core/event.ts';
import type { Stack } from '../core/ids.ts';
import { encode } from '../core/json.ts';
import type { QueueCredentials, Signer } from '../core/ports.ts';
import { fromPlain } from '../core/value.ts';
import { goodAt, openCertificate } from './certificate.ts';
import { createEphemeral, type Ephemeral } from './hello.ts';
import { verify } from './keys.ts';
import { digest, fromBase64Url, sha256, toBase64Url, transcript } from './transcript.ts';
import { bytes, parseMessage, refuse, size, text, time, type Verdict } from './verdict.ts';

/** The frames of a state: `text`, `epk` and `box` are what `sig` covers, `cert` is by the root `enroll`. */
export interface StateFrames {
  readonly text: string;
  readonly cert: Certificate;
  readonly sig: string;
  readonly epk?: string;
  readonly box?: string;
}

export const LINK_STATES = ['accepted', 'pending', 'rejected', 'denied', 'duplicate', 'clock', 'full'] as const;
export type LinkState = (typeof LINK_STATES)[number];

const STATE_LIMIT = 4096;
const BOX_LIMIT = 8192;
const BACKWARDS = 300_000;

const stateText = v.strictObject({
  v: v.literal(1),
  hello: bytes(32),
  state: v.picklist(LINK_STATES),
  now: time,
  /** The queue's URL. */
  queue: v.exactOptional(text(1024)),
  /** Milliseconds UTC at which to say hello again. */
  renew: v.exactOptional(time),
});

const credentialsText = v.strictObject({
  accessKeyId: text(256),
  secretAccessKey: text(256),
  sessionToken: text(4096),
  expires: time,
});

/** What an answer says once it is believed. */
export interface Answer {
  readonly state: LinkState;
  /** Milliseconds UTC at enroll. */
  readonly now: number;
  readonly queue?: string;
  readonly renew?: number;
  readonly credentials?: QueueCredentials;
}

export interface MakeState {
  readonly stack: Stack;
  readonly signer: Signer;
  /** The hello that is answered: its text as it came, and its `eph`. */
  readonly hello: { readonly text: string; readonly eph: string };
  readonly answer: Answer;
}

export async function makeState({ stack, signer, hello, answer }: MakeState): Promise<StateFrames> {
  const { state, now, queue, renew, credentials } = answer;
  const body = encode(fromPlain({ v: 1, hello: digest(hello.text), state, now, queue, renew }));
  const sealed = credentials && seal({ stack, helloText: hello.text, eph: hello.eph, text: body, credentials });
  const { cert, sig } = await signer.sign('answer', body, raw(sealed?.epk), raw(sealed?.box));
  return { text: body, cert, sig, ...sealed };
}

export interface StateCheck {
  readonly stack: Stack;
  /** Pinned roots `enroll`. */
  readonly roots: readonly string[];
  /** The hello that was sent last. */
  readonly hello: { readonly text: string; readonly ephemeral: Ephemeral };
  /** The latest `now` that any answer brought, 0 at first. */
  readonly seen: number;
}

/** Certificate under root `enroll`, good at the answer's own time; sig; my last hello; not backwards; then the box. */
export function verifyState(
  frames: StateFrames,
  { stack, roots, hello, seen }: StateCheck,
): Verdict<{ readonly answer: Answer }> {
  const { text: body, cert, sig, epk, box } = frames;
  if (size(body) > STATE_LIMIT || size(box) > BOX_LIMIT || size(epk) > 64 || size(sig) > 128) return refuse('trust.size');
  const signer = openCertificate(cert, { stack, kind: 'cert-enroll', roots });
  if (!signer.ok) return signer;
  const sealed = { epk: decodeOptional(epk), box: decodeOptional(box) };
  if (!sealed.epk || !sealed.box) return refuse('trust.schema');
  if (!verify(signer.key, transcript(stack, 'answer', body, sealed.epk, sealed.box), sig)) return refuse('trust.signature');
  const found = parseMessage(stateText, body);
  if (!found.ok) return found;
  const { v: _, hello: answered, ...answer } = found.message;
  if (!goodAt(signer, answer.now)) return refuse('trust.certificate_time');
  if (answered !== digest(hello.text)) return refuse('trust.hello');
  if (answer.now < seen - BACKWARDS) return refuse('trust.backwards');
  if (answer.state !== 'accepted' || box === undefined || epk === undefined) return { ok: true, answer };
  const credentials = open({ stack, helloText: hello.text, ephemeral: hello.ephemeral, text: body, epk, box });
  return credentials ? { ok: true, answer: { ...answer, credentials } } : refuse('trust.box');
}

/** The form of the frames, as they come out of a Lambda's answer. */
export const stateFrames = v.strictObject({
  text: text(STATE_LIMIT),
  cert: v.strictObject({ text: text(1024), sig: text(256) }),
  sig: text(128),
  epk: v.exactOptional(text(64)),
  box: v.exactOptional(text(BOX_LIMIT)),
});

interface Sealed {
  readonly stack: Stack;
  readonly helloText: string;
  readonly text: string;
}

function seal({
  stack,
  helloText,
  eph,
  text: body,
  credentials,
}: Sealed & { readonly eph: string; readonly credentials: QueueCredentials }) {
  const mine = createEphemeral();
  const key = sealKey({ stack, helloText, epk: mine.key, eph, secret: mine.secret, other: eph });
  // One key seals one message, so the nonce may be constant.
  const cipher = createCipheriv('aes-256-gcm', key, Buffer.alloc(12), { authTagLength: 16 });
  cipher.setAAD(Buffer.from(body, 'utf8'));
  const { accessKeyId, secretAccessKey, sessionToken, expires } = credentials;
  const plain = encode(fromPlain({ accessKeyId, secretAccessKey, sessionToken, expires }));
  const box = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { epk: mine.key, box: toBase64Url(box) };
}

function open(
  from: Sealed & { readonly ephemeral: Ephemeral; readonly epk: string; readonly box: string },
): QueueCredentials | null {
  const { stack, helloText, ephemeral, epk } = from;
  const box = fromBase64Url(from.box);
  if (!box || box.length < 17) return null;
  try {
    const key = sealKey({ stack, helloText, epk, eph: ephemeral.key, secret: ephemeral.secret, other: epk });
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.alloc(12), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(from.text, 'utf8'));
    decipher.setAuthTag(box.subarray(-16));
    const plain = Buffer.concat([decipher.update(box.subarray(0, -16)), decipher.final()]).toString('utf8');
    const found = parseMessage(credentialsText, plain);
    return found.ok ? found.message : null;
  } catch {
    // A point of small order, or a tag that does not fit.
    return null;
  }
}

interface SealKey {
  readonly stack: Stack;
  readonly helloText: string;
  readonly epk: string;
  readonly eph: string;
  readonly secret: KeyObject;
  readonly other: string;
}

function sealKey({ stack, helloText, epk, eph, secret, other }: SealKey): Buffer {
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: other }, format: 'jwk' });
  const shared = diffieHellman({ privateKey: secret, publicKey });
  const info = transcript(stack, 'seal', raw(epk), raw(eph), sha256(helloText));
  return Buffer.from(hkdfSync('sha256', shared, Buffer.alloc(0), info, 32));
}

function raw(base64url: string | undefined): Uint8Array {
  return decodeOptional(base64url) ?? new Uint8Array();
}

function decodeOptional(base64url: string | undefined): Uint8Array | null {
  return base64url === undefined ? new Uint8Array() : fromBase64Url(base64url);
}
