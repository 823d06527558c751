import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseTag } from '../../core/tag.ts';
import type { Relay } from '../../relay/relay.ts';
import { signBatch } from '../../trust/batch.ts';
import { createCurveKeys } from '../../trust/curve.ts';
import { makeHello } from '../../trust/hello.ts';
import { type BatchParts, type Down, encodeUp, parseDown, type Up } from '../../wire/frames.ts';
import { connectMinion, listenRelay, type MinionSockets, type RelaySockets } from '../../wire/socket.ts';
import {
  createBus,
  createEnroll,
  newIdentity,
  random,
  startMinion,
  startRelay,
  type TestBus,
  type TestEnroll,
  until,
} from '../support/edge.ts';
import { createHost, createPlatform, flip, OTHER_INCARNATION, STACK } from '../support/roots.ts';

/** A host that follows no rule of the agent's, and reads what it is told. */
interface Peer extends MinionSockets {
  readonly topic: Uint8Array;
  readonly told: Down[];
  say(up: Up): Promise<Down>;
}

const open: { close(): unknown }[] = [];
const platform = createPlatform(() => Date.now());
let enroll: TestEnroll;
let bus: TestBus;
let relay: Relay;

beforeEach(async () => {
  enroll = createEnroll(platform);
  bus = createBus();
  relay = await startRelay({ bus, enroll, control: { receive, delete: async () => {} }, limits: { rate: 20 } });
  open.push(relay);
});

/** The control queue: what is hinted at comes with the poll that waits. */
let hint: (what: object) => void;
const receive = (_wait: number, signal: AbortSignal) =>
  new Promise<{ text: string; handle: string }[]>((resolve) => {
    hint = (what) => resolve([{ text: JSON.stringify(what), handle: 'h' }]);
    signal.addEventListener('abort', () => resolve([]), { once: true });
  });

afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

function peer(topic = random.bytes(16)): Peer {
  const told: Down[] = [];
  const sockets = connectMinion({
    ...relay.address,
    relayKey: relay.address.key,
    keys: createCurveKeys(),
    topic,
    onLost: () => {},
    onDown: (frames) => {
      const read = parseDown(frames);
      if (!('dropped' in read)) told.push(read.message);
    },
  });
  open.push(sockets);
  const say = async (up: Up) => {
    const count = told.length;
    await sockets.send(encodeUp(topic, up));
    await until(() => told.length > count);
    return told[count] as Down;
  };
  return { ...sockets, topic, told, say };
}

const web1 = createHost();
const helloOf = (who: Peer, host = web1) =>
  makeHello({ stack: STACK, relay: relay.address.key, topic: who.topic, ...host, at: Date.now(), grains: null });
const batchOf = (tags: readonly string[], more: object = {}): BatchParts =>
  signBatch({
    stack: STACK,
    ...web1,
    seq: 0,
    at: Date.now(),
    events: tags.map((tag) => ({ tag: parseTag(tag), stamp: Date.now(), data: null })),
    ...more,
  });

async function accepted(): Promise<Peer> {
  enroll.states.set('web1', 'accepted');
  const who = peer();
  expect(await who.say({ kind: 'hello', hello: helloOf(who).frames })).toMatchObject({ kind: 'state' });
  return who;
}

it.each<[string, () => BatchParts, string]>([
  ['a flipped byte in the body', () => ({ ...batchOf(['a']), body: flip(batchOf(['a']).body) }), 'trust.signature'],
  ['another key', () => batchOf(['a'], { identity: newIdentity() }), 'trust.signature'],
  ['another incarnation', () => batchOf(['a'], { incarnation: OTHER_INCARNATION }), 'trust.signature'],
  ['another stack', () => batchOf(['a'], { stack: '123456789012/eu-west-1/other' }), 'trust.signature'],
  ['another number', () => ({ ...batchOf(['a']), seq: 4 }), 'trust.signature'],
  ['another’s tag', () => batchOf(['salt/job/20261122151106494646/ret/web2']), 'trust.tag'],
  ['the platform’s tag', () => batchOf(['salt/auth']), 'trust.tag'],
  ['no events', () => batchOf([]), 'trust.schema'],
])('a batch with %s is refused by its code', async (_, batch, code) => {
  const who = await accepted();
  expect(await who.say({ kind: 'batch', batch: batch() })).toMatchObject({ kind: 'ack', upTo: -1, refused: [{ code }] });
  expect(bus.taken()).toEqual([]);
});

it('a batch of a session that nobody accepted asks for a hello', async () => {
  const who = peer();
  await who.say({ kind: 'hello', hello: helloOf(who).frames });
  expect(await who.say({ kind: 'batch', batch: batchOf(['a']) })).toEqual({ kind: 'again', code: '' });
  expect(bus.taken()).toEqual([]);
});

it('after again no batch is taken before a hello is answered; then it goes on where it was', async () => {
  const who = await accepted();
  expect(await who.say({ kind: 'batch', batch: batchOf(['a']) })).toMatchObject({ kind: 'ack', upTo: 0 });
  const count = who.told.length;
  hint({ again: 'web1' });
  await until(() => who.told.length > count);
  expect(who.told[count]).toEqual({ kind: 'again', code: '' });
  expect(await who.say({ kind: 'batch', batch: batchOf(['b'], { seq: 1 }) })).toEqual({ kind: 'again', code: '' });
  expect(bus.taken()).toEqual(['web1:0']);
  expect(await who.say({ kind: 'hello', hello: helloOf(who).frames })).toMatchObject({ kind: 'state' });
  expect(await who.say({ kind: 'batch', batch: batchOf(['b'], { seq: 1 }) })).toMatchObject({ kind: 'ack', upTo: 1 });
});

it('a hello while one is with enroll is busy', async () => {
  const who = await accepted(); // its subscription stands, so that neither hello waits for it
  const answer = enroll.hello;
  let release = () => {};
  enroll.hello = async (frames) => {
    await new Promise<void>((resolve) => (release = resolve));
    return answer(frames);
  };
  await who.send(encodeUp(who.topic, { kind: 'hello', hello: helloOf(who).frames }));
  expect(await who.say({ kind: 'hello', hello: helloOf(who).frames })).toEqual({ kind: 'again', code: 'link.busy' });
  release();
  await until(() => who.told.filter(({ kind }) => kind === 'state').length === 2);
});

it('an enroll that answers nothing, or fails, is said to be so', async () => {
  const who = peer();
  enroll.hello = async () => null;
  expect(await who.say({ kind: 'hello', hello: helloOf(who).frames })).toEqual({ kind: 'again', code: 'link.unanswered' });
  enroll.hello = () => Promise.reject(new Error('TooManyRequestsException'));
  expect(await who.say({ kind: 'hello', hello: helloOf(who).frames })).toEqual({ kind: 'again', code: 'link.unanswered' });
  expect(relay.sessions()).toEqual([]);
});

it('a session that ended while enroll was asked is nobody’s, and arrives nowhere', async () => {
  enroll.states.set('web1', 'accepted');
  const who = peer();
  const answer = enroll.hello;
  let release = () => {};
  const asked = new Promise<void>((resolve) => {
    enroll.hello = async (frames) => {
      resolve();
      await new Promise<void>((go) => (release = go));
      return answer(frames);
    };
  });
  await who.send(encodeUp(who.topic, { kind: 'hello', hello: helloOf(who).frames }));
  await asked;
  who.close();
  await until(() => relay.stats().sessions === 0);
  release();
  await until(() => enroll.hellos.length === 1);
  enroll.hello = answer;
  await accepted();
  await until(() => arrivals().length > 0);
  expect([relay.sessions(), arrivals()]).toEqual([['web1'], [['web1']]]);
});

it('a hello that renews keeps what was acknowledged, and nobody arrives by it', async () => {
  const who = await accepted();
  expect(await who.say({ kind: 'batch', batch: batchOf(['a', 'b']) })).toMatchObject({ kind: 'ack', upTo: 1 });
  expect(await who.say({ kind: 'hello', hello: helloOf(who).frames })).toMatchObject({ kind: 'state' });
  expect(await who.say({ kind: 'batch', batch: batchOf(['a', 'b']) })).toMatchObject({ kind: 'ack', upTo: 1 });
  expect(await who.say({ kind: 'batch', batch: batchOf(['c'], { seq: 2 }) })).toMatchObject({ kind: 'ack', upTo: 2 });
  expect([bus.taken(), arrivals()]).toEqual([['web1:0', 'web1:2'], [['web1']]]);
});

const arrivals = () => bus.details().flatMap(({ presence }) => (presence && presence.new.length > 0 ? [presence.new] : []));

it('more sessions than there may be: the next gets no answer, and a place once one is free', async () => {
  relay = await startRelay({ bus, enroll, limits: { maxSessions: 2 } });
  open.push(relay);
  const first = await accepted();
  await accepted();
  const third = peer();
  await third.send(encodeUp(third.topic, { kind: 'hello', hello: helloOf(third).frames }));
  await third.send(encodeUp(third.topic, { kind: 'ping', n: '1' }));
  await until(() => (relay.stats().refused['dropped.session'] ?? 0) > 0);
  expect([relay.stats().sessions, third.told]).toEqual([2, []]);
  first.close();
  await until(() => relay.stats().sessions === 1);
  expect((await accepted()).told).toMatchObject([{ kind: 'state' }]);
});

it('a hello that was made for another session, or by another, opens nothing', async () => {
  const who = await accepted();
  const thief = peer();
  expect(await thief.say({ kind: 'hello', hello: helloOf(who).frames })).toEqual({ kind: 'again', code: 'trust.session' });
  const { frames } = helloOf(thief);
  expect(await thief.say({ kind: 'hello', hello: { ...frames, sig: flip(frames.sig) } })).toEqual({
    kind: 'again',
    code: 'trust.signature',
  });
  expect(relay.sessions()).toEqual(['web1']);
});

it('a batch that was acknowledged is acknowledged again and put once', async () => {
  const who = await accepted();
  const batch = batchOf(['a', 'b']);
  expect(await who.say({ kind: 'batch', batch })).toMatchObject({ kind: 'ack', upTo: 1 });
  expect(await who.say({ kind: 'batch', batch })).toMatchObject({ kind: 'ack', upTo: 1 });
  expect(bus.taken()).toEqual(['web1:0']);
});

it('one batch a session and so many events a second: the rest is busy, and not lost', async () => {
  const who = await accepted();
  let release = () => {};
  bus.before = () =>
    new Promise((resolve) => {
      release = () => resolve(undefined);
    });
  await who.send(encodeUp(who.topic, { kind: 'batch', batch: batchOf(['a']) }));
  expect(await who.say({ kind: 'batch', batch: batchOf(['b'], { seq: 1 }) })).toMatchObject({ refused: [{ code: 'link.busy' }] });
  bus.before = async () => undefined;
  release();
  await until(() => who.told.some((down) => down.kind === 'ack' && down.upTo === 0));
  const many = Array.from({ length: 150 }, () => 'a');
  expect(await who.say({ kind: 'batch', batch: batchOf(many, { seq: 1 }) })).toMatchObject({ upTo: 150 });
  expect(await who.say({ kind: 'batch', batch: batchOf(many, { seq: 151 }) })).toMatchObject({
    refused: [{ code: 'link.busy' }],
  });
});

it('strangers are asked after ten hellos a second; a key that was accepted lately is not held up', async () => {
  const who = await accepted();
  const strangers = await Promise.all(
    Array.from({ length: 14 }, (_, i) => {
      const stranger = peer();
      return stranger.say({ kind: 'hello', hello: helloOf(stranger, createHost(`x${i}`)).frames });
    }),
  );
  expect(strangers.filter((down) => down.kind === 'again' && down.code === 'link.busy').length).toBeGreaterThan(0);
  expect(await who.say({ kind: 'hello', hello: helloOf(who).frames })).toMatchObject({ kind: 'state' });
});

/** A relay that was stolen: it has the key, and says what it likes. */
async function stolen(answer: (topic: Uint8Array, up: readonly Uint8Array[], say: RelaySockets['send']) => void) {
  await relay.close();
  const keys = createCurveKeys();
  const evil = await listenRelay({
    push: 'tcp://127.0.0.1:0',
    sub: 'tcp://127.0.0.1:0',
    keys,
    mayEnter: () => true,
    onUp: (frames) => answer(frames[0] as Uint8Array, frames, (down) => evil.send(down)),
    onBegin: () => true,
    onEnd: () => {},
  });
  open.push(evil);
  return { push: evil.push, sub: evil.sub, key: keys.publicKey };
}

it('a stolen relay that forges states, bells, hints and garbage ends nothing and gives nothing', async () => {
  const text = (value: string) => Buffer.from(value);
  let hellos = 0;
  const address = await stolen((topic, up, say) => {
    if (String(up[1]) !== 'hello') return;
    hellos += 1;
    const forged = JSON.stringify({ v: 1, hello: 'x', state: 'rejected', now: Date.now() });
    for (const parts of [
      ['state', forged, '{}', '', '', '', ''],
      ['state', '', '', '', '', '', ''],
      ['ack', '{"upTo":99999,"refused":[{"seq":0,"code":"trust.tag"}]}'],
      ['again', 'trust.relay'],
      ['bell'],
      ['shutdown', 'now'],
      ['__proto__'],
      ['ack', '{"upTo":1e99}'],
    ]) {
      void say([topic, ...parts.map(text)]);
    }
  });
  const host = startMinion('web1', { platform, relays: [address] });
  open.push(host.link);
  const seq = host.outbox.fire('a');
  await until(
    () => hellos >= 4,
    () => host.said,
  );
  expect(host.link.state).toBe('connecting');
  expect([host.access, host.refused, host.outbox.aside]).toEqual([[], [], []]);
  expect(host.outbox.events.has(seq)).toBe(true);
});

it('a stolen relay that plays an old answer again gives no old credentials', async () => {
  const signed = enroll.hello;
  enroll.states.set('web1', 'accepted');
  let first: Awaited<ReturnType<typeof signed>> | undefined;
  const host = startMinion('web1', {
    platform,
    relays: [
      await (async () => {
        await relay.close();
        relay = await startRelay({
          bus,
          enroll: {
            ...enroll,
            hello: async (frames) => {
              first ??= await signed(frames);
              return first;
            },
          },
        });
        open.push(relay);
        return relay.address;
      })(),
    ],
  });
  open.push(host.link);
  await until(() => host.access.length === 1);
  await relay.close();
  relay = await startRelay({ bus, enroll: { ...enroll, hello: async () => first ?? null } });
  open.push(relay);
  const again = startMinion('web1', { platform, relays: [relay.address] });
  open.push(again.link);
  await until(() => again.said.some(([, fields]) => JSON.stringify(fields).includes('trust.hello')));
  expect(again.access).toEqual([]);
});

it('lost acknowledgements: the batch is signed and sent again, and the bus has each event', async () => {
  enroll.states.set('web1', 'accepted');
  let puts = 0;
  bus.before = async (entries) => {
    // Takes the first batch and never answers: for the host its acknowledgement is lost.
    if (entries.some(({ detail }) => detail.includes('"web1"') && detail.includes('body')) && puts++ === 0) {
      bus.entries.push(...entries);
      return new Promise(() => {});
    }
    return undefined;
  };
  const keys = createCurveKeys();
  const first = await startRelay({ bus, enroll, keys });
  const host = startMinion('web1', { platform, relays: [first.address] });
  open.push(host.link);
  host.outbox.fire('a');
  await until(() => puts === 1);
  await first.close();
  expect(host.outbox.acked).toBe(-1);
  open.push(await again(() => startRelay({ bus, enroll, keys, push: first.address.push, sub: first.address.sub })));
  await until(() => host.outbox.acked === 0);
  expect(bus.taken().filter((taken) => taken === 'web1:0').length).toBe(2);
});

/** ZeroMQ gives a port back a moment after its socket is closed. */
async function again<T>(start: () => Promise<T>, tries = 50): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (tries === 0 || !String(error).includes('in use')) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return again(start, tries - 1);
  }
}
