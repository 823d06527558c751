/** Files of the project on this host, kept by digest: none is brought twice, and none is believed that is another than the one that was signed. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { BrineError } from '../core/errors.ts';
import type { JobFile } from '../core/job/job.ts';

export interface FileStore {
  /** Throws `file.too_large`, `trust.digest`, and what the link throws. */
  get(file: JobFile): Promise<Uint8Array>;
}

export interface FileStoreOptions {
  readonly dir: string;
  readonly fetch: (file: JobFile) => Promise<Uint8Array>;
}

/** Bytes of one file, and of all that are kept; the ones used longest ago go first. */
export const FILE_LIMIT = 16 * 1024 * 1024;
const KEPT = 256 * 1024 * 1024;

export function createFileStore({ dir, fetch }: FileStoreOptions): FileStore {
  const coming = new Map<string, Promise<Uint8Array>>();
  const bring = async (file: JobFile): Promise<Uint8Array> => {
    const bytes = await fetch(file);
    if (hexOf(bytes) !== file.sha256)
      throw new BrineError({ code: 'trust.digest', text: `${file.path} is not the file that the job names` });
    keep(dir, file.sha256, bytes);
    return bytes;
  };
  return {
    get: async (file) => {
      if (file.size > FILE_LIMIT)
        throw new BrineError({
          code: 'file.too_large',
          text: `salt://${file.path} has ${file.size} bytes, a job may bring ${FILE_LIMIT}`,
        });
      const there = kept(join(dir, file.sha256), file.sha256);
      if (there) return there;
      const going = coming.get(file.sha256) ?? bring(file).finally(() => coming.delete(file.sha256));
      coming.set(file.sha256, going);
      return going;
    },
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(sha256(bytes)).toString('hex');
}

/** What a disk gives back is held against its name too. */
function kept(path: string, digest: string): Uint8Array | null {
  try {
    const bytes = readFileSync(path);
    if (hexOf(bytes) !== digest) return null;
    const now = new Date();
    utimesSync(path, now, now);
    return bytes;
  } catch {
    return null;
  }
}

function keep(dir: string, name: string, bytes: Uint8Array): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(join(dir, `${name}.new`), bytes, { mode: 0o600 });
  renameSync(join(dir, `${name}.new`), join(dir, name));
  const files = readdirSync(dir)
    .map((file) => ({ path: join(dir, file), stat: statSync(join(dir, file), { throwIfNoEntry: false }) }))
    .sort((a, b) => (b.stat?.mtimeMs ?? 0) - (a.stat?.mtimeMs ?? 0));
  let sum = 0;
  for (const { path, stat } of files) {
    sum += stat?.size ?? 0;
    if (sum > KEPT) rmSync(path, { force: true });
  }
}
