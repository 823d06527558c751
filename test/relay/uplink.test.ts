import { afterEach, expect, it } from 'vitest';
import { parseDetail } from '../../core/event.ts';
import { parseMinionId } from '../../core/ids.ts';
import type { BusEntry } from '../../core/ports.ts';
import { createUplink, type Uplink } from '../../relay/uplink.ts';
import { createBus, type TestBus, until } from '../support/edge.ts';
import { INCARNATION, NOW } from '../support/roots.ts';

let now = NOW;
let open: Uplink | undefined;
afterEach(() => open?.close());

function uplink(bus: TestBus, pack = 0): Uplink {
  now = NOW;
  open = createUplink({ bus, clock: { now: () => now }, log: () => {}, pack, pause: 2 });
  return open;
}

const batch = (id: string, seq: number, bytes = 10) => ({
  id: parseMinionId(id),
  incarnation: INCARNATION,
  seq,
  at: NOW,
  body: 'x'.repeat(bytes),
  sig: 's',
});

/** A bus whose calls wait until they are let through. */
function slowBus() {
  const bus = createBus();
  const calls: (readonly BusEntry[])[] = [];
  const waiting: (() => void)[] = [];
  bus.before = (entries) =>
    new Promise((resolve) => {
      calls.push(entries);
      waiting.push(() => resolve(undefined));
    });
  return { bus, calls, release: () => waiting.shift()?.() };
}

it('an idle bus waits for nothing; what comes during a call goes together in the next, in order', async () => {
  const { bus, calls, release } = slowBus();
  const line = uplink(bus);
  const first = line.put(batch('a', 0), ['t']);
  await until(() => calls.length === 1);
  const rest = Promise.all(Array.from({ length: 50 }, (_, i) => line.put(batch(`m${i}`, i), [`t${i % 3}`])));
  release();
  expect(await first).toBe(true);
  await until(() => calls.length === 2);
  release();
  expect((await rest).every((taken) => taken)).toBe(true);
  expect(calls.map((entries) => entries.length)).toEqual([1, 1]);
  expect(bus.taken()).toEqual(['a:0', ...Array.from({ length: 50 }, (_, i) => `m${i}:${i}`)]);
  expect(bus.details()[1]?.tag).toEqual(['t0', 't1', 't2']);
});

it('an entry holds 64 KB, a call ten entries and less than 1 MB', async () => {
  const { bus, calls, release } = slowBus();
  const line = uplink(bus);
  const all = Promise.all(
    Array.from({ length: 60 }, (_, i) => line.put(batch(`m${i}`, 0, i % 5 === 0 ? 200_000 : 30_000), ['t'])),
  );
  let released = 0;
  while (line.stats().batches < 60) {
    await until(() => calls.length > released);
    release();
    released += 1;
    await until(() => calls.length > released || line.stats().batches === 60);
  }
  await all;
  for (const entries of calls) {
    expect(entries.length).toBeLessThanOrEqual(10);
    expect(entries.reduce((sum, { detail }) => sum + Buffer.byteLength(detail), 0)).toBeLessThan(1_000_000);
    for (const { detail } of entries) {
      if (parseDetail(detail).batches.length > 1) expect(Buffer.byteLength(detail)).toBeLessThanOrEqual(65_536);
    }
  }
  expect(bus.taken().length).toBe(60);
});

it('only the entries that failed are sent again, before what came later', async () => {
  const bus = createBus();
  let call = 0;
  bus.before = async (entries) => {
    call += 1;
    return call === 1 ? entries.map((_, i) => (i === 1 ? 'ThrottlingException' : null)) : undefined;
  };
  const line = uplink(bus, 1);
  await Promise.all([0, 1, 2].map((i) => line.put(batch(`m${i}`, i), ['t'])));
  expect(bus.taken()).toEqual(['m0:0', 'm2:2', 'm1:1']);
  expect(line.stats()).toMatchObject({ calls: 2, entries: 4, failed: 1, waitingBytes: 0 });
});

it('after ten minutes a batch is given up: its host still has it', async () => {
  const bus = createBus();
  bus.before = async (entries) => {
    now += 120_000;
    return entries.map(() => 'InternalFailure');
  };
  const line = uplink(bus);
  expect(await line.put(batch('m', 0), ['t'])).toBe(false);
  expect(line.stats().waitingBytes).toBe(0);
});

it('presence is the relay’s own and carries no batch', async () => {
  const bus = createBus();
  const line = uplink(bus);
  line.presence({ new: [parseMinionId('web1')], lost: [] });
  await until(() => bus.entries.length === 1);
  expect(bus.entries[0]?.source).toBe('brine.relay');
  expect(bus.details()[0]).toEqual({
    v: 1,
    tag: ['salt/presence/change'],
    batches: [],
    presence: { at: NOW, new: ['web1'], lost: [] },
  });
});

it('who came and went while a call was under way is told in one entry, with the last word of each', async () => {
  const { bus, calls, release } = slowBus();
  const line = uplink(bus);
  void line.put(batch('a', 0), ['t']);
  await until(() => calls.length === 1);
  const ids = ['web1', 'web2', 'web3'].map(parseMinionId);
  for (const id of ids) line.presence({ new: [id], lost: [] });
  line.presence({ new: [], lost: [ids[1] as never] });
  release();
  await until(() => calls.length === 2);
  release();
  await until(() => bus.entries.length === 2);
  expect(bus.details()[1]?.presence).toMatchObject({ new: ['web1', 'web3'], lost: ['web2'] });
});

it('what waits at the end is given up and said so', async () => {
  const { bus, calls } = slowBus();
  const line = uplink(bus);
  void line.put(batch('a', 0), ['t']);
  await until(() => calls.length === 1);
  const waiting = line.put(batch('b', 0), ['t']);
  line.close();
  expect(await waiting).toBe(false);
});

it('a call that fails while the relay ends is not tried again', async () => {
  const bus = createBus();
  let fail = () => {};
  bus.before = (entries) => new Promise((resolve) => (fail = () => resolve(entries.map(() => 'InternalFailure'))));
  const line = uplink(bus);
  const put = line.put(batch('a', 0), ['t']);
  await until(() => line.stats().calls === 1);
  line.close();
  fail();
  expect([await put, line.stats()]).toMatchObject([false, { calls: 1, waitingBytes: 0 }]);
});
