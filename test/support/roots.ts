/** Roots, signers and hosts as tests need them: real keys, a clock that stands. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { parseBoot, parseIncarnation, parseMinionId, parseStack } from '../../core/ids.ts';
import { type CertificateKind, createSigner, type Root, type Roots } from '../../trust/certificate.ts';
import { createIdentity } from '../../trust/keys.ts';
import { toBase64Url } from '../../trust/transcript.ts';

export const STACK = parseStack('123456789012/eu-west-1/brine');
export const OTHER_STACK = parseStack('123456789012/eu-west-1/other');
export const NOW = Date.UTC(2026, 10, 22, 15, 11, 6);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const WEB1 = parseMinionId('web1');
export const INCARNATION = parseIncarnation('aaaaaaaaaaaa2');
export const OTHER_INCARNATION = parseIncarnation('aaaaaaaaaaaa3');
export const BOOT = parseBoot('bbbbbbbbbbbb2');

/** A P-256 key as KMS holds one. */
export function createRoot(): Root & { readonly publicKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: toBase64Url(publicKey.export({ format: 'der', type: 'spki' })),
    sign: async (message) => sign('sha256', message, privateKey),
  };
}

export function createPlatform(now: () => number = () => NOW) {
  const jobs = createRoot();
  const enroll = createRoot();
  const roots: Roots = { jobs: [jobs.publicKey], enroll: [enroll.publicKey] };
  const clock = { now };
  const signer = (role: string, kind: CertificateKind = role === 'enroll' ? 'cert-enroll' : 'cert-jobs', stack = STACK) =>
    createSigner({ stack, role, kind, root: kind === 'cert-jobs' ? jobs : enroll, clock });
  return { jobs, enroll, roots, clock, signer };
}

export function createHost(id = 'web1') {
  return { id: parseMinionId(id), identity: createIdentity(), incarnation: INCARNATION, boot: BOOT };
}

/** Another byte at this place. */
export function flip(text: string, at = Math.floor(text.length / 2)): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}
