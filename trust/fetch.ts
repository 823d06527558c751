/** fetch → piece: a host asks for a file by the digest that a signed job named. The answer needs no signature: it is held against the digest. Trust section 6. */
import * as v from 'valibot';
import { type MinionId, parseMinionId, parseStack, type Stack } from '../core/ids.ts';
import { encode } from '../core/json.ts';
import { fromPlain } from '../core/value.ts';
import { type Identity, verify } from './keys.ts';
import { transcript } from './transcript.ts';
import { bytes, parsed, parseMessage, refuse, size, text, time, type Verdict } from './verdict.ts';

/** The frames as they were signed. */
export interface FetchFrames {
  readonly text: string;
  readonly sig: string;
}

/** Bytes of one piece. */
export const PIECE = 131_072;
const TEXT_LIMIT = 1024;
const CLOCK_LIMIT = 600_000;

const fetchText = v.strictObject({
  v: v.literal(1),
  stack: parsed(parseStack),
  id: parsed(parseMinionId),
  key: bytes(32),
  at: time,
  /** Hexadecimal. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  offset: time,
});
export type Fetch = v.InferOutput<typeof fetchText>;

export interface MakeFetch {
  readonly stack: Stack;
  readonly identity: Identity;
  readonly id: MinionId;
  /** Platform time. */
  readonly at: number;
  readonly sha256: string;
  readonly offset: number;
}

export function makeFetch({ stack, identity, id, at, sha256, offset }: MakeFetch): FetchFrames {
  const body = encode(fromPlain({ v: 1, stack, id, key: identity.key, at, sha256, offset }));
  return { text: body, sig: identity.sign(transcript(stack, 'fetch', body)) };
}

export interface FetchCheck {
  readonly stack: Stack;
  readonly now: number;
  /** Who is known to stand at the other end; enroll asks the registry afterwards. */
  readonly of?: { readonly id: MinionId; readonly key: string };
}

/** Sizes, schema, stack, whose, signature, time. */
export function verifyFetch(frames: FetchFrames, { stack, now, of }: FetchCheck): Verdict<{ readonly fetch: Fetch }> {
  const { text: body, sig } = frames;
  if (size(body) > TEXT_LIMIT || size(sig) > 128) return refuse('trust.size');
  const found = parseMessage(fetchText, body);
  if (!found.ok) return found;
  const fetch = found.message;
  if (fetch.stack !== stack) return refuse('trust.stack');
  if (of && (fetch.id !== of.id || fetch.key !== of.key)) return refuse('trust.unknown');
  if (!verify(fetch.key, transcript(stack, 'fetch', body), sig)) return refuse('trust.signature');
  if (Math.abs(now - fetch.at) > CLOCK_LIMIT) return refuse('trust.clock');
  return { ok: true, fetch };
}

/** The form of the frames, as they come out of a Lambda's event. */
export const fetchFrames = v.strictObject({ text: text(TEXT_LIMIT), sig: text(128) });
