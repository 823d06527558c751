/** The platform's own events on the bus: packed in order, only what failed is sent again. */
import { describe, expect, it } from 'vitest';
import type { Emitted } from '../../core/event.ts';
import type { BusEntry } from '../../core/ports.ts';
import { parseTag } from '../../core/tag.ts';
import type { FunctionContext } from '../../functions/context.ts';
import { fire } from '../../functions/fire.ts';
import { createPlatform, NOW } from '../support/roots.ts';

const event = (tag: string, bytes = 10): Emitted => ({ tag: parseTag(tag), stamp: NOW, data: 'x'.repeat(bytes) });

/** A bus that answers as it is told, and keeps what it took. */
function setUp(refuse: (call: number, entry: number) => string | null = () => null) {
  const taken: BusEntry[] = [];
  let calls = 0;
  const put = async (entries: readonly BusEntry[]) => {
    calls += 1;
    return entries.map((entry, i) => {
      const code = refuse(calls, i);
      if (code === null) taken.push(entry);
      return code;
    });
  };
  const context = {
    clock: { now: () => NOW },
    random: { bytes: (count: number) => new Uint8Array(count) },
    ports: { bus: { check: async () => {}, put } },
  } as unknown as FunctionContext;
  const signer = createPlatform().signer('reactor');
  const batches = () =>
    taken.flatMap(({ detail }) => (JSON.parse(detail) as { batches: { ulid: string; body: string }[] }).batches);
  const tags = () =>
    batches().flatMap(({ body }) => (JSON.parse(body) as { events: { tag: string }[] }).events.map(({ tag }) => tag));
  return { context, signer, taken, batches, tags, calls: () => calls };
}

describe('fire', () => {
  it('few events are one entry; nothing is none', async () => {
    const it = setUp();
    await fire(it.context, { source: 'brine.platform', signer: it.signer, events: [] });
    await fire(it.context, { source: 'brine.platform', signer: it.signer, events: [event('a'), event('b')] });
    expect(it.taken).toHaveLength(1);
    expect(it.tags()).toEqual(['a', 'b']);
  });

  it('many events keep their order over entries and calls, and each entry stays below what is billed as one', async () => {
    const it = setUp();
    const events = Array.from({ length: 300 }, (_, i) => event(`t/${i}`, 3000));
    await fire(it.context, { source: 'brine.platform', signer: it.signer, events });
    expect(it.tags()).toEqual(events.map(({ tag }) => tag));
    expect(it.calls()).toBeGreaterThan(1);
    for (const { detail } of it.taken) expect(detail.length).toBeLessThan(65_536);
    expect(new Set(it.batches().map(({ ulid }) => ulid)).size).toBe(it.taken.length);
  });

  it('the same events under the same ulid give every entry the same ulid again', async () => {
    const ulids = async () => {
      const it = setUp();
      const events = Array.from({ length: 40 }, (_, i) => event(`t/${i}`, 3000));
      await fire(it.context, { source: 'brine.platform', signer: it.signer, events, ulid: '01ARZ3NDEKTSV4RRFFQ69G5FAV' });
      return it.batches().map(({ ulid }) => ulid);
    };
    expect(await ulids()).toEqual(await ulids());
  });

  it('an entry that failed is sent again alone', async () => {
    const it = setUp((call, entry) => (call === 1 && entry === 1 ? 'ThrottlingException' : null));
    const events = Array.from({ length: 40 }, (_, i) => event(`t/${i}`, 3000));
    await fire(it.context, { source: 'brine.platform', signer: it.signer, events });
    expect(it.calls()).toBe(2);
    expect(it.tags().sort()).toEqual(events.map(({ tag }) => String(tag)).sort());
  });

  it('what EventBridge never takes is an error that names its code', async () => {
    const it = setUp(() => 'InternalFailure');
    await expect(fire(it.context, { source: 'brine.platform', signer: it.signer, events: [event('a')] })).rejects.toMatchObject({
      code: 'bus.refused',
      message: expect.stringContaining('InternalFailure'),
    });
  });
});
