/** One connection to one relay, from its hello to its end. Nothing that the relay says does more than end this connection. Trust section 4. */
import type { Boot, Incarnation, MinionId, Stack } from '../../core/ids.ts';
import type { Random } from '../../core/ports.ts';
import { createCurveKeys } from '../../trust/curve.ts';
import { makeFetch } from '../../trust/fetch.ts';
import { type MadeHello, makeHello } from '../../trust/hello.ts';
import type { RelayAddress } from '../../trust/join.ts';
import type { Identity } from '../../trust/keys.ts';
import type { PlatformTime } from '../../trust/platform-time.ts';
import { type Answer, verifyState } from '../../trust/state.ts';
import { type Down, encodeUp, parseDown, type StateParts, TOPIC_BYTES, type Up } from '../../wire/frames.ts';
import { connectMinion } from '../../wire/socket.ts';
import type { Outbox } from '../ports.ts';
import type { Fetches } from './fetches.ts';
import { createSender } from './sender.ts';
import { createBackoff, type LinkTiming } from './timing.ts';

export interface SessionOptions {
  readonly stack: Stack;
  readonly relay: RelayAddress;
  /** Pinned roots `enroll`; asked at each answer, since a job may add one. */
  roots(): readonly string[];
  readonly identity: Identity;
  readonly id: MinionId;
  readonly incarnation: Incarnation;
  readonly boot: Boot;
  /** The identity of the join token's seed. */
  readonly token?: Identity | undefined;
  readonly outbox: Outbox;
  grains(): string;
  /** Called with what sends a hello now; gives what takes it back. */
  readonly renewable?: (renew: () => void) => () => void;
  readonly fetches?: Fetches;
  readonly time: PlatformTime;
  /** The host's own clock, for the way of an answer. */
  hostNow(): number;
  /** The latest `now` of any answer, for `trust.backwards`. */
  seen(): number;
  readonly random: Random;
  readonly timing: LinkTiming;
  /** An answer that was believed. */
  onAnswer(answer: Answer): void;
  onBell(): void;
  /** With each pong: whether that relay hears its bells. False when a ping was not answered. */
  onHearing(yes: boolean): void;
  onRefusal(code: string): void;
}

/** Runs until the connection is lost, given up, or the signal aborts; resolves to why. */
export function runSession(options: SessionOptions, signal: AbortSignal): Promise<string> {
  const { stack, relay, identity, id, incarnation, boot, token, outbox, time, hostNow, random, timing } = options;
  const topic = random.bytes(TOPIC_BYTES);
  const retry = createBackoff(timing.retry, random);
  const timers = new Map<string, NodeJS.Timeout>();
  const ending = new AbortController();
  const over = AbortSignal.any([signal, ending.signal]);
  let asked: (MadeHello & { readonly sent: number; readonly grains: string }) | undefined;
  /** The grains that the platform has from this session: they are sent again when they changed, and only then. */
  let held: string | undefined;
  let sending: AbortController | undefined;
  let pings = 0;

  return new Promise((resolve) => {
    const end = (reason: string) => {
      if (ending.signal.aborted) return;
      ending.abort();
      sending?.abort();
      for (const timer of timers.values()) clearTimeout(timer);
      signal.removeEventListener('abort', closed);
      sockets.close();
      resolve(reason);
    };
    const closed = () => end('closed');
    const later = (name: string, milliseconds: number, act: () => void) => {
      clearTimeout(timers.get(name));
      if (!over.aborted) timers.set(name, setTimeout(act, Math.min(milliseconds, 2 ** 31 - 1)));
    };
    const sockets = connectMinion({
      ...relay,
      relayKey: relay.key,
      keys: createCurveKeys(),
      topic,
      onDown: (frames) => {
        const read = parseDown(frames);
        if (!('dropped' in read) && !over.aborted) received(read.message);
      },
      onLost: end,
    });
    const send = (up: Up) => sockets.send(encodeUp(topic, up));
    signal.addEventListener('abort', closed, { once: true });

    const sender = createSender({
      stack,
      identity,
      id,
      incarnation,
      outbox,
      now: time.now,
      ackTimeout: timing.ack,
      backoff: createBackoff(timing.retry, random),
      send: async (batch) => void (await send({ kind: 'batch', batch })),
      helloNeeded: (code) => {
        options.onRefusal(code);
        later('hello', retry.next(), hello);
      },
    });

    const hello = () => {
      const grains = options.grains();
      const made = makeHello({
        stack,
        relay: relay.key,
        topic,
        id,
        identity,
        incarnation,
        boot,
        at: time.now(),
        grains: grains === held ? null : grains,
        token,
      });
      asked = { ...made, sent: hostNow(), grains };
      later('answer', timing.answer, () => end('unanswered'));
      void send({ kind: 'hello', hello: made.frames });
    };

    const answered = (state: StateParts) => {
      if (!asked) return;
      const { frames, ephemeral, sent, grains } = asked;
      const check = { stack, roots: options.roots(), hello: { text: frames.text, ephemeral }, seen: options.seen() };
      const found = verifyState(state, check);
      if (!found.ok) {
        options.onRefusal(found.code);
        return later('hello', retry.next(), hello);
      }
      clearTimeout(timers.get('answer'));
      asked = undefined;
      const { answer } = found;
      held = answer.state === 'accepted' ? grains : undefined;
      time.learn({ now: answer.now, sent, received: hostNow() });
      options.onAnswer(answer);
      retry.reset();
      if (answer.state === 'accepted') start();
      else sending = stop(sending);
      // `clock`: the answer taught the time, so the next hello has it right.
      if (answer.state === 'clock') return later('hello', retry.next(), hello);
      const renew = answer.state === 'accepted' && answer.renew !== undefined ? answer.renew - time.now() : timing.unserved;
      later('hello', Math.max(1000, renew * (0.9 + (0.1 * (random.bytes(1)[0] ?? 0)) / 256)), hello);
    };

    const start = () => {
      if (sending) return;
      sending = new AbortController();
      const unserved = AbortSignal.any([over, sending.signal]);
      const detach = options.fetches?.attach((sha256, offset) => {
        void send({ kind: 'fetch', fetch: makeFetch({ stack, identity, id, at: time.now(), sha256, offset }) });
      });
      unserved.addEventListener('abort', () => detach?.(), { once: true });
      // A log that fails is not the link's to mend: the connection ends, and the agent hears why from its log.
      sender.run(unserved).catch((error: unknown) => {
        options.onRefusal(error instanceof Error ? error.name : 'unknown');
        end('outbox');
      });
    };

    const received = (message: Down) => {
      switch (message.kind) {
        case 'state':
          return answered(message.state);
        case 'ack':
          return sender.acknowledged(message);
        case 'piece':
          return options.fetches?.received(message.piece);
        case 'bell':
          return options.onBell();
        case 'pong':
          pings = 0;
          return options.onHearing(message.hears);
        case 'again':
          if (message.code) options.onRefusal(message.code);
          return again(message.code);
      }
    };

    /** A hint: believed only as far as another hello, and never more often than the pauses allow. */
    const again = (code: string) => {
      const wait = retry.next();
      later('hello', code ? wait : Math.min(wait, timing.retry[0]), hello);
      later('answer', Math.max(timing.answer, wait * 2), () => end('unanswered'));
    };

    const ping = () => {
      if (pings >= 2) return end('silent');
      if (pings > 0) options.onHearing(false);
      pings += 1;
      void send({ kind: 'ping', n: String(pings) });
      later('ping', timing.ping, ping);
    };

    const forget = options.renewable?.(() => later('hello', 0, hello));
    over.addEventListener('abort', () => forget?.(), { once: true });
    hello();
    later('ping', timing.ping, ping);
  });
}

function stop(sending: AbortController | undefined): undefined {
  sending?.abort();
  return undefined;
}
