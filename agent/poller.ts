/** Step 12: the long poll. SQS is the truth; the bell over the link only says "now". A failure means wait and go on. */
import type { Dispatch } from './dispatch.ts';
import type { JobQueue } from './ports.ts';

export interface PollerOptions {
  readonly dispatch: Dispatch;
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Polls at a time: while one is answered the next already waits. */
  readonly polls?: number;
}

export interface Poller {
  /** Polls with these from now on. */
  use(queue: JobQueue): void;
  close(): Promise<void>;
}

export function createPoller({ dispatch, report, polls = 1 }: PollerOptions): Poller {
  let queue: JobQueue | null = null;
  let renewed = new AbortController();
  const stop = new AbortController();
  const wake = new Set<() => void>();
  const loops = Array.from({ length: polls }, () => poll());

  async function poll(): Promise<void> {
    let wait = 100;
    while (!stop.signal.aborted) {
      const using = queue;
      if (!using) {
        await new Promise<void>((resolve) => wake.add(resolve));
        continue;
      }
      try {
        const messages = await using.receive(AbortSignal.any([stop.signal, renewed.signal]));
        wait = 100;
        for (const message of messages) {
          await dispatch.take(message, using).catch((error: unknown) => report('not_taken', { error: String(error) }));
        }
      } catch (error) {
        if (stop.signal.aborted || renewed.signal.aborted) continue;
        report('poll_failed', { error: String(error) });
        await pause(wait, stop.signal);
        wait = Math.min(wait * 2, 30_000);
      }
    }
  }

  return {
    use(next) {
      queue = next;
      renewed.abort();
      renewed = new AbortController();
      for (const go of wake) go();
      wake.clear();
    },
    async close() {
      stop.abort();
      for (const go of wake) go();
      await Promise.all(loops);
    },
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
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
