/**
 * Step 12: the poll. SQS is the truth; a bell over the link only says "now". While a relay that can ring is there and nothing happens, polls are
 * minutes apart (the backstop); after a message, without a relay, or when a bell was missed they follow each other. A failure means wait and go on.
 */

import type { ReceivedMessage } from '../core/ports.ts';
import { BACKSTOP, LINGER, LONG_POLL } from '../core/waiting-cost.ts';
import type { Dispatch } from './dispatch.ts';
import type { JobQueue } from './ports.ts';

/** Milliseconds. */
export interface PollTiming {
  /** Between two polls of a host that nobody rings for. */
  readonly backstop: number;
  /** For how long polls follow each other after a message. */
  readonly linger: number;
  /** For how long they do after a message that no bell announced. */
  readonly distrust: number;
}

export const defaultPollTiming: PollTiming = { backstop: BACKSTOP * 1000, linger: LINGER * 1000, distrust: 3_600_000 };

export interface PollerOptions {
  readonly dispatch: Dispatch;
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** In [0, 1). */
  readonly chance: () => number;
  readonly timing?: Partial<PollTiming>;
}

export interface Poller {
  /** Polls with these credentials from now on. */
  use(queue: JobQueue): void;
  /** Whether there is a relay that hears bells and answers. */
  reachable(yes: boolean): void;
  /** A job may be waiting: poll now. */
  bell(): void;
  close(): Promise<void>;
}

/** A receive that takes longer than SQS lets it has lost its connection. */
const GIVE_UP = (LONG_POLL + 15) * 1000;
/** For how long polls follow each other after a message that could not be taken: SQS shows it again after 30 seconds. */
const UNTAKEN = 60_000;
/** What was received sooner than this had been waiting before it was asked for. */
const AT_ONCE = 1000;

export function createPoller({ dispatch, report, chance, ...options }: PollerOptions): Poller {
  const timing = { ...defaultPollTiming, ...options.timing };
  let queue: JobQueue | null = null;
  let hears = false;
  /** Set by a bell, taken back when the poll that answers it begins: one that comes while a poll is under way counts for the next. */
  let rung = false;
  let busyUntil = 0;
  let plainUntil = 0;
  let failing = false;
  let closed = false;
  let wake = () => {};
  let retry = () => {};
  let asking: AbortController | undefined;
  const now = () => performance.now();
  const resting = () => !closed && hears && !rung && !failing && now() >= Math.max(busyUntil, plainUntil);

  /** Resolves when it is time to poll; true when nothing but the backstop said so. */
  const rest = async (since: number): Promise<boolean> => {
    // A fleet that was started together does not poll together.
    const until = since + timing.backstop * (0.9 + 0.2 * chance());
    if (resting()) report('waits_for_bell', { backstop: timing.backstop });
    while (resting()) {
      if (now() >= until) return true;
      await sleep(until - now(), (stop) => {
        wake = stop;
      });
    }
    return false;
  };

  const receive = async (from: JobQueue) => {
    const ask = new AbortController();
    asking = ask;
    const timer = setTimeout(() => ask.abort(), GIVE_UP);
    try {
      return await from.receive(ask.signal);
    } finally {
      clearTimeout(timer);
      asking = undefined;
    }
  };

  const poll = async (): Promise<void> => {
    let wait = 100;
    let began = now();
    let failure = '';
    // A bell does not shorten it: whoever rings could else make this host ask without a pause.
    const slower = async () => {
      failing = true;
      await sleep(wait, (stop) => {
        retry = stop;
      });
      wait = Math.min(wait * 2, 30_000);
    };
    while (!queue && !closed) await new Promise<void>((resolve) => (wake = resolve));
    while (!closed) {
      const unasked = await rest(began);
      const using = queue;
      if (closed || !using) continue;
      rung = false;
      began = now();
      try {
        const messages = await receive(using);
        // One that cannot be taken (a full disk) stays in SQS; it is asked for again before anybody rings.
        if (!(await takeAll(messages, using))) {
          await slower();
          busyUntil = now() + UNTAKEN;
          continue;
        }
        wait = 100;
        failing = false;
        failure = '';
        if (messages.length === 0) continue;
        if (unasked && now() - began < AT_ONCE && messages.some(({ count }) => count === 1)) missed();
        busyUntil = now() + timing.linger;
      } catch (error) {
        if (closed) return;
        // A queue that is gone with its key fails at every poll: told once.
        if (String(error) !== failure) report('poll_failed', { error: String(error) });
        failure = String(error);
        await slower();
      }
    }
  };

  const takeAll = async (messages: readonly ReceivedMessage[], from: JobQueue): Promise<boolean> => {
    let all = true;
    for (const message of messages) {
      if (closed) break; // what is left becomes visible again
      await dispatch.take(message, from).catch((error: unknown) => {
        all = false;
        report('not_taken', { error: String(error) });
      });
    }
    return all;
  };

  const missed = () => {
    if (rung) return;
    report('bell_missed', { plain_for: timing.distrust });
    plainUntil = now() + timing.distrust;
  };

  const running = poll();
  return {
    use: (next) => {
      queue = next;
      wake();
      retry();
    },
    reachable: (yes) => {
      if (yes && !hears) busyUntil = Math.max(busyUntil, now() + timing.linger);
      hears = yes;
      wake();
    },
    bell: () => {
      rung = true;
      plainUntil = 0;
      wake();
    },
    close: async () => {
      closed = true;
      wake();
      retry();
      asking?.abort();
      await running;
    },
  };
}

function sleep(milliseconds: number, started: (stop: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    started(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
