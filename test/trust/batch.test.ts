import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBody, type MinionBatch } from '../../core/event.ts';
import { parseMinionId } from '../../core/ids.ts';
import { encode } from '../../core/json.ts';
import { parseTag } from '../../core/tag.ts';
import type { Value } from '../../core/value.ts';
import { type BatchCheck, openBatch, REPLAY, signBatch, verifyBatch } from '../../trust/batch.ts';
import { createIdentity } from '../../trust/keys.ts';
import { signPlatform, verifyPlatform } from '../../trust/platform.ts';
import { transcript } from '../../trust/transcript.ts';
import { createHost, createPlatform, DAY, flip, HOUR, NOW, OTHER_INCARNATION, OTHER_STACK, STACK } from '../support/roots.ts';
import { anyValue } from '../support/values.ts';

const host = createHost();
const event = (tag: string, data: Value = null, stamp = NOW) => ({ tag: parseTag(tag), stamp, data });
const make = (tags: readonly string[] = ['a'], at = NOW, stamp = NOW) =>
  signBatch({ stack: STACK, ...host, seq: 5, at, events: tags.map((tag) => event(tag, null, stamp)) });
const good = make();
const check: BatchCheck = { stack: STACK, key: host.identity.key, now: NOW };
/** What a host could sign by itself beside our own code. */
const raw = (body: string): MinionBatch => ({
  ...good,
  body,
  sig: host.identity.sign(transcript(STACK, 'batch', good.id, good.incarnation, 5, NOW, body)),
});

it('gives the events back exactly', () => {
  fc.assert(
    fc.property(fc.array(anyValue, { maxLength: 5 }), (values) => {
      const batch = signBatch({ stack: STACK, ...host, seq: 0, at: NOW, events: values.map((data) => event('a', data)) });
      const found = verifyBatch(batch, check);
      expect(found.ok && found.events.map(({ data }) => encode(data))).toEqual(values.map((data) => encode(data)));
    }),
    { numRuns: 50 },
  );
});

describe('each line of the list refuses alone', () => {
  it.each<[string, MinionBatch, Partial<BatchCheck>, string, number[]]>([
    ['a body above 256 KB', { ...good, body: 'x'.repeat(262_145) }, {}, 'trust.size', []],
    ['another host’s key', good, { key: createIdentity().key }, 'trust.signature', []],
    ['another stack', good, { stack: OTHER_STACK }, 'trust.signature', []],
    ['a flipped byte in the body', { ...good, body: flip(good.body) }, {}, 'trust.signature', []],
    ['another id', { ...good, id: parseMinionId('web2') }, {}, 'trust.signature', []],
    ['another incarnation', { ...good, incarnation: OTHER_INCARNATION }, {}, 'trust.signature', []],
    ['another place in the log', { ...good, seq: 6 }, {}, 'trust.signature', []],
    ['another time', { ...good, at: NOW + 1 }, {}, 'trust.signature', []],
    ['a relay’s replay after three hours', good, { now: NOW + 3 * HOUR }, 'trust.stale', []],
    ['an operator’s replay after fifteen days', good, { now: NOW + 15 * DAY, maxAge: REPLAY }, 'trust.stale', []],
    ['six minutes from now', make(['a'], NOW + 360_000), {}, 'trust.future', []],
    ['no body', raw('[]'), {}, 'trust.schema', []],
    ['a key twice', raw(encodeBody([event('a')]).replace('{"tag"', '{"tag":"b","tag"')), {}, 'trust.schema', []],
    ['an event that is none', raw('{"events":[{"tag":"a","stamp":1,"data":1},{"tag":"a"}]}'), {}, 'trust.schema', [6]],
    ['others’ tags', make(['a', 'salt/auth', 'b', 'salt/minion/web2/start']), {}, 'trust.tag', [6, 8]],
    ['an event of fourteen days ago', make(['a'], NOW, NOW - 14 * DAY), {}, 'trust.old', [5]],
  ])('%s', (_, batch, more, code, named) => {
    const found = verifyBatch(batch, { ...check, ...more });
    expect(found).toMatchObject({ ok: false, code });
    expect(!found.ok && found.refused.map(({ seq }) => seq)).toEqual(named);
  });
});

it('the relay asks the same but the times: an operator may replay what it let through', () => {
  expect(openBatch(good, { stack: STACK, key: host.identity.key }).ok).toBe(true);
  expect(openBatch(make(['salt/key']), { stack: STACK, key: host.identity.key })).toMatchObject({ code: 'trust.tag' });
  expect(verifyBatch(good, { ...check, now: NOW + 12 * DAY, maxAge: REPLAY }).ok).toBe(true);
});

describe('what the platform says', () => {
  const platform = createPlatform();
  const ulid = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  const of = { stack: STACK, roots: platform.roots, now: NOW };
  const sign = (role: string, tag: string, at = NOW) =>
    signPlatform({ signer: platform.signer(role), ulid, at, events: [event(tag)] });

  it.each([
    ['reactor', 'salt/run/1/ret', 'jobs'],
    ['operator', 'testtag', 'jobs'],
    ['enroll', 'salt/auth', 'enroll'],
  ] as const)('%s may say %s', async (role, tag, root) => {
    expect(verifyPlatform(await sign(role, tag), of)).toMatchObject({ ok: true, role, root });
  });

  it('enroll says salt/auth and nothing else', async () => {
    expect(verifyPlatform(await sign('enroll', 'salt/key'), of)).toEqual({ ok: false, code: 'trust.tag' });
  });

  it.each<[string, string, object, object]>([
    ['other roots', 'trust.certificate', {}, { roots: createPlatform().roots }],
    ['a changed body', 'trust.signature', { body: '{"events":[]}' }, {}],
    ['another ulid', 'trust.signature', { ulid: '01ARZ3NDEKTSV4RRFFQ69G5FAW' }, {}],
    ['a time outside of the certificate', 'trust.certificate_time', { at: NOW + 2 * HOUR }, {}],
    ['another stack', 'trust.certificate', {}, { stack: OTHER_STACK }],
    ['three hours later', 'trust.stale', {}, { now: NOW + 3 * HOUR }],
    ['before it was signed', 'trust.future', {}, { now: NOW - 360_000 }],
  ])('%s: %s', async (_, code, change, more) => {
    expect(verifyPlatform({ ...(await sign('reactor', 'a')), ...change }, { ...of, ...more })).toEqual({ ok: false, code });
  });

  it('a body above a megabyte, and one that cannot be read although it was signed', async () => {
    const real = await sign('reactor', 'a');
    const large = { ...real, body: 'x'.repeat(1_048_577) };
    expect(verifyPlatform(large, of)).toEqual({ ok: false, code: 'trust.size' });
    const body = '{"events":[{"tag":"a"}]}';
    const unread = { ...(await platform.signer('reactor').sign('platform', ulid, NOW, body)), ulid, at: NOW, body };
    expect(verifyPlatform(unread, of)).toEqual({ ok: false, code: 'trust.schema' });
  });

  it('a host’s own key is no certificate', async () => {
    const batch = await sign('reactor', 'a');
    const cert = { text: batch.cert.text, sig: host.identity.sign(transcript(STACK, 'cert-jobs', batch.cert.text)) };
    expect(verifyPlatform({ ...batch, cert }, of)).toEqual({ ok: false, code: 'trust.certificate' });
  });

  it('answers anything with a code, whoever is said to have signed it', async () => {
    const real = await sign('reactor', 'a');
    const texts = fc.oneof(fc.string(), fc.json(), fc.constantFrom(real.cert.text, real.cert.sig, real.sig, real.body));
    const times = fc.oneof(fc.maxSafeInteger(), fc.constant(NOW));
    fc.assert(
      fc.property(texts, texts, texts, texts, times, (text, certSig, sig, body, at) => {
        const batch = { cert: { text, sig: certSig }, ulid, at, body, sig };
        fc.pre(!(text === real.cert.text && certSig === real.cert.sig && sig === real.sig && body === real.body && at === NOW));
        expect(verifyPlatform(batch, of).ok).toBe(false);
        expect(verifyBatch({ ...good, at, body, sig }, check).ok).toBe(false);
      }),
    );
  });
});
