/**
 * Invocations on their way: a function's queue, whoever runs it (in this process or over the runtime API), its time limit and reserved concurrency,
 * asynchronous retries and the on-failure queue. What was accepted asynchronously is on disk first and survives SIGKILL of everything.
 */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { Journal } from '../store/journal.ts';
import { Owed, type OwedRecord } from '../store/owed.ts';

export interface Invocation {
  readonly id: string;
  readonly name: string;
  readonly payload: string;
  /** Milliseconds UTC at which it has failed if nobody answered. */
  readonly deadline: number;
}

export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly type: string; readonly payload: string };

interface Pending {
  readonly id: string;
  readonly name: string;
  readonly payload: string;
  readonly settle: (outcome: Outcome) => void;
  timer?: NodeJS.Timeout;
}

interface Accepted {
  readonly id: string;
  readonly name: string;
  readonly payload: string;
  readonly at: number;
  attempts: number;
}

export type InvocationRecord = OwedRecord<Accepted>;

/** Of a function. */
export interface RunSettings {
  /** Seconds. */
  readonly timeout: number;
  /** Invocations at a time; null: no limit of its own. */
  readonly reserved: number | null;
  /** 0–2. */
  readonly retries: number;
  /** Seconds. */
  readonly maxAge: number;
  /** Tells the on-failure destination; resolves when it has it. */
  readonly failed: (event: Accepted, outcome: Outcome, condition: 'RetriesExhausted' | 'EventAgeExceeded') => Promise<void>;
}

/** Milliseconds for which somebody waits for an answer while nobody takes the invocation: of a function with a host, which may be starting anew, and of one without. */
const PATIENCE = { served: 60_000, never: 3_000 } as const;

/** Seconds before the second and the third try. */
const BACKOFF = [60, 120];

/** One function: what waits, who waits for something, and how many run. */
class Line {
  readonly queued: Pending[] = [];
  readonly takers: ((pending: Pending) => void)[] = [];
  running = 0;
  /** Somebody has asked for its invocations. */
  served = false;
}

export class Invocations {
  readonly #lines = new Map<string, Line>();
  readonly #running = new Map<string, Pending>();
  readonly #owed = new Owed<Accepted>((record) => this.journal.append(record));
  readonly #settingsOf: (name: string) => RunSettings;
  readonly #scale: number;
  journal: Journal;

  /** `scale` multiplies the waits between retries; 1 is AWS's. */
  constructor(options: { journal: Journal; settingsOf: (name: string) => RunSettings; scale: number }) {
    this.journal = options.journal;
    this.#settingsOf = options.settingsOf;
    this.#scale = options.scale;
  }

  /** Waits for the answer. Refused, as AWS refuses it, when the reserved concurrency is taken. */
  invoke(name: string, payload: string): Promise<Outcome> {
    const { reserved } = this.#settingsOf(name);
    const line = this.#lineOf(name);
    if (reserved !== null && line.running + line.queued.length >= reserved) {
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 });
    }
    return new Promise((resolve) => {
      const pending: Pending = { id: randomUUID(), name, payload, settle: resolve };
      this.#enqueue(pending);
      if (!line.queued.includes(pending)) return;
      pending.timer = setTimeout(() => this.#giveUp(pending), line.served ? PATIENCE.served : PATIENCE.never);
      pending.timer.unref();
    });
  }

  /** Waits for a place and for the answer: an event source's way. */
  run(name: string, payload: string): Promise<Outcome> {
    return new Promise((settle) => this.#enqueue({ id: randomUUID(), name, payload, settle }));
  }

  /** Accepted when this resolves: it will be tried up to three times, then told to the on-failure destination. */
  async accept(name: string, payload: string): Promise<string> {
    const event: Accepted = { id: randomUUID(), name, payload, at: Date.now(), attempts: 0 };
    await this.#owed.add(event);
    this.#attempt(event);
    return event.id;
  }

  /** The next invocation of a function, for whoever runs it. */
  take(name: string, signal: AbortSignal): Promise<Invocation | null> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(null);
      const { takers } = this.#lineOf(name);
      const taker = (pending: Pending) => {
        signal.removeEventListener('abort', stop);
        resolve(this.#start(pending));
      };
      const stop = () => {
        takers.splice(takers.indexOf(taker), 1);
        resolve(null);
      };
      takers.push(taker);
      this.#lineOf(name).served = true;
      signal.addEventListener('abort', stop, { once: true });
      this.#hand(name);
    });
  }

  /** false for an invocation that is not under way (answered already, too late, or given up). */
  settle(id: string, outcome: Outcome): boolean {
    const pending = this.#running.get(id);
    if (!pending) return false;
    this.#running.delete(id);
    clearTimeout(pending.timer);
    this.#lineOf(pending.name).running -= 1;
    pending.settle(outcome);
    this.#hand(pending.name);
    return true;
  }

  apply(record: InvocationRecord): void {
    this.#owed.apply(record);
  }

  snapshot(): Iterable<InvocationRecord> {
    return this.#owed.snapshot();
  }

  /** Goes on with what a crash left behind. */
  resume(): void {
    for (const event of this.#owed.left()) this.#attempt(event);
  }

  close(): void {
    this.#owed.close();
    for (const { timer } of this.#running.values()) clearTimeout(timer);
  }

  #lineOf(name: string): Line {
    const line = this.#lines.get(name) ?? new Line();
    this.#lines.set(name, line);
    return line;
  }

  #enqueue(pending: Pending): void {
    this.#lineOf(pending.name).queued.push(pending);
    this.#hand(pending.name);
  }

  /** To who waits, as long as there is something, somebody and a place. */
  #hand(name: string): void {
    const line = this.#lineOf(name);
    const { reserved } = this.#settingsOf(name);
    while (line.queued.length > 0 && line.takers.length > 0 && (reserved === null || line.running < reserved)) {
      line.running += 1;
      const [pending, taker] = [line.queued.shift() as Pending, line.takers.shift() as (pending: Pending) => void];
      taker(pending);
    }
  }

  #start(pending: Pending): Invocation {
    const { timeout } = this.#settingsOf(pending.name);
    clearTimeout(pending.timer);
    this.#running.set(pending.id, pending);
    const errorMessage = `RequestId: ${pending.id} Error: Task timed out after ${timeout.toFixed(2)} seconds`;
    const payload = JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage });
    pending.timer = setTimeout(() => this.settle(pending.id, { ok: false, type: 'Unhandled', payload }), timeout * 1000);
    return { id: pending.id, name: pending.name, payload: pending.payload, deadline: Date.now() + timeout * 1000 };
  }

  /** Nobody runs it: as a function whose runtime does not start. */
  #giveUp(pending: Pending): void {
    const { queued } = this.#lineOf(pending.name);
    if (!queued.includes(pending)) return;
    queued.splice(queued.indexOf(pending), 1);
    const errorMessage = `RequestId: ${pending.id} Error: nobody runs ${pending.name} here; the embedded AWS has the code of Brine's own functions alone`;
    const payload = JSON.stringify({ errorType: 'Runtime.Unavailable', errorMessage });
    pending.settle({ ok: false, type: 'Unhandled', payload });
  }

  #attempt(event: Accepted): void {
    const settle = (outcome: Outcome) => this.#owed.now(() => this.#attempted(event, outcome));
    this.#enqueue({ id: randomUUID(), name: event.name, payload: event.payload, settle });
  }

  async #attempted(event: Accepted, outcome: Outcome): Promise<void> {
    if (outcome.ok) return this.#owed.settle(event);
    const { retries, maxAge, failed } = this.#settingsOf(event.name);
    await this.#owed.count(event);
    const old = Date.now() - event.at > maxAge * 1000;
    if (event.attempts > retries || old) {
      // A destination that is gone, or that the function's role may not write to, loses the event, as on AWS.
      await failed(event, outcome, event.attempts > retries ? 'RetriesExhausted' : 'EventAgeExceeded').catch(() => {});
      return this.#owed.settle(event);
    }
    const pause = (BACKOFF[event.attempts - 1] ?? 120) * 1000 * this.#scale;
    this.#owed.later(async () => this.#attempt(event), pause);
  }
}
