/**
 * Invocations on their way: a function's queue, whoever runs it (in this process or over the runtime API), asynchronous retries and the
 * on-failure queue. What was accepted asynchronously is on disk first and survives SIGKILL of everything.
 */
import { randomUUID } from 'node:crypto';
import type { Journal } from '../store/journal.ts';

export interface Invocation {
  readonly id: string;
  readonly name: string;
  readonly payload: string;
}

export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly type: string; readonly payload: string };

interface Pending extends Invocation {
  readonly settle: (outcome: Outcome) => void;
}

interface Accepted {
  readonly id: string;
  readonly name: string;
  readonly payload: string;
  readonly at: number;
  attempts: number;
}

export type InvocationRecord =
  | { readonly op: 'accept'; readonly event: Accepted }
  | { readonly op: 'tried'; readonly id: string }
  | { readonly op: 'settled'; readonly id: string };

export interface AsyncSettings {
  /** 0–2. */
  readonly retries: number;
  /** Seconds. */
  readonly maxAge: number;
  /** Tells the on-failure destination; resolves when it has it. */
  readonly failed: (event: Accepted, outcome: Outcome) => Promise<void>;
}

/** Seconds before the second and the third try. */
const BACKOFF = [60, 120];

export class Invocations {
  readonly #queued = new Map<string, Pending[]>();
  readonly #takers = new Map<string, ((pending: Pending) => void)[]>();
  readonly #running = new Map<string, Pending>();
  readonly #accepted = new Map<string, Accepted>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #settingsOf: (name: string) => AsyncSettings;
  readonly #scale: number;
  journal: Journal;

  /** `scale` multiplies the waits between retries; 1 is AWS's. */
  constructor(options: { journal: Journal; settingsOf: (name: string) => AsyncSettings; scale: number }) {
    this.journal = options.journal;
    this.#settingsOf = options.settingsOf;
    this.#scale = options.scale;
  }

  /** Waits for the answer. */
  invoke(name: string, payload: string): Promise<Outcome> {
    return new Promise((settle) => this.#enqueue({ id: randomUUID(), name, payload, settle }));
  }

  /** Accepted when this resolves: it will be tried up to three times, then told to the on-failure destination. */
  async accept(name: string, payload: string): Promise<string> {
    const event: Accepted = { id: randomUUID(), name, payload, at: Date.now(), attempts: 0 };
    await this.journal.append({ op: 'accept', event } satisfies InvocationRecord);
    this.#accepted.set(event.id, event);
    this.#attempt(event);
    return event.id;
  }

  /** The next invocation of a function, for whoever runs it. */
  take(name: string, signal: AbortSignal): Promise<Invocation | null> {
    const waiting = this.#queued.get(name)?.shift();
    if (waiting) return Promise.resolve(this.#start(waiting));
    return new Promise((resolve) => {
      const takers = this.#takers.get(name) ?? [];
      this.#takers.set(name, takers);
      const taker = (pending: Pending) => {
        signal.removeEventListener('abort', stop);
        resolve(this.#start(pending));
      };
      const stop = () => {
        takers.splice(takers.indexOf(taker), 1);
        resolve(null);
      };
      if (signal.aborted) return resolve(null);
      takers.push(taker);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** false for an invocation that is not under way (answered already, or given up). */
  settle(id: string, outcome: Outcome): boolean {
    const pending = this.#running.get(id);
    if (!pending) return false;
    this.#running.delete(id);
    pending.settle(outcome);
    return true;
  }

  apply(record: InvocationRecord): void {
    if (record.op === 'accept') this.#accepted.set(record.event.id, { ...record.event });
    else if (record.op === 'settled') this.#accepted.delete(record.id);
    else {
      const event = this.#accepted.get(record.id);
      if (event) event.attempts += 1;
    }
  }

  *snapshot(): Iterable<InvocationRecord> {
    for (const event of this.#accepted.values()) yield { op: 'accept', event };
  }

  /** Goes on with what a crash left behind. */
  resume(): void {
    for (const event of this.#accepted.values()) this.#attempt(event);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #enqueue(pending: Pending): void {
    const taker = this.#takers.get(pending.name)?.shift();
    if (taker) return taker(pending);
    const queue = this.#queued.get(pending.name) ?? [];
    queue.push(pending);
    this.#queued.set(pending.name, queue);
  }

  #start(pending: Pending): Invocation {
    this.#running.set(pending.id, pending);
    return pending;
  }

  #attempt(event: Accepted): void {
    const settle = (outcome: Outcome) => void this.#attempted(event, outcome);
    this.#enqueue({ id: randomUUID(), name: event.name, payload: event.payload, settle });
  }

  async #attempted(event: Accepted, outcome: Outcome): Promise<void> {
    if (outcome.ok) return this.#done(event);
    const { retries, maxAge, failed } = this.#settingsOf(event.name);
    event.attempts += 1;
    await this.journal.append({ op: 'tried', id: event.id } satisfies InvocationRecord);
    if (event.attempts > retries || Date.now() - event.at > maxAge * 1000) {
      await failed(event, outcome);
      return this.#done(event);
    }
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#attempt(event);
      },
      (BACKOFF[event.attempts - 1] ?? 120) * 1000 * this.#scale,
    );
    this.#timers.add(timer);
  }

  async #done(event: Accepted): Promise<void> {
    this.#accepted.delete(event.id);
    await this.journal.append({ op: 'settled', id: event.id } satisfies InvocationRecord);
  }
}
