import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMinionId } from '../../core/ids.ts';
import { type FetchCheck, type FetchFrames, makeFetch, verifyFetch } from '../../trust/fetch.ts';
import { createIdentity } from '../../trust/keys.ts';
import { transcript } from '../../trust/transcript.ts';
import { createHost, flip, NOW, OTHER_STACK, STACK, WEB1 } from '../support/roots.ts';

const host = createHost();
const { identity } = host;
const asked = { stack: STACK, identity, id: WEB1, at: NOW, sha256: 'a'.repeat(64), offset: 131_072 };
const good = makeFetch(asked);
const check: FetchCheck = { stack: STACK, now: NOW, of: { id: WEB1, key: identity.key } };

it('opens what the host asked', () => {
  expect(verifyFetch(good, check)).toMatchObject({ ok: true, fetch: { id: 'web1', sha256: asked.sha256, offset: 131_072 } });
});

/** The same question with another member, signed by the host itself. */
function signed(change: Record<string, unknown>): FetchFrames {
  const text = JSON.stringify({ ...JSON.parse(good.text), ...change });
  return { text, sig: identity.sign(transcript(STACK, 'fetch', text)) };
}

describe('each line of the list refuses alone', () => {
  it.each<[string, FetchFrames, Partial<FetchCheck>, string]>([
    ['a text above 1 KB', { ...good, text: good.text + ' '.repeat(1024) }, {}, 'trust.size'],
    ['a signature above its limit', { ...good, sig: 'x'.repeat(129) }, {}, 'trust.size'],
    ['no digest', signed({ sha256: '../etc/passwd' }), {}, 'trust.schema'],
    ['an offset before the beginning', signed({ offset: -1 }), {}, 'trust.schema'],
    ['a member too many', signed({ path: '/etc/passwd' }), {}, 'trust.schema'],
    ['a later version', signed({ v: 2 }), {}, 'trust.version'],
    ['another stack', good, { stack: OTHER_STACK }, 'trust.stack'],
    ['another host’s name', good, { of: { id: parseMinionId('web2'), key: identity.key } }, 'trust.unknown'],
    ['another host’s key', good, { of: { id: WEB1, key: createIdentity().key } }, 'trust.unknown'],
    ['a flipped byte', { ...good, sig: flip(good.sig) }, {}, 'trust.signature'],
    ['another file', { ...good, text: good.text.replace(asked.sha256, 'b'.repeat(64)) }, {}, 'trust.signature'],
    ['eleven minutes ago', good, { now: NOW + 600_001 }, 'trust.clock'],
    ['eleven minutes from now', good, { now: NOW - 600_001 }, 'trust.clock'],
  ])('%s', (_, frames, more, code) => {
    expect(verifyFetch(frames, { ...check, ...more })).toEqual({ ok: false, code });
  });
});

it('answers any frames with a code, and never throws', () => {
  const any = fc.oneof(fc.string(), fc.json(), fc.constant(good.text), fc.constant(good.sig));
  fc.assert(
    fc.property(any, any, (text, sig) => {
      fc.pre(text !== good.text || sig !== good.sig);
      expect(verifyFetch({ text, sig }, check).ok).toBe(false);
    }),
  );
});
