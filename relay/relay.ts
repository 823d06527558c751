/** The edge: minions on one side, EventBridge on the other. Keeps nothing on disk and decides nothing about reactions. Steps 4 and 5. */
import type { Stack } from '../core/ids.ts';
import type { Clock, EventBus } from '../core/ports.ts';
import type { CurveKeys } from '../trust/curve.ts';
import type { RelayAddress } from '../trust/join.ts';
import { type Down, encodeDown, parseUp } from '../wire/frames.ts';
import { listenRelay, type RelaySockets } from '../wire/socket.ts';
import { createFileRules } from './files.ts';
import { readHints } from './hints.ts';
import { createLately, type Lately } from './lately.ts';
import { createDoor, defaultLimits, type Limits } from './limits.ts';
import { type Log, quiet } from './log.ts';
import type { ControlQueue, Enroll } from './ports.ts';
import { createRules } from './session-rules.ts';
import { createPresence, createSessions, type Session } from './sessions.ts';
import { createUplink, type UplinkStats } from './uplink.ts';

export interface RelayOptions {
  readonly stack: Stack;
  /** Where to listen, `tcp://host:port`; port 0 for a free one. */
  readonly push: string;
  readonly sub: string;
  /** Known to minions by its public half; kept in memory or in a file, never told. */
  readonly keys: CurveKeys;
  readonly bus: EventBus;
  readonly enroll: Enroll;
  readonly control?: ControlQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<Limits>;
  /** Keys that were accepted before this relay was started again. */
  readonly lately?: Lately;
  /** Batches an entry may carry; 0, the default: as many as fit. */
  readonly pack?: number;
  /** Called once when more memory is held than `limits.memory`; the entry process ends then. */
  readonly onMemory?: () => void;
}

export interface RelayStats extends UplinkStats {
  readonly sessions: number;
  readonly accepted: number;
  /** Frames that were dropped and things that were refused, by code. */
  readonly refused: Readonly<Record<string, number>>;
}

export interface Relay {
  /** Where it really listens, with its key: a member of `relays` in a join string. */
  readonly address: RelayAddress;
  /** Ids of accepted sessions. */
  sessions(): readonly string[];
  stats(): RelayStats;
  close(): Promise<void>;
}

/** Hellos that came before their subscription: PUSH and SUB are two connections, and either may be first. */
const EARLY = 1000;
const EARLY_FOR = 10_000;

/** Listens once the bus is seen to exist. Throws what the check of the bus throws, and a port in use. */
export async function createRelay(options: RelayOptions): Promise<Relay> {
  const { stack, keys, bus, enroll, control, clock, pack = 0 } = options;
  const limits = { ...defaultLimits(), ...options.limits };
  const log = quiet(options.log, () => clock.now());
  await bus.check();
  const sessions = createSessions(limits.maxSessions, limits.rate);
  const uplink = createUplink({ bus, clock, log, pack, relay: { key: keys.publicKey, since: clock.now() } });
  const refused = new Map<string, number>();
  const count = (code: string) => {
    refused.set(code, (refused.get(code) ?? 0) + 1);
    log('refused', { code });
  };
  const early = createEarly(() => clock.now());
  const door = createDoor(limits.descriptors);
  let sockets: RelaySockets | undefined;
  /** Whether the control queue was read lately. */
  let hears = false;
  const send = (session: Session, down: Down) => void sockets?.send(encodeDown(session.topic, down));
  const rules = createRules({
    stack,
    key: keys.publicKey,
    enroll,
    uplink,
    sessions,
    presence: createPresence(),
    lately: options.lately ?? createLately(),
    clock,
    limits,
    log,
    count,
    send,
  });

  const files = createFileRules({ stack, enroll, clock, limits, log, count, send });

  const onUp = (frames: readonly Uint8Array[]) => {
    const read = parseUp(frames);
    if ('dropped' in read) return count(`dropped.${read.dropped}`);
    const session = sessions.find(read.topic);
    if (!session) return read.message.kind === 'hello' ? early.keep(read.topic, frames) : count('dropped.session');
    if (read.message.kind === 'ping') return send(session, { kind: 'pong', n: read.message.n, hears });
    if (read.message.kind === 'hello') return void rules.hello(session, read.message.hello);
    if (read.message.kind === 'fetch') return void files.fetch(session, read.message.fetch);
    void rules.batch(session, read.message.batch);
  };

  sockets = await listenRelay({
    push: options.push,
    sub: options.sub,
    keys,
    mayEnter: () => {
      const enters = door.enter(clock.now());
      if (!enters) count('dropped.full');
      return enters;
    },
    onUp,
    onBegin: (topic) => {
      const session = sessions.begin(topic, clock.now());
      if (!session) return false;
      const kept = early.take(topic);
      // One turn later: the subscription stands only when this function has said yes.
      if (kept) setImmediate(() => onUp(kept));
      return true;
    },
    onEnd: (topic) => {
      const session = sessions.end(topic);
      if (session) rules.ended(session);
    },
  });

  const stop = new AbortController();
  const hints = {
    again: (id: string) => {
      for (const session of sessions.named(id)) rules.again(session);
    },
    bell: (id: string) => {
      for (const session of sessions.named(id)) send(session, { kind: 'bell' });
    },
    hearing: (yes: boolean) => {
      hears = yes;
    },
  };
  const reading = control ? readHints(control, hints, { signal: stop.signal, log }) : undefined;
  const watch = watchMemory(limits, () => {
    log('memory', { limit: limits.memory });
    options.onMemory?.();
  });
  const accepted = () => [...sessions.all()].flatMap((session) => (session.accepted ? [session.accepted.id] : []));

  return {
    address: { push: sockets.push, sub: sockets.sub, key: keys.publicKey },
    sessions: accepted,
    stats: () => ({
      ...uplink.stats(),
      sessions: sessions.size,
      accepted: accepted().length,
      refused: Object.fromEntries(refused),
    }),
    close: async () => {
      stop.abort();
      clearInterval(watch);
      uplink.close();
      sockets?.close();
      await reading;
    },
  };
}

/** Frames of hellos that nobody is subscribed for yet, a bounded number of them and for ten seconds. */
function createEarly(now: () => number) {
  const kept = new Map<string, { readonly frames: readonly Uint8Array[]; readonly at: number }>();
  const keyOf = (topic: Uint8Array) => Buffer.from(topic).toString('latin1');
  return {
    keep: (topic: Uint8Array, frames: readonly Uint8Array[]) => {
      for (const [key, { at }] of kept) {
        if (kept.size < EARLY && now() - at < EARLY_FOR) break;
        kept.delete(key);
      }
      kept.set(keyOf(topic), { frames, at: now() });
    },
    take: (topic: Uint8Array) => {
      const found = kept.get(keyOf(topic));
      kept.delete(keyOf(topic));
      return found && now() - found.at < EARLY_FOR ? found.frames : undefined;
    },
  };
}

function watchMemory({ memory, memoryLook }: Limits, over: () => void): NodeJS.Timeout {
  const timer = setInterval(() => {
    if (residentMemory() < memory) return;
    clearInterval(timer);
    over();
  }, memoryLook);
  return timer.unref();
}

/** 0 while it cannot be asked, since that needs a descriptor. */
function residentMemory(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}
