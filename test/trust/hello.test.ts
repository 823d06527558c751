import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCurveKeys } from '../../trust/curve.ts';
import { type HelloCheck, type HelloFrames, makeHello, verifyHello } from '../../trust/hello.ts';
import { createIdentity } from '../../trust/keys.ts';
import { transcript } from '../../trust/transcript.ts';
import { createHost, flip, NOW, OTHER_STACK, STACK } from '../support/roots.ts';

const host = createHost();
const token = createIdentity();
const relayKey = createCurveKeys().publicKey;
const topic = new Uint8Array(16).fill(7);
const made = makeHello({ stack: STACK, relay: relayKey, topic, ...host, at: NOW, grains: '{"os":"CentOS"}', token });
const good: HelloFrames = made.frames;
const check: HelloCheck = { stack: STACK, relay: { key: relayKey, topic }, now: NOW };

it('opens what the host said', () => {
  expect(verifyHello(good, check)).toMatchObject({
    ok: true,
    hello: { id: 'web1', key: host.identity.key, token: token.key, eph: made.ephemeral.key },
  });
});

/** The same hello with another member, signed by the host itself. */
function signed(change: Record<string, unknown>): HelloFrames {
  const text = JSON.stringify({ ...JSON.parse(good.text), ...change });
  return { ...good, text, sig: host.identity.sign(transcript(STACK, 'hello', text)) };
}

describe('each line of the list refuses alone', () => {
  it.each<[string, HelloFrames, Partial<HelloCheck>, string]>([
    ['a text above 4 KB', { ...good, text: good.text + ' '.repeat(4096) }, {}, 'trust.size'],
    ['grains above 64 KB', { ...good, grains: 'x'.repeat(65_537) }, {}, 'trust.size'],
    ['no JSON', { ...good, text: '{' }, {}, 'trust.schema'],
    ['a member too many', signed({ root: true }), {}, 'trust.schema'],
    ['a key twice', { ...good, text: good.text.replace('{', '{"v":1,') }, {}, 'trust.schema'],
    ['an id that is none', signed({ id: '../web1' }), {}, 'trust.schema'],
    ['a later version', signed({ v: 2 }), {}, 'trust.version'],
    ['another stack', good, { stack: OTHER_STACK }, 'trust.stack'],
    ['another relay’s', good, { relay: { key: createCurveKeys().publicKey, topic } }, 'trust.relay'],
    ['another session’s', good, { relay: { key: relayKey, topic: new Uint8Array(16) } }, 'trust.session'],
    [
      'another’s signature',
      { ...good, sig: createIdentity().sign(transcript(STACK, 'hello', good.text)) },
      {},
      'trust.signature',
    ],
    ['a flipped byte', { ...good, sig: flip(good.sig) }, {}, 'trust.signature'],
    ['another’s id under its own signature', { ...good, text: good.text.replace('web1', 'web2') }, {}, 'trust.signature'],
    ['other grains', { ...good, grains: '{"os":"Debian"}' }, {}, 'trust.digest'],
    ['grains that were stripped', { text: good.text, sig: good.sig, tokenSig: good.tokenSig ?? '' }, {}, 'trust.digest'],
    ['a token without its proof', { ...good, tokenSig: flip(good.tokenSig ?? '') }, {}, 'trust.token'],
    ['a token that was stolen', signed({ token: createIdentity().key }), {}, 'trust.token'],
    ['eleven minutes ago', good, { now: NOW + 600_001 }, 'trust.clock'],
    ['eleven minutes from now', good, { now: NOW - 600_001 }, 'trust.clock'],
  ])('%s', (_, frames, more, code) => {
    expect(verifyHello(frames, { ...check, ...more })).toEqual({ ok: false, code });
  });
});

it('answers any frames with a code, and never throws', () => {
  const any = fc.oneof(fc.string(), fc.json());
  fc.assert(
    fc.property(any, any, fc.option(any, { nil: undefined }), (text, sig, grains) => {
      expect(verifyHello({ text, sig, ...(grains !== undefined && { grains }) }, check).ok).toBe(false);
    }),
  );
});

it('no byte of the text can be changed', () => {
  fc.assert(
    fc.property(fc.nat(good.text.length - 1), fc.constantFrom('0', 'z', '"', ' '), (at, char) => {
      fc.pre(good.text[at] !== char);
      expect(verifyHello({ ...good, text: good.text.slice(0, at) + char + good.text.slice(at + 1) }, check).ok).toBe(false);
    }),
  );
});
