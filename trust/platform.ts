/** Events of the platform: signed by a function instance's certified key, checked by whoever acts on them. Trust section 5. */
import { type Emitted, encodeBody, type PlatformBatch } from '../core/event.ts';
import type { Stack } from '../core/ids.ts';
import type { Signer } from '../core/ports.ts';
import { BATCH_LIMIT, checkStamps, checkTime, FRESH, readBody } from './batch.ts';
import { type CertificateKind, goodAt, openCertificate, type Roots } from './certificate.ts';
import { verify } from './keys.ts';
import { transcript } from './transcript.ts';
import { refuse, size, type Verdict } from './verdict.ts';

export interface SignPlatform {
  readonly signer: Signer;
  readonly ulid: string;
  /** Milliseconds UTC. */
  readonly at: number;
  readonly events: readonly Emitted[];
}

export async function signPlatform({ signer, ulid, at, events }: SignPlatform): Promise<PlatformBatch> {
  const body = encodeBody(events);
  return { ...(await signer.sign('platform', ulid, at, body)), ulid, at, body };
}

export interface PlatformCheck {
  readonly stack: Stack;
  readonly roots: Roots;
  readonly now: number;
  readonly maxAge?: number;
}

export interface PlatformEvents {
  readonly events: readonly Emitted[];
  /** `reactor`, `runner`, `operator`, `enroll`. */
  readonly role: string;
  /** Which root vouches: what `wheel.key.accept` takes from a `salt/auth` has to come from `enroll`. */
  readonly root: keyof Roots;
}

/** Size; certificate under a root, good at the time of signing; sig; age; decode; enroll says `salt/auth` and nothing else. */
export function verifyPlatform(
  batch: PlatformBatch,
  { stack, roots, now, maxAge = FRESH }: PlatformCheck,
): Verdict<PlatformEvents> {
  const { cert, ulid, at, body, sig } = batch;
  if (size(body) + size(sig) > BATCH_LIMIT * 4) return refuse('trust.size');
  const jobs = open('cert-jobs', roots.jobs);
  const signer = jobs.ok ? jobs : open('cert-enroll', roots.enroll);
  if (!signer.ok) return jobs.ok || jobs.code === 'trust.certificate' ? signer : jobs;
  const root = jobs.ok ? 'jobs' : 'enroll';
  if (!goodAt(signer, at)) return refuse('trust.certificate_time');
  if (!verify(signer.key, transcript(stack, 'platform', ulid, at, body), sig)) return refuse('trust.signature');
  const timely = checkTime(at, now, maxAge);
  if (!timely.ok) return timely;
  const read = readBody(0, body);
  if (!read.ok) return refuse(read.code);
  if (root === 'enroll' && read.events.some((event) => event.tag !== 'salt/auth')) return refuse('trust.tag');
  const fresh = checkStamps(0, read.events, now);
  return fresh.ok ? { ok: true, events: read.events, role: signer.role, root } : refuse(fresh.code);

  function open(kind: CertificateKind, pinned: readonly string[]) {
    return openCertificate(cert, { stack, kind, roots: pinned });
  }
}
