import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSigner, verifyCertificate } from '../../trust/certificate.ts';
import { createCurveKeys, curveKeysOf, fromZ85, toZ85 } from '../../trust/curve.ts';
import { makeJoin, parseJoin } from '../../trust/join.ts';
import { createIdentity, fingerprint, identityOf, loadIdentity, verify } from '../../trust/keys.ts';
import { createPlatformTime } from '../../trust/platform-time.ts';
import { queueName } from '../../trust/queue-name.ts';
import { fromBase64Url, toBase64Url, transcript } from '../../trust/transcript.ts';
import { createHost, createRoot, flip, HOUR, NOW, OTHER_INCARNATION, OTHER_STACK, STACK } from '../support/roots.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'brine-keys-'));
});
afterAll(() => rm(dir, { recursive: true }));

it('an identity is made once, readable by its owner alone, and stays', async () => {
  const path = join(dir, 'state', 'identity');
  const all = await Promise.all(Array.from({ length: 8 }, () => loadIdentity(path)));
  expect(new Set(all.map(({ key }) => key)).size).toBe(1);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(dir, 'state'))).toEqual(['identity']);
  expect((await loadIdentity(path)).fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});

it('a file that is no key is said, not replaced', async () => {
  const path = join(dir, 'broken');
  await writeFile(path, 'x');
  await expect(loadIdentity(path)).rejects.toMatchObject({ code: 'trust.identity', where: { file: path } });
});

it('no two lists of parts have one transcript', () => {
  const parts = fc.array(fc.string());
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      expect(Buffer.from(transcript(STACK, 'k', ...a)).equals(transcript(STACK, 'k', ...b))).toBe(same);
    }),
  );
});

it('a signature holds for its key, its bytes and no other', () => {
  const identity = createIdentity();
  const sig = identity.sign(Buffer.from('x'));
  expect(verify(identity.key, Buffer.from('x'), sig)).toBe(true);
  expect(verify(identity.key, Buffer.from('y'), sig)).toBe(false);
  expect(verify(createIdentity().key, Buffer.from('x'), sig)).toBe(false);
  fc.assert(fc.property(fc.string(), fc.string(), (key, text) => !verify(key, Buffer.from('x'), text)));
});

it('the same seed is the same identity, as RFC 8032 has it', () => {
  const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
  const key = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex').toString('base64url');
  expect(identityOf(seed).key).toBe(key);
  expect(fingerprint(key)).toBe(identityOf(seed).fingerprint);
});

it('base64url has one spelling', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => Buffer.from(fromBase64Url(toBase64Url(bytes)) ?? '!').equals(bytes)));
  for (const text of ['AA=', 'A', 'AB', '+/==', 'A A']) expect(fromBase64Url(text)).toBeNull();
});

it('Z85 is RFC 32’s, and any text is a key or null', () => {
  expect(toZ85(Buffer.from('864fd26fb559f75b', 'hex'))).toBe('HelloWorld');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), (bytes, text) => {
      expect(Buffer.from(fromZ85(toZ85(bytes)) ?? '!').equals(bytes)).toBe(true);
      fromZ85(text);
    }),
  );
  const keys = createCurveKeys();
  expect(curveKeysOf(keys.secretKey)).toEqual(keys);
  expect(curveKeysOf('x')).toBeNull();
});

it('a signer certifies its key at first use and renews it, once for all who wait', async () => {
  let now = NOW;
  let signed = 0;
  const root = createRoot();
  const counting = {
    sign: (bytes: Uint8Array) => {
      signed += 1;
      return root.sign(bytes);
    },
  };
  const signer = createSigner({ stack: STACK, role: 'reactor', kind: 'cert-jobs', root: counting, clock: { now: () => now } });
  const [a, b] = await Promise.all([signer.sign('job', 'x'), signer.sign('job', 'y')]);
  expect([signed, a.cert]).toEqual([1, b.cert]);
  now += HOUR;
  const { cert } = await signer.sign('job', 'z');
  const check = { stack: STACK, kind: 'cert-jobs', roots: [root.publicKey] } as const;
  expect(signed).toBe(2);
  expect(verifyCertificate(cert, { ...check, at: now })).toMatchObject({ ok: true, role: 'reactor' });
  expect(verifyCertificate(a.cert, { ...check, at: now })).toEqual({ ok: false, code: 'trust.certificate_time' });
  now -= 2 * HOUR;
  expect(verifyCertificate((await signer.sign('job', 'w')).cert, { ...check, at: now })).toMatchObject({ ok: true });
});

it('a queue belongs to an id, a key and an incarnation', () => {
  const { id, identity, incarnation } = createHost();
  const name = queueName(STACK, { id, key: identity.key, incarnation });
  expect(name).toMatch(/^brine-m-[a-z2-7]{26}$/);
  const others = [
    queueName(STACK, { id, key: createIdentity().key, incarnation }),
    queueName(STACK, { id, key: identity.key, incarnation: OTHER_INCARNATION }),
    queueName(OTHER_STACK, { id, key: identity.key, incarnation }),
  ];
  expect(new Set([name, ...others]).size).toBe(4);
});

const joinOf = {
  stack: STACK,
  relays: [{ push: 'tcp://127.0.0.1:4506', sub: 'tcp://[::1]:4505', key: createCurveKeys().publicKey }],
  roots: { jobs: [createRoot().publicKey], enroll: [createRoot().publicKey] },
  expires: NOW + HOUR,
  token: toBase64Url(new Uint8Array(32).fill(1)),
};

it('a join string gives back whom to obey', () => {
  expect(parseJoin(` ${makeJoin(joinOf)}\n`, NOW)).toEqual(joinOf);
});

it.each<[string, string, number, string]>([
  ['mistyped', flip(makeJoin(joinOf), 60), NOW, 'join.checksum'],
  ['cut', makeJoin(joinOf).slice(0, -8), NOW, 'join.checksum'],
  ['of yesterday', makeJoin(joinOf), NOW + HOUR + 1, 'join.expired'],
  ['something else', 'ssh-ed25519 AAAA', NOW, 'join.form'],
  ['without relays', makeJoin({ ...joinOf, relays: [] }), NOW, 'join.form'],
  [
    'with a relay that is a path',
    makeJoin({ ...joinOf, relays: [{ push: 'ipc:///etc', sub: 'x', key: 'y' }] }),
    NOW,
    'join.form',
  ],
])('a join string that is %s is refused with what to do', (_, text, now, code) => {
  expect(() => parseJoin(text, now)).toThrow(
    expect.objectContaining({ code, hint: expect.stringContaining('brine relay join') }),
  );
});

it('any text is a join string or a located refusal', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String().map((text) => `brine1.${text}`),
      ),
      (text) => {
        expect(() => parseJoin(text, NOW)).toThrow(expect.objectContaining({ name: 'BrineError' }));
      },
    ),
  );
});

it('platform time is learned from an answer that came soon enough', () => {
  const time = createPlatformTime({ now: () => 1000 });
  time.learn({ now: 5500, sent: 900, received: 1100 });
  expect([time.offset(), time.now()]).toEqual([4500, 5500]);
  time.learn({ now: 9_999_999, sent: 0, received: 30_000 });
  expect(time.offset()).toBe(4500);
});
