/** Certificates: a root (KMS, P-256) vouches for an instance's Ed25519 key for one hour. Trust section 2. */
import { createPublicKey, verify as ecdsaVerify, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import type { Certificate } from '../core/event.ts';
import type { Stack } from '../core/ids.ts';
import { encode } from '../core/json.ts';
import type { Clock, Signer } from '../core/ports.ts';
import { fromPlain } from '../core/value.ts';
import { createIdentity, type Identity } from './keys.ts';
import { fromBase64Url, toBase64Url, transcript } from './transcript.ts';
import { bytes, parseMessage, refuse, size, text, time, type Verdict } from './verdict.ts';

/** Which root: `cert-jobs` for reactor, runner and operator, `cert-enroll` for enroll. */
export type CertificateKind = 'cert-jobs' | 'cert-enroll';

/** Public halves of the roots that are pinned, base64url of the DER that KMS' GetPublicKey gives (SPKI). More than one while one is rotated. */
export interface Roots {
  readonly jobs: readonly string[];
  readonly enroll: readonly string[];
}

/** A root's signing half: KMS Sign, ECDSA_SHA_256 over the raw message, DER. */
export interface Root {
  sign(message: Uint8Array): Promise<Uint8Array>;
}

const ROLES: Readonly<Record<CertificateKind, readonly string[]>> = {
  'cert-jobs': ['reactor', 'runner', 'operator', 'dispatch'],
  'cert-enroll': ['enroll'],
};

const HOUR = 3_600_000;
/** A certificate begins a little before it is made, so that clocks of two functions may differ. */
const EARLIER = 120_000;
const RENEW_BEFORE = 600_000;

const certificateText = v.strictObject({ v: v.literal(1), role: text(32), key: bytes(32), from: time, to: time });
export type CertificateText = v.InferOutput<typeof certificateText>;

export interface SignerOptions {
  readonly stack: Stack;
  readonly role: string;
  readonly kind: CertificateKind;
  readonly root: Root;
  readonly clock: Clock;
}

/** A signer with a key of its own, certified at its first use and again before each hour is over. Throws what the root throws. */
export function createSigner({ stack, role, kind, root, clock }: SignerOptions): Signer {
  const identity = createIdentity();
  let current: { readonly cert: Certificate; readonly to: number } | undefined;
  let renewal: Promise<Certificate> | undefined;
  const renew = async (): Promise<Certificate> => {
    const from = clock.now() - EARLIER;
    const cert = await certify({ stack, role, kind, root, identity, from, to: from + HOUR });
    current = { cert, to: from + HOUR };
    return cert;
  };
  const certificate = async (): Promise<Certificate> => {
    const now = clock.now();
    if (current && now < current.to - RENEW_BEFORE && now > current.to - HOUR) return current.cert;
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
    return renewal;
  };
  return {
    sign: async (what, ...parts) => ({ cert: await certificate(), sig: identity.sign(transcript(stack, what, ...parts)) }),
  };
}

export interface CertifyOptions extends Omit<SignerOptions, 'clock'> {
  readonly identity: Identity;
  readonly from: number;
  readonly to: number;
}

export async function certify({ stack, role, kind, root, identity, from, to }: CertifyOptions): Promise<Certificate> {
  const body = encode(fromPlain({ v: 1, role, key: identity.key, from, to }));
  return { text: body, sig: toBase64Url(await root.sign(transcript(stack, kind, body))) };
}

/**
 * The certificate's key and role when one of the roots signed it. Its time is the second question (`goodAt`), because what it is asked
 * for, the signed thing's own time, may be read only when that thing's signature holds.
 */
export function openCertificate(
  cert: Certificate,
  { stack, kind, roots }: { readonly stack: Stack; readonly kind: CertificateKind; readonly roots: readonly string[] },
): Verdict<{ readonly key: string; readonly role: string; readonly from: number; readonly to: number }> {
  if (size(cert.text) > 1024 || size(cert.sig) > 256) return refuse('trust.size');
  const sig = fromBase64Url(cert.sig);
  if (!sig) return refuse('trust.certificate');
  const message = transcript(stack, kind, cert.text);
  if (!roots.some((root) => signedBy(root, message, sig))) return refuse('trust.certificate');
  const found = parseMessage(certificateText, cert.text);
  if (!found.ok) return found;
  const { role, key, from, to } = found.message;
  if (to - from > HOUR || to < from) return refuse('trust.certificate_time');
  return ROLES[kind].includes(role) ? { ok: true, key, role, from, to } : refuse('trust.role');
}

/** Is it good for a thing that was signed at this time? */
export function goodAt(cert: { readonly from: number; readonly to: number }, at: number): boolean {
  return cert.from <= at && at <= cert.to;
}

export interface CertificateCheck {
  readonly stack: Stack;
  readonly kind: CertificateKind;
  readonly roots: readonly string[];
  /** The time of signing of the thing that it vouches for. */
  readonly at: number;
}

/** Root, form, role and time at once, for who knows the time already. */
export function verifyCertificate(
  cert: Certificate,
  check: CertificateCheck,
): Verdict<{ readonly key: string; readonly role: string }> {
  const found = openCertificate(cert, check);
  if (!found.ok) return found;
  return goodAt(found, check.at) ? { ok: true, key: found.key, role: found.role } : refuse('trust.certificate_time');
}

const rootKeys = new Map<string, KeyObject | null>();

function signedBy(root: string, message: Uint8Array, sig: Uint8Array): boolean {
  const key = rootKey(root);
  try {
    return key !== null && ecdsaVerify('sha256', message, key, sig);
  } catch {
    return false;
  }
}

function rootKey(root: string): KeyObject | null {
  const seen = rootKeys.get(root);
  if (seen !== undefined) return seen;
  const der = fromBase64Url(root);
  let key: KeyObject | null = null;
  try {
    const found = der && createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    if (found && found.asymmetricKeyDetails?.namedCurve === 'prime256v1') key = found;
  } catch {
    // Not a key: it vouches for nothing.
  }
  if (rootKeys.size > 64) rootKeys.clear();
  rootKeys.set(root, key);
  return key;
}
