/** hello: what opens a session, enrolls and renews. Made by the minion, checked by the relay and again by enroll. Trust section 4. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import {
  type Boot,
  type Incarnation,
  type MinionId,
  parseBoot,
  parseIncarnation,
  parseMinionId,
  parseStack,
  type Stack,
} from '../core/ids.ts';
import { encode } from '../core/json.ts';
import { fromPlain } from '../core/value.ts';
import { isCurveKey } from './curve.ts';
import { type Identity, verify } from './keys.ts';
import { digest, transcript } from './transcript.ts';
import { bytes, parsed, parseMessage, refuse, size, text, time, type Verdict } from './verdict.ts';

/** The frames of a hello exactly as they came: texts as text, signatures base64url. */
export interface HelloFrames {
  readonly text: string;
  readonly sig: string;
  /** The grains' `core/json` text; absent when they are not sent. */
  readonly grains?: string;
  readonly tokenSig?: string;
}

export const HELLO_LIMIT = 4096;
export const GRAINS_LIMIT = 65_536;
const CLOCK_LIMIT = 600_000;

const helloText = v.strictObject({
  v: v.literal(1),
  stack: parsed(parseStack),
  /** The relay's CURVE key, Z85, as the minion pinned it. */
  relay: v.pipe(v.string(), v.check(isCurveKey)),
  /** SHA-256 of the session's topic. */
  session: bytes(32),
  id: parsed(parseMinionId),
  key: bytes(32),
  incarnation: parsed(parseIncarnation),
  boot: parsed(parseBoot),
  /** A fresh X25519 key, to which the credentials are sealed. */
  eph: bytes(32),
  at: time,
  grains: v.nullable(bytes(32)),
  /** The join token's public key. */
  token: v.exactOptional(bytes(32)),
});
export type Hello = v.InferOutput<typeof helloText>;

/** The secret half of a hello's `eph`; opens the answer's box. */
export interface Ephemeral {
  readonly key: string;
  readonly secret: KeyObject;
}

export function createEphemeral(): Ephemeral {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return { key: String(publicKey.export({ format: 'jwk' }).x), secret: privateKey };
}

export interface MakeHello {
  readonly stack: Stack;
  readonly relay: string;
  readonly topic: Uint8Array;
  readonly id: MinionId;
  readonly identity: Identity;
  readonly incarnation: Incarnation;
  readonly boot: Boot;
  /** Platform time. */
  readonly at: number;
  readonly grains: string | null;
  /** The identity of the join string's seed. */
  readonly token?: Identity | undefined;
}

export interface MadeHello {
  readonly frames: HelloFrames;
  readonly ephemeral: Ephemeral;
}

export function makeHello(from: MakeHello): MadeHello {
  const ephemeral = createEphemeral();
  const { stack, relay, id, identity, incarnation, boot, at, grains, token } = from;
  const hello = {
    v: 1,
    stack,
    relay,
    session: digest(from.topic),
    id,
    key: identity.key,
    incarnation,
    boot,
    eph: ephemeral.key,
    at,
    grains: grains === null ? null : digest(grains),
    token: token?.key,
  };
  const body = encode(fromPlain(hello));
  const frames = {
    text: body,
    sig: identity.sign(transcript(stack, 'hello', body)),
    ...(grains !== null && { grains }),
    ...(token && { tokenSig: token.sign(transcript(stack, 'token', body)) }),
  };
  return { frames, ephemeral };
}

export interface HelloCheck {
  readonly stack: Stack;
  /** The relay's own questions; enroll, which believes no relay, leaves them out. */
  readonly relay?: { readonly key: string; readonly topic: Uint8Array };
  /** Enroll's clock, milliseconds UTC. */
  readonly now?: number;
}

/** Sizes, schema, v, stack, relay = my key, session = this topic, id, sig; then the time, when a clock is given. */
export function verifyHello(frames: HelloFrames, { stack, relay, now }: HelloCheck): Verdict<{ readonly hello: Hello }> {
  const { text: body, sig, grains, tokenSig } = frames;
  if (size(body) > HELLO_LIMIT || size(grains) > GRAINS_LIMIT || size(sig) > 128 || size(tokenSig) > 128)
    return refuse('trust.size');
  const found = parseMessage(helloText, body);
  if (!found.ok) return found;
  const hello = found.message;
  if (hello.stack !== stack) return refuse('trust.stack');
  if (relay && hello.relay !== relay.key) return refuse('trust.relay');
  if (relay && hello.session !== digest(relay.topic)) return refuse('trust.session');
  if (!verify(hello.key, transcript(stack, 'hello', body), sig)) return refuse('trust.signature');
  if (hello.grains !== (grains === undefined ? null : digest(grains))) return refuse('trust.digest');
  if (hello.token !== undefined && !verify(hello.token, transcript(stack, 'token', body), tokenSig ?? ''))
    return refuse('trust.token');
  if (now !== undefined && Math.abs(now - hello.at) > CLOCK_LIMIT) return refuse('trust.clock');
  return { ok: true, hello };
}

/** The form of the frames, as they come out of a Lambda's event. */
export const helloFrames = v.strictObject({
  text: text(HELLO_LIMIT),
  sig: text(128),
  grains: v.exactOptional(text(GRAINS_LIMIT)),
  tokenSig: v.exactOptional(text(128)),
});
