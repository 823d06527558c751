/** fetch → piece over a real link: pieces in order, over a lost connection, and nothing for whom it is not. */
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MinionId } from '../../core/ids.ts';
import { createFileRules } from '../../relay/files.ts';
import { defaultLimits } from '../../relay/limits.ts';
import type { Relay } from '../../relay/relay.ts';
import { createSessions, type Session } from '../../relay/sessions.ts';
import { makeFetch, PIECE } from '../../trust/fetch.ts';
import type { Down, FetchParts } from '../../wire/frames.ts';
import { createBus, createEnroll, newIdentity, startMinion, startRelay, type TestEnroll, until } from '../support/edge.ts';
import { createPlatform, INCARNATION, OTHER_STACK, STACK } from '../support/roots.ts';

const platform = createPlatform(() => Date.now());
const open: { close(): unknown }[] = [];
let enroll: TestEnroll;
let relay: Relay;

beforeEach(async () => {
  enroll = createEnroll(platform);
  enroll.states.set('web1', 'accepted');
  relay = await startRelay({ bus: createBus(), enroll });
  open.push(relay);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

function host(id: string) {
  const made = startMinion(id, { platform, relays: [relay.address] });
  open.push(made.link);
  return made;
}

function shelve(bytes: Buffer) {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  enroll.files.set(sha256, bytes);
  return { sha256, size: bytes.length };
}

it('files of no, one and several pieces come whole, asked for one after the other', async () => {
  const web1 = host('web1');
  const files = [0, 1, PIECE, 3 * PIECE + 7].map((size) => randomBytes(size));
  const got = await Promise.all(files.map((bytes) => web1.link.fetch(shelve(bytes))));
  expect(got.map((bytes, i) => Buffer.compare(Buffer.from(bytes), files[i] as Buffer))).toEqual([0, 0, 0, 0]);
});

it('is asked for before the link stands, and comes when it does', async () => {
  enroll.states.set('web1', 'pending');
  const web1 = host('web1');
  const coming = web1.link.fetch(shelve(Buffer.from('waits')));
  await until(() => web1.refused.includes('pending'));
  enroll.states.set('web1', 'accepted');
  web1.link.renew();
  expect(Buffer.from(await coming).toString()).toBe('waits');
});

it('a digest that nobody has, and a file of another size than the job says', async () => {
  const web1 = host('web1');
  await expect(web1.link.fetch({ sha256: '0'.repeat(64), size: 5 })).rejects.toMatchObject({ code: 'file.unknown' });
  await expect(web1.link.fetch({ ...shelve(Buffer.from('five!')), size: 6 })).rejects.toMatchObject({ code: 'trust.digest' });
  expect(Buffer.from(await web1.link.fetch(shelve(Buffer.from('still')))).toString()).toBe('still');
});

describe('what a relay passes on to enroll', () => {
  const identity = newIdentity();
  const now = Date.now();
  const mine = { stack: STACK, identity, id: 'web1' as MinionId, at: now, sha256: 'a'.repeat(64), offset: 0 };
  const frames = makeFetch(mine);
  const rows: readonly (readonly [string, FetchParts, string])[] = [
    ['its own question', frames, 'passed'],
    ['in the name of another', makeFetch({ ...mine, id: 'web2' as MinionId }), 'trust.unknown'],
    ["with another host's key", makeFetch({ ...mine, identity: newIdentity() }), 'trust.unknown'],
    ['of another stack', makeFetch({ ...mine, stack: OTHER_STACK }), 'trust.stack'],
    ['eleven minutes old', makeFetch({ ...mine, at: now - 660_000 }), 'trust.clock'],
    ['with a changed digest', { ...frames, text: frames.text.replace('aaa', 'bbb') }, 'trust.signature'],
    ['that is no JSON', { ...frames, text: 'x' }, 'trust.schema'],
  ];
  it.each(rows)('a question %s', async (_name, asked, code) => {
    const [counted, sent]: [string[], Down[]] = [[], []];
    const passed: unknown[] = [];
    const rules = createFileRules({
      stack: STACK,
      enroll: {
        ...enroll,
        fetch: async (given) => {
          passed.push(given);
          return { size: 1, data: 'eA' };
        },
      },
      clock: { now: () => now },
      limits: defaultLimits(),
      log: () => {},
      count: (said) => counted.push(said),
      send: (_session, down) => sent.push(down),
    });
    const session = createSessions(1, 1).begin(new Uint8Array(16), now) as Session;
    await rules.fetch(session, asked);
    expect(counted.splice(0)).toEqual(['dropped.session']); // nobody is accepted there yet
    session.accepted = { id: 'web1' as MinionId, key: identity.key, incarnation: INCARNATION };
    await rules.fetch(session, asked);
    expect(passed).toHaveLength(code === 'passed' ? 1 : 0);
    expect(counted).toEqual(code === 'passed' ? [] : [code]);
    expect(sent.map((down) => (down.kind === 'piece' ? (down.piece.code ?? 'passed') : ''))).toEqual(
      code === 'trust.schema' ? [] : [code],
    );
  });
});
