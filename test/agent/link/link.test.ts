import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { createBackoff } from '../../../agent/link/timing.ts';
import { verifyBatch } from '../../../trust/batch.ts';
import { createCurveKeys } from '../../../trust/curve.ts';
import { encodeDown, parseUp } from '../../../wire/frames.ts';
import { listenRelay, type RelaySockets } from '../../../wire/socket.ts';
import {
  createBus,
  createEnroll,
  type MinionOptions,
  newIdentity,
  random,
  SHORT,
  startMinion,
  startRelay,
  type TestMinion,
  until,
} from '../../support/edge.ts';
import { createPlatform, STACK } from '../../support/roots.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

async function edge(more: Partial<Parameters<typeof startRelay>[0]> = {}) {
  const platform = createPlatform(() => Date.now());
  const enroll = createEnroll(platform);
  const bus = createBus();
  const relay = await startRelay({ bus, enroll, ...more });
  open.push(relay);
  const minion = (id: string, options: Partial<MinionOptions> = {}): TestMinion => {
    const made = startMinion(id, { platform, relays: [relay.address], ...options });
    open.push(made.link);
    return made;
  };
  return { platform, enroll, bus, relay, minion };
}

it('hello, state with sealed credentials, batch, ack: an event of an accepted host is on the bus, signed', async () => {
  const { enroll, bus, minion } = await edge();
  enroll.states.set('web1', 'accepted');
  const web1 = minion('web1');
  web1.outbox.fire('myco/tag', 'some message');
  await until(
    () => web1.outbox.acked === 0,
    () => web1.said,
  );
  expect(web1.access[0]).toMatchObject({ queue: 'http://127.0.0.1:1/q/web1', credentials: { accessKeyId: 'Aweb1' } });
  const detail = bus.details().find(({ tag }) => tag.includes('myco/tag'));
  const batch = detail?.batches[0];
  expect(batch && 'id' in batch && batch.id).toBe('web1');
  expect(web1.link.state).toBe('accepted');
  expect(bus.entries.find((entry) => entry.source === 'brine.relay')?.detail).toContain('"new":["web1"]');
});

it('a pending host sends nothing, and goes on when it is accepted while it waits', async () => {
  let give: ((text: string) => void) | undefined;
  const control = {
    receive: (_wait: number, signal: AbortSignal) =>
      new Promise<{ text: string; handle: string }[]>((resolve) => {
        give = (text) => resolve([{ text, handle: 'h' }]);
        signal.addEventListener('abort', () => resolve([]), { once: true });
      }),
    delete: async () => {},
  };
  const { enroll, bus, minion } = await edge({ control });
  const web1 = minion('web1');
  web1.outbox.fire('myco/tag');
  await until(() => web1.refused.includes('pending'));
  expect(bus.taken()).toEqual([]);
  enroll.states.set('web1', 'accepted');
  give?.('{"again":"web1"}');
  await until(() => web1.outbox.acked === 0);
  await until(() => give !== undefined);
  give?.('{"bell":"web1"}');
  await until(() => web1.bells === 1);
});

it('a relay whose control queue can be read says that it hears, one that cannot says that it does not, and one that is gone rings for nobody', async () => {
  const missing = { receive: () => Promise.reject(new Error('no queue')), delete: async () => {} };
  const deaf = await edge({ control: missing });
  deaf.enroll.states.set('web1', 'accepted');
  const web1 = deaf.minion('web1');
  await until(() => web1.access.length === 1);
  await until(() => web1.reachable.length > 0);
  expect(web1.reachable).toEqual([false]);
  const hearing = await edge({ control: { ...missing, receive: heardOnce() } });
  hearing.enroll.states.set('web2', 'accepted');
  const web2 = hearing.minion('web2');
  await until(() => web2.reachable.at(-1) === true);
  await hearing.relay.close();
  await until(() => web2.reachable.at(-1) === false);
});

/** The first look finds nothing at once; the long poll after it waits until the end. */
function heardOnce() {
  let looks = 0;
  return (_wait: number, signal: AbortSignal) =>
    new Promise<{ text: string; handle: string }[]>((resolve) => {
      looks += 1;
      if (looks === 1) return resolve([]);
      signal.addEventListener('abort', () => resolve([]), { once: true });
    });
}

it('an event that may not pass is set aside with its code, and the rest go on', async () => {
  const { enroll, bus, minion } = await edge();
  enroll.states.set('web1', 'accepted');
  const web1 = minion('web1');
  for (const tag of ['a', 'salt/minion/web2/start', 'b', 'salt/auth', 'c']) web1.outbox.fire(tag);
  await until(
    () => web1.outbox.events.size === 0,
    () => [web1.outbox.aside, web1.said],
  );
  expect(web1.outbox.aside).toEqual([
    [1, 'trust.tag'],
    [3, 'trust.tag'],
  ]);
  const tags = bus.details().flatMap(({ tag }) => tag);
  expect(tags.filter((tag) => tag !== 'salt/presence/change').sort()).toEqual(['a', 'b', 'c']);
});

it('an event of more than thirteen days is not sent, and set aside by the host itself', async () => {
  const { enroll, bus, minion } = await edge();
  enroll.states.set('web1', 'accepted');
  const web1 = minion('web1');
  const old = web1.outbox.fire('myco/old');
  const seen = web1.outbox.events.get(old);
  if (seen) web1.outbox.events.set(old, { ...seen, stamp: Date.now() - 14 * 86_400_000 });
  const last = web1.outbox.fire('myco/new');
  await until(
    () => web1.outbox.acked === last,
    () => web1.said,
  );
  expect(web1.outbox.aside).toEqual([[old, 'trust.old']]);
  expect(bus.details().flatMap(({ tag }) => tag)).not.toContain('myco/old');
});

it('a relay that was restarted with its key is found again and nothing is lost', async () => {
  const keys = createCurveKeys();
  const { platform, enroll, bus, relay, minion } = await edge({ keys });
  enroll.states.set('web1', 'accepted');
  const web1 = minion('web1');
  web1.outbox.fire('before');
  await until(() => web1.outbox.acked === 0);
  await relay.close();
  web1.outbox.fire('while away');
  await until(() => web1.link.state === 'connecting');
  open.push(await startRelay({ bus, enroll, keys, push: relay.address.push, sub: relay.address.sub }));
  await until(
    () => web1.outbox.acked === 1,
    () => web1.said,
  );
  expect(platform.roots.enroll).toHaveLength(1);
});

it('goes to another relay when one is not there', async () => {
  const { enroll, relay, minion } = await edge();
  enroll.states.set('web1', 'accepted');
  const gone = { ...relay.address, push: 'tcp://127.0.0.1:1', sub: 'tcp://127.0.0.1:1' };
  const web1 = minion('web1', {
    relays: [gone, relay.address],
    random: { bytes: (count) => new Uint8Array(count).map((_, i) => i) },
    timing: { reconnect: [20, 50], answer: 300 },
  });
  await until(
    () => web1.access.length > 0,
    () => web1.said,
  );
});

it('acknowledges only what EventBridge has taken, and sends only failed entries again', async () => {
  const { enroll, bus, minion } = await edge();
  enroll.states.set('web1', 'accepted');
  let failures = 0;
  bus.before = async (entries) => {
    if (!entries.some((entry) => entry.detail.includes('web1')) || failures >= 3) return undefined;
    failures += 1;
    if (failures === 1) throw new Error('unreachable');
    return entries.map(() => 'ThrottlingException');
  };
  const web1 = minion('web1', { timing: { ack: 5000 } });
  web1.outbox.fire('a');
  await until(() => web1.outbox.acked === 0);
  expect(failures).toBe(3);
  expect(bus.taken()).toEqual(['web1:0']);
});

it('platform time: a host whose clock is wrong is told so, learns the time and is served', async () => {
  const { enroll, bus, minion, platform } = await edge();
  enroll.states.set('web1', 'accepted');
  const wrong = { now: () => Date.now() - 7 * 24 * 3_600_000 };
  const web1 = minion('web1', { clock: wrong });
  web1.outbox.fire('a');
  await until(
    () => web1.outbox.acked === 0,
    () => web1.said,
  );
  expect(web1.refused).toContain('clock');
  expect(Math.abs(web1.link.offset() - 7 * 24 * 3_600_000)).toBeLessThan(30_000);
  expect(platform).toBeDefined();
  const at = bus.details().flatMap(({ batches }) => batches.map((batch) => batch.at))[0];
  expect(Math.abs(Number(at) - Date.now())).toBeLessThan(30_000);
});

it('renews before the credentials end, on the same session', async () => {
  const { enroll, minion, relay } = await edge();
  enroll.states.set('web1', 'accepted');
  enroll.renewIn = 1200;
  const web1 = minion('web1');
  await until(
    () => web1.access.length >= 3,
    () => web1.said,
  );
  expect(relay.stats().sessions).toBe(1);
  expect(web1.said.filter(([message]) => message === 'link_lost')).toEqual([]);
});

it('an answer by a root that is not pinned gives nothing', async () => {
  const { enroll, minion, relay, bus } = await edge();
  enroll.states.set('web1', 'accepted');
  const web1 = minion('web1', { roots: () => createPlatform().roots.enroll });
  web1.outbox.fire('a');
  await until(() => web1.said.some(([, fields]) => JSON.stringify(fields).includes('trust.certificate')));
  expect(web1.access).toEqual([]);
  expect(bus.taken()).toEqual([]);
  expect(relay.sessions()).toEqual(['web1']);
});

it('a wrong relay key never comes further than the handshake', async () => {
  const { enroll, minion, relay } = await edge();
  enroll.states.set('web1', 'accepted');
  const web1 = minion('web1', { relays: [{ ...relay.address, key: createCurveKeys().publicKey }], timing: { answer: 300 } });
  await until(() => web1.said.some(([message]) => message === 'link_lost'));
  expect(relay.stats().sessions).toBe(0);
  expect(web1.access).toEqual([]);
});

it('what the bus has holds under the key of its host', async () => {
  const { enroll, bus, minion } = await edge();
  enroll.states.set('web1', 'accepted');
  const identity = newIdentity();
  const web1 = minion('web1', { identity });
  web1.outbox.fire('b', 'x');
  await until(() => web1.outbox.acked >= 0);
  const batch = bus.details().flatMap(({ batches }) => batches)[0];
  expect(batch && 'id' in batch && verifyBatch(batch, { stack: STACK, key: identity.key, now: Date.now() }).ok).toBe(true);
});

it('a relay that answers hellos and then falls silent is given up, and asked anew', async () => {
  const { enroll, minion } = await edge();
  enroll.states.set('web1', 'accepted');
  const keys = createCurveKeys();
  const silent: RelaySockets = await listenRelay({
    push: 'tcp://127.0.0.1:0',
    sub: 'tcp://127.0.0.1:0',
    keys,
    mayEnter: () => true,
    onBegin: () => true,
    onEnd: () => {},
    onUp: (frames) => {
      const read = parseUp(frames);
      if ('dropped' in read || read.message.kind !== 'hello') return;
      void enroll
        .hello(read.message.hello)
        .then((state) => state && silent.send(encodeDown(read.topic, { kind: 'state', state })));
    },
  });
  open.push({ close: async () => silent.close() });
  const address = { push: silent.push, sub: silent.sub, key: keys.publicKey };
  const web1 = minion('web1', { relays: [address], timing: { ...SHORT, ping: 30, ack: 60_000 } });
  await until(
    () => web1.said.some(([what, fields]) => what === 'link_lost' && (fields as { reason: string }).reason === 'silent'),
    () => web1.said,
  );
  const asked = enroll.hellos.length;
  await until(
    () => enroll.hellos.length > asked,
    () => web1.said,
  );
});

it('pauses double up to the longest, each in its upper half, and begin again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 5000, max: 100_000 }),
      fc.nat(30),
      (first, longest, tries) => {
        const backoff = createBackoff([first, longest], random);
        for (let i = 0; i < tries; i += 1) {
          const full = Math.min(longest, first * 2 ** i);
          const pause = backoff.next();
          expect(pause >= full / 2 && pause <= full).toBe(true);
        }
        backoff.reset();
        expect(backoff.next()).toBeLessThanOrEqual(first);
      },
    ),
  );
});
