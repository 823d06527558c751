/** How long the link waits for what, and the pauses between tries. Milliseconds; tests give shorter ones. */
import type { Random } from '../../core/ports.ts';

export interface LinkTiming {
  /** First and longest pause before the next connection. */
  readonly reconnect: readonly [first: number, longest: number];
  /** Without an answer to a hello for so long, the connection is given up. */
  readonly answer: number;
  /** Without an acknowledgement for so long, a batch is signed and sent again. */
  readonly ack: number;
  readonly ping: number;
  /** Pause before another hello after `busy` or an answer that was not believed. */
  readonly retry: readonly [first: number, longest: number];
  /** How often a minion that is not served asks again by itself; `again` comes sooner. */
  readonly unserved: number;
}

export const defaultTiming: LinkTiming = {
  reconnect: [500, 60_000],
  answer: 15_000,
  ack: 20_000,
  ping: 15_000,
  retry: [500, 30_000],
  unserved: 60_000,
};

/** Pauses that double up to the longest, each somewhere in the upper half, so that a thousand hosts do not come at once. */
export interface Backoff {
  next(): number;
  reset(): void;
}

export function createBackoff([first, longest]: readonly [number, number], random: Random): Backoff {
  let pause = first;
  return {
    next: () => {
      const full = pause;
      pause = Math.min(longest, pause * 2);
      return full / 2 + (full / 2) * fraction(random);
    },
    reset: () => {
      pause = first;
    },
  };
}

export function fraction(random: Random): number {
  const [a = 0, b = 0] = random.bytes(2);
  return (a * 256 + b) / 65_536;
}

/** Resolves after this long, or when the signal aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
