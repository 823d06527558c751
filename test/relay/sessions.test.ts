import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type MinionId, parseMinionId } from '../../core/ids.ts';
import { giveHint } from '../../relay/hints.ts';
import type { Relay } from '../../relay/relay.ts';
import { createSessions, type Session } from '../../relay/sessions.ts';
import { createCurveKeys } from '../../trust/curve.ts';
import { createBus, createEnroll, startMinion, startRelay, type TestBus, type TestEnroll, until } from '../support/edge.ts';
import { createPlatform } from '../support/roots.ts';

const platform = createPlatform(() => Date.now());
const open: { close(): unknown }[] = [];
let enroll: TestEnroll;
let bus: TestBus;
let relay: Relay;

beforeEach(async () => {
  enroll = createEnroll(platform);
  bus = createBus();
  relay = await startRelay({ bus, enroll });
  open.push(relay);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

function minion(id: string, address = relay.address) {
  const made = startMinion(id, { platform, relays: [address] });
  open.push(made.link);
  return made;
}

const presence = () => bus.details().flatMap((detail) => (detail.presence ? [detail.presence] : []));

it('two hosts of one id: when enroll says duplicate to one, the other is asked and neither is served', async () => {
  enroll.states.set('web1', 'accepted');
  const first = minion('web1');
  await until(() => first.link.state === 'accepted');
  enroll.states.set('web1', 'duplicate');
  const second = minion('web1');
  await until(
    () => first.link.state === 'duplicate' && second.link.state === 'duplicate',
    () => [first.said, second.said],
  );
  expect(relay.sessions()).toEqual([]);
  first.outbox.fire('a');
  second.outbox.fire('b');
  enroll.states.set('web2', 'accepted');
  const other = minion('web2');
  const seq = other.outbox.fire('c');
  await until(() => other.outbox.acked === seq);
  expect(bus.taken()).toEqual(['web2:0']);
});

it('presence: the first session of an id arrives, its last one leaves, and the end of a connection is seen', async () => {
  enroll.states.set('web1', 'accepted');
  const first = minion('web1');
  await until(() => first.link.state === 'accepted');
  const second = minion('web1');
  await until(() => second.link.state === 'accepted');
  await first.link.close();
  await until(() => relay.stats().accepted === 1);
  await second.link.close();
  await until(() => presence().length === 2);
  expect(presence().map(({ new: arrived, lost }) => [arrived, lost])).toEqual([
    [['web1'], []],
    [[], ['web1']],
  ]);
});

it('a wrong relay key opens nothing, is said, and the minion goes on trying', async () => {
  enroll.states.set('web1', 'accepted');
  const wrong = minion('web1', { ...relay.address, key: createCurveKeys().publicKey });
  wrong.outbox.fire('a');
  const lost = () => wrong.said.filter(([message]) => message === 'link_lost');
  await until(
    () => lost().length >= 2,
    () => wrong.said,
  );
  expect(wrong.link.state).toBe('connecting');
  expect([wrong.access, enroll.hellos, bus.entries]).toEqual([[], [], []]);
  expect(wrong.outbox.events.size).toBe(1);
});

it('a relay that starts without its bus does not listen', async () => {
  const missing = { ...createBus(), check: () => Promise.reject(new Error('bus.missing')) };
  await expect(startRelay({ bus: missing, enroll })).rejects.toThrow('bus.missing');
});

it.each<[string, string[]]>([
  ['{"again":"web1"}', ['again web1']],
  ['{"bell":"web1"}', ['bell web1']],
  ['{"bell":["web1","web2"]}', ['bell web1', 'bell web2']],
  ['{"bell":["web1",2]}', []],
  ['{"again":"web1","bell":"web2"}', []],
  ['{"again":1}', []],
  ['{"accept":"web1"}', []],
  ['[]', []],
  ['{', []],
  ['', []],
])('the control queue’s %s is %j', (text, wanted) => {
  const heard: string[] = [];
  giveHint(text, { again: (id) => heard.push(`again ${id}`), bell: (id) => heard.push(`bell ${id}`) });
  expect(heard).toEqual(wanted);
});

it('places of those who subscribed and never said a hello are free after half a minute, of no others', () => {
  const sessions = createSessions(3, 1);
  const topic = (n: number) => new Uint8Array(16).fill(n);
  const [silent, named, asking] = [1, 2, 3].map((n) => sessions.begin(topic(n), 0));
  sessions.name(named as Session, parseMinionId('web1'));
  (asking as Session).asking = true;
  expect([sessions.begin(topic(1), 1), sessions.begin(topic(4), 30_000)]).toEqual([null, null]);
  expect(sessions.begin(topic(4), 30_500)).toBe(null); // it looks once a second
  const next = sessions.begin(topic(4), 31_001);
  expect(next).not.toBe(null);
  expect([silent, named, asking, next].map((session) => sessions.find((session as Session).topic) === session)).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect([sessions.size, sessions.begin(topic(5), 40_000)]).toEqual([3, null]);
});

it('a hint for an id reaches the sessions that say it now, and none that said it once or ended', () => {
  const sessions = createSessions(9, 1);
  const [web1, web2] = ['web1', 'web2'].map(parseMinionId);
  const [a, b] = [1, 2].map((n) => sessions.begin(new Uint8Array(16).fill(n), 0) as Session);
  for (const session of [a, b]) sessions.name(session as Session, web1 as MinionId);
  sessions.name(a as Session, web1 as MinionId);
  expect(sessions.named('web1')).toEqual([a, b]);
  sessions.name(b as Session, web2 as MinionId);
  expect([sessions.named('web1'), sessions.named('web2')]).toEqual([[a], [b]]);
  expect(sessions.end((a as Session).topic)).toBe(a);
  expect([sessions.named('web1'), sessions.end((a as Session).topic), sessions.size]).toEqual([[], undefined, 1]);
});

it('whatever lies on the control queue is a hint or nothing', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ again: fc.anything(), bell: fc.anything() }, { requiredKeys: [] }).map(jsonOf),
  );
  fc.assert(
    fc.property(text, (words) => {
      const heard: string[] = [];
      const hears = { again: (id: string) => heard.push(id), bell: (id: string) => heard.push(id) };
      const given = giveHint(words, hears);
      expect(heard.every((id) => typeof id === 'string') && (given || heard.length === 0)).toBe(true);
    }),
  );
});

function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? Number(item) : item)) ?? '';
}
