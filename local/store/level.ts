/** Dynalite writes to LevelDB without waiting for the disk; what it answered for is brought there by us, many writes with one sync. */
import { closeSync, fdatasync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const sync = promisify(fdatasync);

/** Resolves when every write that was answered before the call is on disk: LevelDB's logs hold them until its tables, which it syncs itself, do. */
export function syncLevel(dir: string): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const all = async (): Promise<void> => {
    const logs = readdirSync(dir).filter((name) => name.endsWith('.log'));
    await Promise.all(logs.map((name) => one(join(dir, name))));
  };
  const start = (): Promise<void> => {
    running = all().finally(() => {
      running = null;
    });
    return running;
  };
  return () => {
    if (!running) return start();
    // A sync under way may have begun before the write: the next one is for all who come meanwhile.
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null;
        return start();
      });
    return next;
  };
}

async function one(path: string): Promise<void> {
  let file: number;
  try {
    file = openSync(path, 'r+');
  } catch {
    return; // gone meanwhile: its records are in a table
  }
  try {
    await sync(file);
  } finally {
    closeSync(file);
  }
}
