/**
 * The agent's one log: events to send and, for each job, `accepted`, `started`, `done`. Step 2, and steps 13 and 14. It remembers a jid for longer
 * than its job can still arrive, so a repetition never runs twice. Events stand in the file alone; memory knows their places.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BrineError } from '../../core/errors.ts';
import { type Emitted, encodeBody, parseBody } from '../../core/event.ts';
import type { Clock } from '../../core/ports.ts';
import type { Outbox } from '../ports.ts';
import { AsideFile } from './aside-file.ts';
import { LogFile } from './file.ts';
import { decodeRecord, decodeRecords, encodeRecord, type Placed, type Record } from './records.ts';
import { type Place, Waiting } from './waiting.ts';

const DAY = 86_400_000;
/** How long a jid is known after its job expired. */
const REMEMBER = 8 * DAY;
/** Events older than this are set aside: the platform would not take them. */
const TOO_OLD = 13 * DAY;
/** Bytes of dead records after which the log is written anew, once they are more than what counts. */
const REWRITE = 4 * 1024 * 1024;
/** Events that are set aside in one go. */
const ASIDE = 500;
/** Bytes of dead records after which it is written anew when the disk is full. */
const REWRITE_FULL = 64 * 1024;

export interface OpenJob {
  readonly jid: string;
  readonly message: string;
  readonly expires: number;
  readonly started: boolean;
}

/** What dispatch asks of the log; a test wraps it to kill the agent between two calls. */
export interface JobLog {
  known(jid: string): boolean;
  accept(job: { readonly jid: string; readonly message: string; readonly expires: number }): Promise<void>;
  start(jid: string): Promise<void>;
  /** The return as an event; resolves when it cannot be lost. */
  done(jid: string, outcome: string, event: Emitted): Promise<void>;
  /** Jobs that a crash left open, oldest first. */
  open(): readonly OpenJob[];
}

export interface EventLog {
  /** Resolves to its number; throws `log.full` when the disk is. */
  append(event: Emitted): Promise<number>;
}

export class AgentLog implements Outbox, JobLog, EventLog {
  readonly #clock: Clock;
  readonly #file: LogFile;
  readonly #waiting = new Waiting();
  readonly #jobs = new Map<string, OpenJob>();
  readonly #known = new Map<string, number>();
  /** Jids on their way into the log: not known before they are there, and not to be taken a second time meanwhile. */
  readonly #taking = new Set<string>();
  readonly #waiters = new Set<() => void>();
  /** Bytes of the file that no longer count, about. */
  #dead = 0;
  #next = 1;
  #closed = false;
  /** Bytes in the middle of the file that belonged to no record when it was read; 0 unless the disk is bad. */
  readonly damaged: number;
  /** Events that the platform would never take. */
  readonly aside: AsideFile;
  /** Told how many events were set aside, and how many older ones went for them. */
  onAside: (told: { readonly code: string; readonly count: number; readonly dropped: number }) => void = () => {};

  /** Reads what an earlier agent left. Throws `log.full` when nothing can be written at all. */
  constructor(dir: string, clock: Clock) {
    this.#clock = clock;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.aside = new AsideFile(join(dir, '..', 'dead.jsonl'));
    this.#file = new LogFile(dir, {
      due: (full) => this.#dead > (full ? REWRITE_FULL : Math.max(REWRITE, this.#file.size - this.#dead)),
      run: () => this.#compact(),
    });
    const { records, good, damaged } = decodeRecords(this.#file.load());
    this.damaged = damaged;
    for (const placed of records) this.#apply(placed);
    this.#file.open(good);
    this.#compact(); // on a full disk it goes on with the old file
  }

  #apply({ record, at, length }: Placed): void {
    switch (record.t) {
      case 'event':
        this.#hold({ seq: record.seq, stamp: record.stamp, at, length });
        break;
      case 'accepted':
        this.#jobs.set(record.jid, { jid: record.jid, message: record.message, expires: record.expires, started: false });
        this.#known.set(record.jid, record.expires + REMEMBER);
        break;
      case 'started': {
        const job = this.#jobs.get(record.jid);
        if (job) this.#jobs.set(record.jid, { ...job, started: true });
        break;
      }
      case 'done':
        this.#jobs.delete(record.jid);
        this.#hold({ seq: record.seq, stamp: record.stamp, at, length });
        break;
      case 'acked':
        this.#waiting.dropUpTo(record.upTo);
        this.#next = Math.max(this.#next, record.upTo + 1);
        break;
      case 'aside':
        this.#waiting.take(record.seq);
        break;
      case 'known':
        this.#known.set(record.jid, record.until);
        break;
      case 'next':
        this.#next = Math.max(this.#next, record.seq);
    }
  }

  #hold(place: Place): void {
    this.#waiting.add(place);
    this.#next = Math.max(this.#next, place.seq + 1);
  }

  /** Writes what still counts into a new file; false when that failed and the old one stays. */
  #compact(): boolean {
    const moved: Place[] = [];
    try {
      this.#file.replace(() => this.#counting(moved));
    } catch {
      return false;
    }
    let i = 0;
    for (const place of this.#waiting) Object.assign(place, moved[i++]);
    this.#dead = 0;
    return true;
  }

  /** The frames of a new log; where it puts the events is told in `moved`. */
  *#counting(moved: Place[]): Iterable<Buffer> {
    const now = this.#clock.now();
    moved.length = 0;
    let at = 0;
    const frame = (record: Record) => {
      const bytes = encodeRecord(record);
      at += bytes.length;
      return bytes;
    };
    yield frame({ t: 'next', seq: this.#next });
    for (const [jid, until] of this.#known) {
      if (until < now) this.#known.delete(jid);
      else yield frame({ t: 'known', jid, until });
    }
    for (const { started, ...job } of this.#jobs.values()) {
      yield frame({ t: 'accepted', ...job });
      if (started) yield frame({ t: 'started', jid: job.jid });
    }
    for (const { seq, stamp, ...place } of this.#waiting) {
      const body = this.#bodyAt(place);
      const from = at;
      // One that cannot be read any more keeps its place, and is set aside when its turn comes.
      const bytes = frame({ t: 'event', seq, stamp, body: body ?? '' });
      moved.push({ seq, stamp, at: from, length: bytes.length });
      yield bytes;
    }
  }

  #bodyAt({ at, length }: Pick<Place, 'at' | 'length'>): string | null {
    const found = decodeRecord(this.#file.read(at, length));
    return found && 'body' in found.record ? found.record.body : null;
  }

  #write(records: readonly Record[], needed = false): Promise<number> {
    if (this.#closed) return Promise.reject(new BrineError({ code: 'log.closed', text: 'the log is closed' }));
    return this.#file.append(Buffer.concat(records.map(encodeRecord)), needed);
  }

  /** For what may be lost: it only saves work at the next start. */
  async #note(...records: readonly Record[]): Promise<void> {
    try {
      await this.#write(records, true);
      this.#dead += 64 * records.length;
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
    }
  }

  // Events

  async append(event: Emitted): Promise<number> {
    const record: Record = { t: 'event', seq: this.#next++, stamp: event.stamp, body: encodeBody([event]) };
    await this.#keep(record, false);
    return record.seq;
  }

  async #keep(record: Extract<Record, { readonly seq: number; readonly stamp: number }>, needed: boolean): Promise<void> {
    if (this.#closed) throw new BrineError({ code: 'log.closed', text: 'the log is closed' });
    const frame = encodeRecord(record);
    const at = await this.#file.append(frame, needed);
    this.#waiting.add({ seq: record.seq, stamp: record.stamp, at, length: frame.length });
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  peek({ events: most, bytes }: { readonly events: number; readonly bytes: number }): { seq: number; events: Emitted[] } | null {
    let first: number | undefined;
    const events: Emitted[] = [];
    let size = 20;
    for (const place of this.#waiting) {
      first ??= place.seq;
      if (place.seq !== first + events.length || events.length >= most) break; // numbers of one batch follow each other
      const body = this.#bodyAt(place);
      size += body?.length ?? 0;
      if (events.length > 0 && size > bytes) break;
      const event = read(body);
      if (!event) {
        if (events.length === 0) this.#passOver(place);
        break;
      }
      events.push(event);
    }
    return first === undefined || events.length === 0 ? null : { seq: first, events };
  }

  /** Nothing of it is left to be kept, so it does not stand in the way of others, whatever the disk says. */
  #passOver({ seq, length }: Place): void {
    void this.#setAside([seq], 'input.schema').catch(() => {});
    if (this.#waiting.take(seq)) this.#dead += length;
  }

  async acknowledge(upTo: number): Promise<void> {
    const freed = this.#waiting.dropUpTo(upTo);
    if (freed === 0) return;
    this.#dead += freed;
    await this.#note({ t: 'acked', upTo });
    this.#file.keepRoom();
  }

  async setAside(seq: number, code: string): Promise<void> {
    await this.#setAside([seq], code);
  }

  /** First in the one file, then out of the other: a kill in between leaves an event in both, a full disk in the log alone. */
  async #setAside(seqs: readonly number[], code: string): Promise<void> {
    const places = seqs.flatMap((seq) => this.#waiting.find(seq) ?? []);
    if (places.length === 0) return;
    const at = this.#clock.now();
    const lines = places.map((place) => JSON.stringify({ seq: place.seq, code, at, event: this.#bodyAt(place) }));
    const dropped = this.#addAside(lines);
    for (const { seq, length } of places) {
      this.#waiting.take(seq);
      this.#dead += length;
    }
    this.onAside({ code, count: places.length, dropped });
    await this.#note(...places.map(({ seq }) => ({ t: 'aside' as const, seq, code })));
  }

  #addAside(lines: readonly string[]): number {
    try {
      return this.aside.add(lines);
    } catch {
      this.#file.giveRoom();
      return this.aside.add(lines);
    }
  }

  waiting(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.#waiters.delete(wake);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  /** Sets events aside that the platform would refuse as too old. */
  async dropOld(): Promise<void> {
    const limit = this.#clock.now() - TOO_OLD;
    const old = [...this.#waiting].filter((place) => place.stamp < limit);
    for (let i = 0; i < old.length; i += ASIDE)
      await this.#setAside(
        old.slice(i, i + ASIDE).map(({ seq }) => seq),
        'trust.old',
      );
  }

  get depth(): number {
    return this.#waiting.size;
  }

  // Jobs

  known(jid: string): boolean {
    return this.#known.has(jid) || this.#taking.has(jid);
  }

  async accept(job: { readonly jid: string; readonly message: string; readonly expires: number }): Promise<void> {
    this.#taking.add(job.jid);
    try {
      await this.#write([{ t: 'accepted', ...job }]);
      this.#known.set(job.jid, job.expires + REMEMBER);
      this.#jobs.set(job.jid, { ...job, started: false });
    } finally {
      this.#taking.delete(job.jid);
    }
  }

  async start(jid: string): Promise<void> {
    await this.#write([{ t: 'started', jid }], true);
    const job = this.#jobs.get(jid);
    if (job) this.#jobs.set(jid, { ...job, started: true });
  }

  async done(jid: string, outcome: string, event: Emitted): Promise<void> {
    const message = this.#jobs.get(jid)?.message.length ?? 0;
    await this.#keep({ t: 'done', jid, outcome, seq: this.#next++, stamp: event.stamp, body: encodeBody([event]) }, true);
    this.#jobs.delete(jid);
    this.#dead += message;
  }

  open(): readonly OpenJob[] {
    return [...this.#jobs.values()];
  }

  /** Everything that was appended is on disk when this resolves. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
    for (const wake of [...this.#waiters]) wake();
  }
}

function read(body: string | null): Emitted | null {
  try {
    return body === null ? null : (parseBody(body)[0] ?? null);
  } catch (error) {
    if (error instanceof BrineError) return null;
    throw error;
  }
}
