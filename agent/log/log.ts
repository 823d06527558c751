/**
 * The agent's one log: events to send and, for each job, `accepted`, `started`, `done`. Step 2, and steps 13 and 14. Appends that come together
 * share one fdatasync. It remembers a jid for longer than its job can still arrive, so a repetition never runs twice.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { BrineError } from '../../core/errors.ts';
import { type Emitted, encodeBody, parseBody } from '../../core/event.ts';
import type { Clock } from '../../core/ports.ts';
import type { Outbox } from '../ports.ts';
import { decodeRecords, encodeRecord, type Record } from './records.ts';

const DAY = 86_400_000;
/** How long a jid is known after its job expired. */
const REMEMBER = 8 * DAY;
/** Events older than this are set aside: the platform would not take them. */
const TOO_OLD = 13 * DAY;
/** Bytes of dead records after which the log is written anew. */
const REWRITE = 4 * 1024 * 1024;
/** Room kept back so that returns can still be written when the disk is full. */
const RESERVE = 1024 * 1024;

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
  readonly #dir: string;
  readonly #clock: Clock;
  readonly #events = new Map<number, Emitted>();
  readonly #jobs = new Map<string, OpenJob>();
  readonly #known = new Map<string, number>();
  readonly #waiters = new Set<() => void>();
  #file: number;
  #size = 0;
  #live = 0;
  #next = 1;
  #queue: {
    readonly frames: readonly Buffer[];
    readonly done: () => void;
    readonly fail: (error: unknown) => void;
    readonly needed: boolean;
  }[] = [];
  #flushing = false;
  #closed = false;

  constructor(dir: string, clock: Clock) {
    this.#dir = dir;
    this.#clock = clock;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#read();
    this.#file = this.#rewrite();
  }

  get #path(): string {
    return join(this.#dir, 'log');
  }

  #read(): void {
    if (!existsSync(this.#path)) return;
    const bytes = readFileSync(this.#path);
    const { records, good } = decodeRecords(bytes);
    if (good < bytes.length) {
      const file = openSync(this.#path, 'r+');
      ftruncateSync(file, good);
      closeSync(file);
    }
    for (const record of records) this.#apply(record);
  }

  #apply(record: Record): void {
    switch (record.t) {
      case 'event':
        this.#hold(record.seq, record.body);
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
        this.#hold(record.seq, record.body);
        break;
      case 'acked':
        for (const seq of this.#events.keys()) if (seq <= record.upTo) this.#events.delete(seq);
        this.#next = Math.max(this.#next, record.upTo + 1);
        break;
      case 'aside':
        this.#events.delete(record.seq);
        break;
      case 'known':
        this.#known.set(record.jid, record.until);
        break;
      case 'next':
        this.#next = Math.max(this.#next, record.seq);
    }
  }

  #hold(seq: number, body: string): void {
    const [event] = parseBody(body);
    if (event) this.#events.set(seq, event);
    this.#next = Math.max(this.#next, seq + 1);
  }

  /** Writes what still counts into a new file and puts it in the old one's place. */
  #rewrite(): number {
    const now = this.#clock.now();
    const records: Record[] = [{ t: 'next', seq: this.#next }];
    for (const [jid, until] of this.#known) {
      if (until < now) this.#known.delete(jid);
      else records.push({ t: 'known', jid, until, outcome: '' });
    }
    for (const job of this.#jobs.values()) {
      records.push({ t: 'accepted', jid: job.jid, message: job.message, expires: job.expires });
      if (job.started) records.push({ t: 'started', jid: job.jid });
    }
    for (const [seq, event] of this.#events) records.push({ t: 'event', seq, body: encodeBody([event]) });
    const bytes = Buffer.concat(records.map(encodeRecord));
    const draft = `${this.#path}.new`;
    writeFileSync(draft, bytes, { mode: 0o600 });
    const file = openSync(draft, 'r+');
    fdatasyncSync(file);
    closeSync(file);
    renameSync(draft, this.#path);
    this.#keepRoom();
    this.#size = bytes.length;
    this.#live = bytes.length;
    return openSync(this.#path, 'a', 0o600);
  }

  #keepRoom(): void {
    const path = join(this.#dir, 'reserve');
    if (!existsSync(path)) {
      try {
        writeFileSync(path, Buffer.alloc(RESERVE), { mode: 0o600 });
      } catch {
        rmSync(path, { force: true }); // the disk is full already; there is nothing to keep back
      }
    }
  }

  #write(records: readonly Record[], needed = false): Promise<void> {
    if (this.#closed) return Promise.reject(new BrineError({ code: 'log.closed', text: 'the log is closed' }));
    return new Promise((done, fail) => {
      this.#queue.push({ frames: records.map(encodeRecord), done, fail, needed });
      if (!this.#flushing) {
        this.#flushing = true;
        queueMicrotask(() => void this.#flush());
      }
    });
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      try {
        this.#put(
          Buffer.concat(group.flatMap((item) => item.frames)),
          group.some((item) => item.needed),
        );
        await new Promise<void>((resolve, reject) => fdatasync(this.#file, (error) => (error ? reject(error) : resolve())));
        for (const item of group) item.done();
      } catch (cause) {
        ftruncateSync(this.#file, this.#size);
        const error = new BrineError(
          { code: 'log.full', text: `the log cannot be written: ${(cause as Error).message}` },
          { cause },
        );
        for (const item of group) item.fail(error);
      }
    }
    this.#flushing = false;
    if (this.#size - this.#live > REWRITE && !this.#closed) {
      closeSync(this.#file);
      this.#file = this.#rewrite();
    }
  }

  #put(bytes: Buffer, needed: boolean): void {
    try {
      this.#writeAll(bytes);
    } catch (error) {
      ftruncateSync(this.#file, this.#size);
      if (!needed) throw error;
      rmSync(join(this.#dir, 'reserve'), { force: true });
      this.#writeAll(bytes);
    }
    this.#size += bytes.length;
  }

  #writeAll(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
  }

  // Events

  async append(event: Emitted): Promise<number> {
    const seq = this.#next++;
    await this.#write([{ t: 'event', seq, body: encodeBody([event]) }]);
    this.#add(seq, event);
    return seq;
  }

  #add(seq: number, event: Emitted): void {
    this.#events.set(seq, event);
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  peek({ events: most, bytes }: { readonly events: number; readonly bytes: number }): { seq: number; events: Emitted[] } | null {
    const order = [...this.#events.keys()].sort((a, b) => a - b);
    const first = order[0];
    if (first === undefined) return null;
    const events: Emitted[] = [];
    let size = 20;
    for (let seq = first; events.length < most; seq += 1) {
      const event = this.#events.get(seq);
      if (!event) break; // numbers of one batch follow each other
      size += encodeBody([event]).length;
      if (events.length > 0 && size > bytes) break;
      events.push(event);
    }
    return { seq: first, events };
  }

  async acknowledge(upTo: number): Promise<void> {
    let freed = 0;
    for (const [seq, event] of this.#events) {
      if (seq > upTo) continue;
      freed += encodeBody([event]).length + 40;
      this.#events.delete(seq);
    }
    if (freed === 0) return;
    this.#live -= freed;
    await this.#write([{ t: 'acked', upTo }]);
  }

  async setAside(seq: number, code: string): Promise<void> {
    const event = this.#events.get(seq);
    if (!event) return;
    appendFileSync(
      join(this.#dir, '..', 'dead.jsonl'),
      `${JSON.stringify({ seq, code, at: this.#clock.now(), event: encodeBody([event]) })}\n`,
      { mode: 0o600 },
    );
    this.#events.delete(seq);
    await this.#write([{ t: 'aside', seq, code }]);
  }

  waiting(signal: AbortSignal): Promise<void> {
    if (this.#events.size > 0 || signal.aborted) return Promise.resolve();
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
    for (const [seq, event] of [...this.#events]) if (event.stamp < limit) await this.setAside(seq, 'trust.old');
  }

  get depth(): number {
    return this.#events.size;
  }

  // Jobs

  known(jid: string): boolean {
    return this.#known.has(jid);
  }

  async accept(job: { readonly jid: string; readonly message: string; readonly expires: number }): Promise<void> {
    // Known before it is on disk: a repetition that comes meanwhile must not get through.
    this.#known.set(job.jid, job.expires + REMEMBER);
    try {
      await this.#write([{ t: 'accepted', ...job }]);
    } catch (error) {
      this.#known.delete(job.jid);
      throw error;
    }
    this.#jobs.set(job.jid, { ...job, started: false });
  }

  async start(jid: string): Promise<void> {
    await this.#write([{ t: 'started', jid }]);
    const job = this.#jobs.get(jid);
    if (job) this.#jobs.set(jid, { ...job, started: true });
  }

  async done(jid: string, outcome: string, event: Emitted): Promise<void> {
    const seq = this.#next++;
    await this.#write([{ t: 'done', jid, outcome, seq, body: encodeBody([event]) }], true);
    this.#jobs.delete(jid);
    this.#add(seq, event);
  }

  open(): readonly OpenJob[] {
    return [...this.#jobs.values()];
  }

  /** Everything that was appended is on disk when this resolves. */
  async close(): Promise<void> {
    if (this.#closed) return;
    while (this.#flushing) await new Promise((resolve) => setImmediate(resolve));
    this.#closed = true;
    for (const wake of [...this.#waiters]) wake();
    closeSync(this.#file);
  }
}
