/**
 * What `--data` holds survives SIGKILL: every change is a JSON line, on disk before it is acknowledged. Changes that arrive while a sync is under
 * way share the next one. A torn last line was never acknowledged and is cut off at opening; a bad line before others is an error, since what stands
 * behind it was. When a file has grown well beyond the state that it comes down to, it is written anew, so that a month does not fill a disk.
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
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { BrineError } from '../../core/errors.ts';

export interface Journal {
  /** Resolves when the record is on disk; at once without a data directory. */
  append(record: unknown): Promise<void>;
  close(): Promise<void>;
}

/** For a run that forgets everything at its end. */
export const noJournal: Journal = { append: async () => {}, close: async () => {} };

export interface JournalOf {
  readonly path: string;
  /** Puts a record that was read back into effect. A record may be met twice: once in a snapshot and once behind it. */
  readonly apply: (record: never) => void;
  /** The records that the present state comes down to. */
  readonly snapshot: () => Iterable<unknown>;
  /** Bytes below which a file is never written anew. */
  readonly least?: number;
}

interface Waiting {
  readonly text: string;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

/** A file may be this often the size of its state. */
const SLACK = 4;
const LEAST = 4 * 1024 * 1024;
const sync = promisify(fdatasync);

/** Reads what is there, then appends. */
export function openJournal(of: JournalOf): Journal {
  for (const record of readRecords(of.path)) of.apply(record as never);
  let file = rewrite(of);
  let limit = Math.max(of.least ?? LEAST, file.size * SLACK);
  let waiting: Waiting[] = [];
  let busy: Promise<void> | null = null;

  const compact = async (): Promise<void> => {
    // Whoever was answered just now has put its record into effect by the next turn of the loop; who waits writes behind the snapshot.
    await new Promise((resolve) => setImmediate(resolve));
    const old = file;
    file = rewrite(of);
    closeSync(old.fd);
    limit = Math.max(of.least ?? LEAST, file.size * SLACK);
  };

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        file.size += writeWhole(file.fd, group.map((item) => item.text).join(''), file.size);
        await sync(file.fd);
        for (const item of group) item.done();
      } catch (error) {
        for (const item of group) item.fail(error);
      }
      if (file.size > limit) await compact().catch(() => (limit = file.size * 2)); // a full disk: later
    }
    busy = null;
  };

  return {
    append: (record) =>
      new Promise((done, fail) => {
        waiting.push({ text: `${JSON.stringify(record)}\n`, done, fail });
        busy ??= Promise.resolve().then(flush);
      }),
    close: async () => {
      await busy;
      closeSync(file.fd);
    },
  };
}

/** The present state as a new file in the old one's place. */
function rewrite({ path, snapshot }: JournalOf): { fd: number; size: number } {
  const fresh = `${path}.new`;
  const fd = openSync(fresh, 'w', 0o600);
  try {
    let size = 0;
    let piece = '';
    const write = () => {
      size += writeWhole(fd, piece, size);
      piece = '';
    };
    for (const record of snapshot()) {
      piece += `${JSON.stringify(record)}\n`;
      if (piece.length > 1_000_000) write();
    }
    write();
    fdatasyncSync(fd);
    renameSync(fresh, path);
    syncDirectory(dirname(path));
    return { fd, size };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** All of it, or nothing: a half line would make one line with what is written next. Answers with the number of bytes. */
function writeWhole(fd: number, text: string, at: number): number {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written, bytes.length - written, at + written);
  } catch (error) {
    ftruncateSync(fd, at);
    throw error;
  }
  return written;
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

function readRecords(path: string): unknown[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  const records: unknown[] = [];
  for (const [i, line] of lines.entries()) {
    if (line === '') continue;
    try {
      records.push(JSON.parse(line));
    } catch (cause) {
      // Torn: nothing behind it was ever acknowledged.
      if (!lines.slice(i + 1).some(isRecord)) break;
      throw new BrineError(
        {
          code: 'dev.journal',
          where: { file: path, line: i + 1 },
          text: 'a record of the embedded AWS cannot be read, though others stand behind it',
          hint: 'the disk or a person changed it; remove that line, or start with another --data directory',
        },
        { cause },
      );
    }
  }
  return records;
}

function isRecord(line: string): boolean {
  try {
    return line !== '' && typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
