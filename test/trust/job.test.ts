import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minionUid, parseMinionId } from '../../core/ids.ts';
import { parseJobBody } from '../../core/job/body.ts';
import { makeJid } from '../../core/job/jid.ts';
import type { JobBody, JobMessage } from '../../core/job/job.ts';
import { encode } from '../../core/json.ts';
import { Dict, equal } from '../../core/value.ts';
import { certify } from '../../trust/certificate.ts';
import { encodeJob, type JobCheck, receiptOf, signJob, type UnsignedHead, verifyJob, verifyReceipt } from '../../trust/job.ts';
import { createIdentity } from '../../trust/keys.ts';
import { type Part, transcript } from '../../trust/transcript.ts';
import {
  createPlatform,
  DAY,
  flip,
  HOUR,
  INCARNATION,
  NOW,
  OTHER_INCARNATION,
  OTHER_STACK,
  STACK,
  WEB1,
} from '../support/roots.ts';
import { anyValue } from '../support/values.ts';

const platform = createPlatform();
const signer = platform.signer('reactor');
const uid = minionUid(WEB1, INCARNATION, 7);
const head: UnsignedHead = {
  jid: makeJid(NOW, ['x']),
  id: WEB1,
  incarnation: INCARNATION,
  fun: 'cmd.run',
  uid,
  user: 'Reactor',
  cause: { root: uid, parent: uid, hops: 1 },
  at: NOW,
  expires: NOW + 900_000,
};
const body: JobBody = {
  arg: ['uname -a'],
  kwarg: Dict.of({ $x: 1n, timeout: 2.0 }),
  target: { tgt: ['web1', 'web2'], tgt_type: 'list', literal: [[[0, 4]], []], delimiter: ':' },
  timeout: 30,
  on_crash: 'retry',
  auth: { id: WEB1, fingerprint: 'SHA256:x' },
};
const check: JobCheck = {
  stack: STACK,
  roots: platform.roots.jobs,
  id: WEB1,
  incarnation: INCARNATION,
  now: NOW,
  known: () => false,
};
const sign = (more: Partial<UnsignedHead> = {}) => signJob(signer, { ...head, ...more }, body);
const good = await sign();

it('gives the job back, with the receipt that its return will show', async () => {
  const found = verifyJob(encodeJob(good), check);
  expect(found).toMatchObject({ ok: true, head: { jid: head.jid, fun: 'cmd.run' }, receipt: receiptOf(good) });
  expect(found.ok && equal(found.body.kwarg, body.kwarg)).toBe(true);
  expect(found.ok && found.body.target).toEqual(body.target);
});

/** By a root that signs whatever it is given. */
async function longer(lives: number): Promise<string> {
  const identity = createIdentity();
  const role = { stack: STACK, role: 'reactor', kind: 'cert-jobs', root: platform.jobs } as const;
  const cert = await certify({ ...role, identity, from: NOW, to: NOW + lives });
  const by = {
    sign: async (kind: string, ...parts: readonly Part[]) => ({ cert, sig: identity.sign(transcript(STACK, kind, ...parts)) }),
  };
  return encodeJob(await signJob(by, head, body));
}

describe('each line of the minion’s list refuses alone', () => {
  const change = (more: Partial<JobMessage>) => encodeJob({ ...good, ...more });
  it.each<[string, () => string | Promise<string>, Partial<JobCheck>, string]>([
    ['a message above 1 MiB', () => change({ body: 'x'.repeat(1_048_576) }), {}, 'trust.size'],
    ['garbage', () => '{"cert":1}', {}, 'trust.schema'],
    ['no JSON', () => '\u0000', {}, 'trust.schema'],
    ['a certificate of another root', () => encodeJob(good), { roots: createPlatform().roots.jobs }, 'trust.certificate'],
    ['the root enroll', async () => encodeJob(await signJob(platform.signer('enroll'), head, body)), {}, 'trust.certificate'],
    [
      'a role that signs no jobs',
      async () => encodeJob(await signJob(platform.signer('recorder', 'cert-jobs'), head, body)),
      {},
      'trust.role',
    ],
    ['nobody’s certificate', () => change({ cert: { text: good.cert.text, sig: '' } }), {}, 'trust.certificate'],
    ['a changed certificate', () => change({ cert: { ...good.cert, text: flip(good.cert.text) } }), {}, 'trust.certificate'],
    [
      'a certificate that was over',
      async () => encodeJob(await sign({ at: NOW + 2 * HOUR, expires: NOW + 3 * HOUR })),
      { now: NOW + 2 * HOUR },
      'trust.certificate_time',
    ],
    ['a certificate that was not yet good', async () => encodeJob(await sign({ at: NOW - HOUR })), {}, 'trust.certificate_time'],
    ['a certificate for longer than an hour', () => longer(HOUR + 1), {}, 'trust.certificate_time'],
    ['a certificate that ends before it begins', () => longer(-1), {}, 'trust.certificate_time'],
    ['a flipped byte in the head', () => change({ head: flip(good.head) }), {}, 'trust.signature'],
    ['a flipped byte in the signature', () => change({ sig: flip(good.sig) }), {}, 'trust.signature'],
    ['another stack’s', () => encodeJob(good), { stack: OTHER_STACK }, 'trust.certificate'],
    ['another id’s job', async () => encodeJob(await sign({ id: parseMinionId('web2') })), {}, 'trust.addressee'],
    ['another incarnation’s', async () => encodeJob(await sign({ incarnation: OTHER_INCARNATION })), {}, 'trust.incarnation'],
    ['a job of the future', () => encodeJob(good), { now: NOW - 300_001 }, 'trust.future'],
    ['an expired job', () => encodeJob(good), { now: head.expires }, 'trust.expired'],
    ['a job that lives too long', async () => encodeJob(await sign({ expires: NOW + 7 * DAY + 1 })), {}, 'trust.lifetime'],
    ['another body', () => change({ body: flip(good.body) }), {}, 'trust.digest'],
    ['a job id that was taken', () => encodeJob(good), { known: (jid) => jid === head.jid }, 'trust.known'],
  ])('%s', async (_, make, more, code) => {
    expect(verifyJob(await make(), { ...check, ...more })).toMatchObject({ ok: false, code });
  });

  it('a body that cannot be read although it was signed', async () => {
    const bad = await signJob(signer, head, { ...body, target: { ...body.target, delimiter: '' } });
    expect(verifyJob(encodeJob(bad), check)).toMatchObject({ ok: false, code: 'trust.schema', jid: head.jid });
  });
});

it('waits longer than its certificate lives', () => {
  expect(verifyJob(encodeJob(good), { ...check, now: NOW + 899_999 }).ok).toBe(true);
});

describe('a receipt', () => {
  const receipt = receiptOf(good);
  const tag = `salt/job/${head.jid}/ret/web1`;
  const of = { stack: STACK, roots: platform.roots.jobs, id: WEB1, incarnation: INCARNATION, tag };
  it('shows the head of the job that was asked for', () => {
    expect(verifyReceipt(receipt, of)).toMatchObject({ ok: true, head: { fun: 'cmd.run' } });
  });
  it.each([
    ['of another host', { id: parseMinionId('web2') }],
    ['of another incarnation', { incarnation: OTHER_INCARNATION }],
    ['for another job', { tag: `salt/job/${makeJid(NOW, ['y'])}/ret/web1` }],
    ['for another host’s tag', { tag: `salt/job/${head.jid}/ret/web2` }],
  ])('%s is none', (_, more) => {
    expect(verifyReceipt(receipt, { ...of, ...more })).toEqual({ ok: false, code: 'trust.receipt' });
  });
  it('with a head or a certificate above its limit is not looked at', () => {
    const long = ' '.repeat(8192);
    expect(verifyReceipt({ ...receipt, head: receipt.head + long }, of)).toEqual({ ok: false, code: 'trust.size' });
    const cert = { ...receipt.cert, text: receipt.cert.text + long };
    expect(verifyReceipt({ ...receipt, cert }, of)).toEqual({ ok: false, code: 'trust.size' });
  });
  it('with a changed head is none', () => {
    expect(verifyReceipt({ ...receipt, head: flip(receipt.head) }, of)).toEqual({ ok: false, code: 'trust.signature' });
  });
});

it('gives every argument back exactly', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyValue), async (arg) => {
      const found = verifyJob(encodeJob(await signJob(signer, head, { ...body, arg })), check);
      expect(found.ok && encode([...found.body.arg])).toBe(encode(arg));
    }),
    { numRuns: 50 },
  );
});

it('answers any text with a code', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(verifyJob(text, check).ok).toBe(false);
      expect(() => {
        try {
          parseJobBody(text);
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'BrineError') throw error;
        }
      }).not.toThrow();
    }),
  );
});
