/**
 * What `--data` holds survives SIGKILL: every change is a JSON line, on disk before it is acknowledged. Changes that arrive while a sync is under
 * way share the next one. At opening the file is read, a torn last line is cut off, and the state is written anew.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

export interface Journal {
  /** Resolves when the record is on disk; at once without a data directory. */
  append(record: unknown): Promise<void>;
  close(): Promise<void>;
}

/** For a run that forgets everything at its end. */
export const noJournal: Journal = { append: async () => {}, close: async () => {} };

/** Reads what is there through `apply`, then appends. `snapshot` gives the records that the present state comes down to. */
export function openJournal(path: string, apply: (record: never) => void, snapshot: () => Iterable<unknown>): Journal {
  for (const line of readLines(path)) apply(line as never);
  const fresh = `${path}.new`;
  writeFileSync(fresh, [...snapshot()].map((record) => `${JSON.stringify(record)}\n`).join(''), { mode: 0o600 });
  const draft = openSync(fresh, 'r+');
  fdatasyncSync(draft);
  closeSync(draft);
  renameSync(fresh, path);
  const file = openSync(path, 'a', 0o600);
  let waiting: { text: string; done: () => void; fail: (error: unknown) => void }[] = [];
  let busy: Promise<void> | null = null;

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        writeSync(file, group.map((item) => item.text).join(''));
        await new Promise<void>((resolve, reject) => fdatasync(file, (error) => (error ? reject(error) : resolve())));
        for (const item of group) item.done();
      } catch (error) {
        for (const item of group) item.fail(error);
      }
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
      closeSync(file);
    },
  };
}

function readLines(path: string): unknown[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  const records: unknown[] = [];
  for (const line of lines) {
    if (line === '') continue;
    try {
      records.push(JSON.parse(line));
    } catch {
      break; // a torn tail: what follows was never acknowledged
    }
  }
  return records;
}
