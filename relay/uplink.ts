/**
 * The uplink: batches of all sessions → PutEvents, one call at a time. What arrives while a call is under way goes together in the next,
 * so load makes packs by itself and an idle bus waits for nothing. Only entries that failed are sent again, before newer ones. Step 5.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MinionBatch } from '../core/event.ts';
import type { MinionId } from '../core/ids.ts';
import type { BusEntry, Clock, EventBus } from '../core/ports.ts';
import { CALL_BYTES, CALL_ENTRIES, type Packed, packEntry, presenceEntry, type Waiting, waitingBatch } from './entry.ts';
import type { Log } from './log.ts';

/** The agent still has what is given up, and sends it again. */
const GIVE_UP = 600_000;
/** Ids of one entry of presence: at their longest 64 KB. */
const PRESENCE = 240;

export interface UplinkOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  /** Batches an entry may carry; 0: as many as fit. */
  readonly pack: number;
  /** Whose link facts these are: its key, and when it was started. */
  readonly relay?: { readonly key: string; readonly since: number };
  /** First pause after a failure, milliseconds; doubled up to 64 times. */
  readonly pause?: number;
}

export interface Uplink {
  /** True when EventBridge has taken it, false when it was given up. */
  put(batch: MinionBatch, tags: Iterable<string>): Promise<boolean>;
  /** Link facts: not acknowledged to anybody, tried like the rest. */
  presence(change: { readonly new: readonly MinionId[]; readonly lost: readonly MinionId[] }): void;
  stats(): UplinkStats;
  /** Nothing more is sent; what waits is given up. */
  close(): void;
}

export interface UplinkStats {
  readonly calls: number;
  readonly entries: number;
  readonly batches: number;
  readonly failed: number;
  readonly waitingBytes: number;
}

export function createUplink({ bus, clock, log, pack, relay, pause = 100 }: UplinkOptions): Uplink {
  const queue: Waiting[] = [];
  const changed = new Map<MinionId, 'new' | 'lost'>();
  let again: Packed[] = [];
  let running = false;
  let failures = 0;
  const stop = new AbortController();
  const stats = { calls: 0, entries: 0, batches: 0, failed: 0, waitingBytes: 0 };

  const finish = (packed: Packed, taken: boolean) => {
    for (const batch of packed.batches) {
      stats.waitingBytes -= batch.bytes;
      if (taken) stats.batches += 1;
      batch.done(taken);
    }
  };

  /** Who came and went since the last call, as far as it fits: 10,000 that come back at once are no 10,000 entries. */
  const nextPresence = (): Packed[] => {
    const ids = [...changed].slice(0, PRESENCE);
    if (ids.length === 0) return [];
    for (const [id] of ids) changed.delete(id);
    const of = (how: 'new' | 'lost') => ids.flatMap(([id, what]) => (what === how ? [id] : []));
    const entry: BusEntry = presenceEntry({
      at: clock.now(),
      new: of('new'),
      lost: of('lost'),
      ...(relay && { relay: relay.key, since: relay.since }),
    });
    return [{ entry, bytes: entry.detail.length, batches: [] }];
  };

  /** What failed first, then new entries, in order. */
  const nextCall = (): Packed[] => {
    again.push(...nextPresence());
    const call = again.splice(0, CALL_ENTRIES);
    let bytes = call.reduce((sum, packed) => sum + packed.bytes, 0);
    while (call.length < CALL_ENTRIES && again.length === 0) {
      const first = queue[0];
      if (!first || bytes + Math.max(first.bytes, 0) > CALL_BYTES - 70_000) break;
      const packed = packEntry(queue, pack);
      bytes += packed.bytes;
      call.push(packed);
    }
    return call;
  };

  const put = async (call: readonly Packed[]): Promise<readonly (string | null)[]> => {
    try {
      const answers = await bus.put(call.map(({ entry }) => entry));
      return call.map((_, i) => (i < answers.length ? (answers[i] ?? null) : 'MissingAnswer'));
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      return call.map(() => name);
    }
  };

  const run = async () => {
    while (!stop.signal.aborted) {
      const call = nextCall();
      if (call.length === 0) return;
      stats.calls += 1;
      stats.entries += call.length;
      const answers = await put(call);
      const failed = call.filter((_, i) => answers[i] !== null);
      for (const [i, packed] of call.entries()) if (answers[i] === null) finish(packed, true);
      failures = failed.length === 0 ? 0 : failures + 1;
      if (failed.length === 0) continue;
      stats.failed += failed.length;
      if ((failures & (failures - 1)) === 0) log('put_failed', { code: answers.find((code) => code !== null), failures });
      again = [...failed.filter(stillWanted), ...again];
      if (stop.signal.aborted) giveUp();
      const longest = pause * 2 ** Math.min(failures - 1, 6);
      await sleep(longest / 2 + Math.random() * (longest / 2), undefined, { signal: stop.signal }).catch(() => {});
    }
  };

  const stillWanted = (packed: Packed): boolean => {
    const wanted = packed.batches.length > 0 ? packed.batches.some((batch) => clock.now() < batch.until) : failures < 8;
    if (!wanted) finish(packed, false);
    return wanted;
  };

  const giveUp = () => {
    for (const packed of again.splice(0)) finish(packed, false);
    for (const batch of queue.splice(0)) {
      stats.waitingBytes -= batch.bytes;
      batch.done(false);
    }
  };

  const start = () => {
    if (running || stop.signal.aborted) return;
    running = true;
    // One turn later, so that what came in the same turn goes in the same call.
    setImmediate(() => {
      void run().finally(() => {
        running = false;
        if (queue.length > 0 || again.length > 0 || changed.size > 0) start();
      });
    });
  };

  return {
    put: (batch, tags) =>
      new Promise((resolve) => {
        if (stop.signal.aborted) return resolve(false);
        const waiting = waitingBatch(batch, tags, clock.now() + GIVE_UP, resolve);
        stats.waitingBytes += waiting.bytes;
        queue.push(waiting);
        start();
      }),
    presence: (change) => {
      for (const id of change.new) changed.set(id, 'new');
      for (const id of change.lost) changed.set(id, 'lost');
      start();
    },
    stats: () => ({ ...stats }),
    close: () => {
      stop.abort();
      giveUp();
    },
  };
}
