/** A relay on free ports with an enroll that decides from a table and a bus that keeps what it takes; and hosts with a log in memory. */
import { randomBytes } from 'node:crypto';
import { createLink, type Link, type LinkOptions } from '../../agent/link/link.ts';
import type { Outbox, QueueAccess } from '../../agent/ports.ts';
import { type Detail, type Emitted, parseDetail } from '../../core/event.ts';
import { parseMinionId } from '../../core/ids.ts';
import type { BusEntry, EventBus } from '../../core/ports.ts';
import type { parseTag } from '../../core/tag.ts';
import type { Value } from '../../core/value.ts';
import type { Enroll } from '../../relay/ports.ts';
import { createRelay, type Relay, type RelayOptions } from '../../relay/relay.ts';
import { createCurveKeys } from '../../trust/curve.ts';
import { PIECE, verifyFetch } from '../../trust/fetch.ts';
import { verifyHello } from '../../trust/hello.ts';
import type { RelayAddress } from '../../trust/join.ts';
import { type Identity, identityOf } from '../../trust/keys.ts';
import { type LinkState, makeState } from '../../trust/state.ts';
import { BOOT, type createPlatform, INCARNATION, STACK } from './roots.ts';

export const clock = { now: () => Date.now() };
export const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };

export type TestPlatform = ReturnType<typeof createPlatform>;

export interface TestEnroll extends Enroll {
  /** By id; `pending` unless said. */
  readonly states: Map<string, LinkState>;
  readonly hellos: string[];
  renewIn: number;
  /** By digest. */
  readonly files: Map<string, Buffer>;
  /** Its clock, against the tests'. */
  shift: number;
}

export function createEnroll(platform: TestPlatform): TestEnroll {
  const signer = platform.signer('enroll');
  const enroll: TestEnroll = {
    states: new Map(),
    hellos: [],
    renewIn: 3_000_000,
    shift: 0,
    files: new Map(),
    fetch: async (frames) => {
      const found = verifyFetch(frames, { stack: STACK, now: Date.now() + enroll.shift });
      if (!found.ok) return { refused: found.code };
      const bytes = enroll.files.get(found.fetch.sha256);
      const { offset } = found.fetch;
      return bytes
        ? { size: bytes.length, data: bytes.subarray(offset, offset + PIECE).toString('base64url') }
        : { refused: 'file.unknown' };
    },
    hello: async (frames) => {
      const now = Date.now() + enroll.shift;
      const found = verifyHello(frames, { stack: STACK });
      if (!found.ok) return null;
      const { id, eph, at } = found.hello;
      enroll.hellos.push(id);
      const state = Math.abs(now - at) > 600_000 ? 'clock' : (enroll.states.get(id) ?? 'pending');
      const grant = {
        queue: `http://127.0.0.1:1/q/${id}`,
        renew: now + enroll.renewIn,
        credentials: { accessKeyId: `A${id}`, secretAccessKey: 's', sessionToken: 't', expires: now + 3_600_000 },
      };
      const answer = { state, now, ...(state === 'accepted' && grant) };
      return makeState({ stack: STACK, signer, hello: { text: frames.text, eph }, answer });
    },
  };
  return enroll;
}

export interface TestBus extends EventBus {
  readonly entries: BusEntry[];
  details(): Detail[];
  /** `(id, seq)` of each batch, in the order in which they were taken. */
  taken(): string[];
  /** Called before each put; may throw, or answer codes. */
  before: (entries: readonly BusEntry[]) => Promise<readonly (string | null)[] | undefined>;
}

export function createBus(): TestBus {
  const bus: TestBus = {
    entries: [],
    before: async () => undefined,
    check: async () => {},
    put: async (entries) => {
      const answers = await bus.before(entries);
      bus.entries.push(...entries.filter((_, i) => !answers?.[i]));
      return entries.map((_, i) => answers?.[i] ?? null);
    },
    details: () => bus.entries.map((entry) => parseDetail(entry.detail)),
    taken: () =>
      bus.details().flatMap(({ batches }) => batches.map((batch) => ('id' in batch ? `${batch.id}:${batch.seq}` : ''))),
  };
  return bus;
}

export async function startRelay(more: Partial<RelayOptions> & Pick<RelayOptions, 'bus' | 'enroll'>): Promise<Relay> {
  return createRelay({
    stack: STACK,
    push: 'tcp://127.0.0.1:0',
    sub: 'tcp://127.0.0.1:0',
    keys: createCurveKeys(),
    clock,
    log: () => {},
    ...more,
  });
}

export interface TestOutbox extends Outbox {
  fire(tag: string, data?: Value): number;
  readonly events: Map<number, Emitted>;
  readonly aside: [number, string][];
  /** The highest number that was acknowledged, −1 at first. */
  acked: number;
}

export function createOutbox(): TestOutbox {
  let next = 0;
  const wake: (() => void)[] = [];
  const outbox: TestOutbox = {
    events: new Map(),
    aside: [],
    acked: -1,
    fire: (tag, data = null) => {
      outbox.events.set(next, { tag: tag as ReturnType<typeof parseTag>, stamp: Date.now(), data });
      for (const resolve of wake.splice(0)) resolve();
      return next++;
    },
    peek: (limits) => {
      const first = outbox.events.keys().next().value;
      if (first === undefined) return null;
      const events: Emitted[] = [];
      let bytes = 0;
      for (let seq = first; events.length < limits.events; seq += 1) {
        const event = outbox.events.get(seq);
        bytes += event ? 60 + event.tag.length + String(event.data).length : 0;
        if (!event || (events.length > 0 && bytes > limits.bytes)) break;
        events.push(event);
      }
      return { seq: first, events };
    },
    acknowledge: async (upTo) => {
      outbox.acked = Math.max(outbox.acked, upTo);
      for (const seq of [...outbox.events.keys()]) if (seq <= upTo) outbox.events.delete(seq);
    },
    setAside: async (seq, code) => {
      outbox.aside.push([seq, code]);
      outbox.events.delete(seq);
    },
    waiting: (signal) =>
      new Promise((resolve) => {
        const done = () => {
          signal.removeEventListener('abort', done);
          resolve();
        };
        wake.push(done);
        signal.addEventListener('abort', done, { once: true });
      }),
  };
  return outbox;
}

export interface TestMinion {
  readonly link: Link;
  readonly outbox: TestOutbox;
  readonly access: QueueAccess[];
  readonly refused: string[];
  readonly said: [string, unknown][];
  bells: number;
  /** What the link said of being heard, in order, each change once. */
  readonly reachable: boolean[];
}

export const SHORT = {
  reconnect: [20, 200],
  answer: 2000,
  ack: 1000,
  ping: 500,
  retry: [20, 200],
  unserved: 60_000,
} as const;

export interface MinionOptions extends Partial<LinkOptions> {
  readonly relays: readonly RelayAddress[];
  readonly platform: TestPlatform;
}

export function startMinion(id: string, { platform, ...more }: MinionOptions): TestMinion {
  const outbox = createOutbox();
  const minion = {
    outbox,
    access: [] as QueueAccess[],
    refused: [] as string[],
    said: [] as [string, unknown][],
    bells: 0,
    reachable: [] as boolean[],
  };
  const link = createLink({
    stack: STACK,
    roots: () => platform.roots.enroll,
    identity: newIdentity(),
    id: parseMinionId(id),
    incarnation: INCARNATION,
    boot: BOOT,
    outbox,
    listener: {
      access: (access) => minion.access.push(access),
      refused: (state) => minion.refused.push(state),
      bell: () => {
        minion.bells += 1;
      },
      reachable: (yes) => {
        if (minion.reachable.at(-1) !== yes) minion.reachable.push(yes);
      },
      offset: () => {},
    },
    grains: () => '{"os":"CentOS"}',
    clock,
    random,
    log: (message, fields) => minion.said.push([message, fields]),
    timing: SHORT,
    ...more,
  });
  return Object.assign(minion, { link });
}

export function newIdentity(): Identity {
  return identityOf(randomBytes(32));
}

/** Awaits a condition; fails with what was seen. */
export async function until(what: () => boolean, seen: () => unknown = () => '', milliseconds = 15_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!what()) {
    if (Date.now() > end) throw new Error(`not in ${milliseconds} ms: ${what} (${JSON.stringify(seen())})`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
