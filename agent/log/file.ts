/**
 * The log's file: appends that come together share one fdatasync, what failed leaves no trace, and a new file takes the old one's place at once.
 * Some room on the disk is kept back, so that returns can still be written when it is full.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { BrineError } from '../../core/errors.ts';

/** Room kept back; a few returns of the largest size fit. */
const RESERVE = 1024 * 1024;
/** Milliseconds before it is tried again to keep room back. */
const ROOM_AGAIN = 10_000;
const CHUNK = 1024 * 1024;

interface Item {
  readonly bytes: Buffer;
  /** A return, or what ends something: it may use the room that is kept back. */
  readonly needed: boolean;
  readonly done: (at: number) => void;
  readonly fail: (error: unknown) => void;
}

/** Writing a smaller file with `replace`. Only asked for when whoever appended has taken note of it. */
export interface Compaction {
  /** Is it worth it? */
  due(full: boolean): boolean;
  /** False when it could not be written; the old file stays. */
  run(): boolean;
}

export class LogFile {
  readonly #dir: string;
  #file: number | null = null;
  #size = 0;
  #queue: Item[] = [];
  #flushing: Promise<void> | null = null;
  #roomAt = -ROOM_AGAIN;
  readonly #compaction: Compaction;

  constructor(dir: string, compaction: Compaction) {
    this.#dir = dir;
    this.#compaction = compaction;
  }

  get path(): string {
    return join(this.#dir, 'log');
  }

  get size(): number {
    return this.#size;
  }

  /** What is there, before anything is written. */
  load(): Buffer {
    rmSync(`${this.path}.new`, { force: true });
    return existsSync(this.path) ? readFileSync(this.path) : Buffer.alloc(0);
  }

  /** Goes on with the file as it is, what stands behind `size` cut off. Throws `log.full` when there can be none. */
  open(size: number): void {
    try {
      const file = openSync(this.path, existsSync(this.path) ? 'r+' : 'wx+', 0o600);
      ftruncateSync(file, size);
      this.#file = file;
      this.#size = size;
    } catch (cause) {
      throw full(cause);
    }
    this.keepRoom();
  }

  /** Puts a new file in the place of the old one; one of them is whole at every moment. Throws and changes nothing when the disk is full. */
  replace(frames: () => Iterable<Buffer>): void {
    try {
      this.#replace(frames());
    } catch {
      this.giveRoom();
      this.#replace(frames());
    } finally {
      this.keepRoom();
    }
  }

  #replace(frames: Iterable<Buffer>): void {
    const draft = `${this.path}.new`;
    const file = openSync(draft, 'w+', 0o600);
    let size = 0;
    try {
      let [waiting, bytes]: [Buffer[], number] = [[], 0];
      const put = () => {
        size += writeAll(file, Buffer.concat(waiting, bytes), size);
        [waiting, bytes] = [[], 0];
      };
      for (const frame of frames) {
        waiting.push(frame);
        bytes += frame.length;
        if (bytes >= CHUNK) put();
      }
      put();
      fdatasyncSync(file);
      renameSync(draft, this.path);
    } catch (error) {
      closeSync(file);
      rmSync(draft, { force: true });
      throw error;
    }
    if (this.#file !== null) closeSync(this.#file);
    this.#file = file;
    this.#size = size;
    syncDirectory(this.#dir);
  }

  read(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const got = this.#file === null ? 0 : readSync(this.#file, bytes, 0, length, at);
    return bytes.subarray(0, got);
  }

  /** Resolves with its place once it is on disk; throws `log.full`, and then nothing of it is there. */
  append(bytes: Buffer, needed: boolean): Promise<number> {
    return new Promise((done, fail) => {
      this.#queue.push({ bytes, needed, done, fail });
      this.#flushing ??= Promise.resolve().then(() => this.#flush());
    });
  }

  async close(): Promise<void> {
    while (this.#flushing) await this.#flushing;
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      await this.#commit(group).catch(() => this.#apart(group));
      if (!this.#compaction.due(false)) continue;
      await turn();
      this.#compaction.run();
    }
    this.#flushing = null;
  }

  async #commit(group: readonly Item[]): Promise<void> {
    const file = this.#file;
    if (file === null) throw new BrineError({ code: 'log.closed', text: 'the log is closed' });
    const from = this.#size;
    try {
      const size = writeAll(file, Buffer.concat(group.map((item) => item.bytes)), from);
      await new Promise<void>((done, fail) => fdatasync(file, (error) => (error ? fail(error) : done())));
      this.#size = from + size;
    } catch (error) {
      ftruncateSync(file, from);
      throw error;
    }
    let at = from;
    for (const item of group) {
      item.done(at);
      at += item.bytes.length;
    }
  }

  /** The disk is full: a smaller file may make room; else what is needed takes what was kept back, and the rest is told. */
  async #apart(group: readonly Item[]): Promise<void> {
    for (const item of [...group].sort((a, b) => Number(b.needed) - Number(a.needed))) {
      try {
        await this.#commit([item]).catch((error) => this.#again(item, error));
      } catch (cause) {
        item.fail(full(cause));
      }
    }
  }

  async #again(item: Item, error: unknown): Promise<void> {
    await turn();
    const smaller = this.#compaction.due(true) && this.#compaction.run();
    if (!smaller && !item.needed) throw error;
    if (item.needed) this.giveRoom();
    await this.#commit([item]);
  }

  giveRoom(): void {
    rmSync(join(this.#dir, 'reserve'), { force: true });
  }

  keepRoom(): void {
    const path = join(this.#dir, 'reserve');
    const now = performance.now();
    if (existsSync(path) || now - this.#roomAt < ROOM_AGAIN) return;
    this.#roomAt = now;
    try {
      writeFileSync(path, noise(RESERVE), { mode: 0o600 });
    } catch {
      rmSync(path, { force: true }); // the disk is full already; there is nothing to keep back
    }
  }
}

/** Some file systems keep no zeros. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65_536)));
  return bytes;
}

/** Lets everybody who waited for an append go on first. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Bytes written, all of them. */
function writeAll(file: number, bytes: Buffer, at: number): number {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
  return bytes.length;
}

/** A rename is on disk when its directory is. Some file systems refuse it; they are no worse off than without. */
export function syncDirectory(dir: string): void {
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } catch {
    // refused
  } finally {
    closeSync(handle);
  }
}

function full(cause: unknown): BrineError {
  if (cause instanceof BrineError) return cause;
  return new BrineError({ code: 'log.full', text: `the log cannot be written: ${(cause as Error).message}` }, { cause });
}
