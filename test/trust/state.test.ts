import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCurveKeys } from '../../trust/curve.ts';
import { makeHello } from '../../trust/hello.ts';
import { type Answer, makeState, type StateCheck, type StateFrames, verifyState } from '../../trust/state.ts';
import { createHost, createPlatform, flip, HOUR, NOW, OTHER_STACK, STACK } from '../support/roots.ts';

const platform = createPlatform();
const hello = () =>
  makeHello({
    stack: STACK,
    relay: createCurveKeys().publicKey,
    topic: new Uint8Array(16),
    ...createHost(),
    at: NOW,
    grains: null,
  });
const mine = hello();
const other = hello();
const answer: Answer = {
  state: 'accepted',
  now: NOW,
  queue: 'https://sqs.eu-west-1.amazonaws.com/123456789012/brine-m-x',
  renew: NOW + HOUR / 2,
  credentials: { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token', expires: NOW + HOUR },
};
const make = (to: ReturnType<typeof hello>, more: Partial<Answer> = {}, signer = platform.signer('enroll')) =>
  makeState({
    stack: STACK,
    signer,
    hello: { text: to.frames.text, eph: to.ephemeral.key },
    answer: { ...answer, ...more },
  });
const check: StateCheck = {
  stack: STACK,
  roots: platform.roots.enroll,
  hello: { text: mine.frames.text, ephemeral: mine.ephemeral },
  seen: 0,
};
let good: StateFrames;
beforeAll(async () => {
  good = await make(mine);
});

it('brings the credentials to the host that asked', () => {
  expect(verifyState(good, check)).toEqual({ ok: true, answer });
  expect(JSON.stringify(good)).not.toContain('secret');
});

it('a state without a box says what it says', async () => {
  const { credentials: _, queue: __, renew: ___, ...bare } = answer;
  const frames = await makeState({
    stack: STACK,
    signer: platform.signer('enroll'),
    hello: { text: mine.frames.text, eph: mine.ephemeral.key },
    answer: { ...bare, state: 'pending' },
  });
  expect(verifyState(frames, check)).toEqual({ ok: true, answer: { state: 'pending', now: NOW } });
});

describe('each line of the minion’s list refuses alone', () => {
  it.each<[string, () => StateFrames | Promise<StateFrames>, Partial<StateCheck>, string]>([
    ['a text above its limit', () => ({ ...good, text: good.text + ' '.repeat(4096) }), {}, 'trust.size'],
    ['a box that is no base64url', () => ({ ...good, box: '!' }), {}, 'trust.schema'],
    ['a root that is not pinned', () => good, { roots: createPlatform().roots.enroll }, 'trust.certificate'],
    ['the root jobs', () => make(mine, {}, platform.signer('reactor')), {}, 'trust.certificate'],
    ['the other root’s role', () => make(mine, {}, platform.signer('reactor', 'cert-enroll')), {}, 'trust.role'],
    ['another stack', () => good, { stack: OTHER_STACK }, 'trust.certificate'],
    ['a certificate that was over', () => make(mine, { now: NOW + 2 * HOUR }), {}, 'trust.certificate_time'],
    ['a relay’s own words', () => ({ ...good, text: good.text.replace('accepted', 'rejected') }), {}, 'trust.signature'],
    ['a flipped byte in the signature', () => ({ ...good, sig: flip(good.sig) }), {}, 'trust.signature'],
    ['another’s box', async () => ({ ...good, box: (await make(mine)).box ?? '' }), {}, 'trust.signature'],
    ['a box that was stripped', () => ({ text: good.text, cert: good.cert, sig: good.sig }), {}, 'trust.signature'],
    ['an answer to another hello', () => make(other), {}, 'trust.hello'],
    ['an answer of long ago', () => good, { seen: NOW + 300_001 }, 'trust.backwards'],
    [
      'a box for another key',
      () =>
        makeState({
          stack: STACK,
          signer: platform.signer('enroll'),
          hello: { text: mine.frames.text, eph: other.ephemeral.key },
          answer,
        }),
      {},
      'trust.box',
    ],
  ])('%s', async (_, frames, more, code) => {
    expect(verifyState(await frames(), { ...check, ...more })).toEqual({ ok: false, code });
  });

  it('a point of small order seals nothing', async () => {
    const zero = Buffer.alloc(32).toString('base64url');
    await expect(
      makeState({ stack: STACK, signer: platform.signer('enroll'), hello: { text: mine.frames.text, eph: zero }, answer }),
    ).rejects.toThrow();
  });
});

it('answers any frames with a code', () => {
  const any = fc.oneof(fc.string(), fc.json(), fc.base64String());
  fc.assert(
    fc.property(any, any, any, any, any, (text, cert, sig, epk, box) => {
      expect(verifyState({ text, cert: { text: cert, sig }, sig, epk, box }, check).ok).toBe(false);
      expect(verifyState({ ...good, epk, box }, check).ok).toBe(false);
    }),
  );
});
