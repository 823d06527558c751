/** The join string: whom a host obeys, and where it finds it. `brine1.` + base64url of JSON and a checksum. Trust section 7. */
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import { parseStack, type Stack } from '../core/ids.ts';
import { encode } from '../core/json.ts';
import { fromPlain } from '../core/value.ts';
import type { Roots } from './certificate.ts';
import { isCurveKey } from './curve.ts';
import { fromBase64Url, sha256, toBase64Url } from './transcript.ts';
import { bytes, parsed, parseMessage, text, time } from './verdict.ts';

/** Where a relay is, and its CURVE key as the host pins it. */
export interface RelayAddress {
  /** `tcp://host:port` of the PULL socket (4506) and of the XPUB socket (4505). */
  readonly push: string;
  readonly sub: string;
  readonly key: string;
}

export interface Join {
  readonly stack: Stack;
  readonly relays: readonly RelayAddress[];
  readonly roots: Roots;
  /** Milliseconds UTC after which the string is not to be used any more. */
  readonly expires: number;
  /** Ed25519 seed, base64url: accepts one key without a person. */
  readonly token?: string;
}

const endpoint = v.pipe(text(300), v.regex(/^tcp:\/\/[^\s/:]+(:[^\s/:]+)*:\d{1,5}$|^tcp:\/\/\[[0-9a-fA-F:.]+\]:\d{1,5}$/));
const relayAddress = v.strictObject({ push: endpoint, sub: endpoint, key: v.pipe(v.string(), v.check(isCurveKey)) });
const roots = v.pipe(v.array(text(256)), v.minLength(1), v.maxLength(4));
const joinText = v.strictObject({
  stack: parsed(parseStack),
  relays: v.pipe(v.array(relayAddress), v.minLength(1), v.maxLength(16)),
  roots: v.strictObject({ jobs: roots, enroll: roots }),
  expires: time,
  token: v.exactOptional(bytes(32)),
});

const PREFIX = 'brine1.';

export function makeJoin(join: Join): string {
  const body = Buffer.from(encode(fromPlain(join)), 'utf8');
  return PREFIX + toBase64Url(Buffer.concat([body, sha256(body).subarray(0, 4)]));
}

/** Throws `join.form`, `join.checksum`, `join.expired`: a person typed it, so it gets a sentence. `now` in milliseconds UTC. */
export function parseJoin(input: string, now: number): Join {
  const hint = 'print a new one with: brine relay join';
  const bad = (found: string): never => {
    throw new BrineError({ code: 'join.form', text: `expected a join string that begins with ${PREFIX}, found ${found}`, hint });
  };
  const typed = input.trim();
  if (!typed.startsWith(PREFIX)) return bad('another text');
  const all = fromBase64Url(typed.slice(PREFIX.length));
  if (!all || all.length < 5) return bad('what is no base64url after it');
  const body = all.subarray(0, -4);
  if (!Buffer.from(sha256(body).subarray(0, 4)).equals(all.subarray(-4))) {
    throw new BrineError({
      code: 'join.checksum',
      text: 'the join string is not whole: its checksum differs',
      hint: `copy all of it, or ${hint}`,
    });
  }
  const found = parseMessage(joinText, Buffer.from(body).toString('utf8'));
  if (!found.ok) return bad('other contents');
  if (found.message.expires < now) {
    const since = new Date(found.message.expires).toISOString();
    throw new BrineError({ code: 'join.expired', text: `the join string was good until ${since}`, hint });
  }
  return found.message;
}
