/** What jobs leave on the host's disk, `jobs/<jid>/`: gone with the return that says it all; for a return that was cut, the whole stays seven days. */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from '../core/json.ts';

const KEPT = 7 * 86_400_000;
/** Bytes of JSON that one piece of a whole may be. */
const PIECE = 131_072;

export interface JobFiles {
  /** The whole of a return that is about to be cut. False when the disk is full; the return says so. */
  keep(jid: string, text: string): boolean;
  /** A piece from this byte on, cut between characters; null when there is nothing (any more). */
  read(jid: string, from: number): { readonly text: string; readonly bytes: number } | null;
  forget(jid: string): void;
  /** Removes what was kept long enough; `isOpen` names jobs that are not done. */
  sweep(now: number, isOpen: (jid: string) => boolean): void;
}

export function createJobFiles(jobsDir: string): JobFiles {
  const pathOf = (jid: string) => join(jobsDir, jid, 'return');
  return {
    keep: (jid, text) => {
      try {
        mkdirSync(join(jobsDir, jid), { recursive: true, mode: 0o700 });
        writeFileSync(pathOf(jid), text, { mode: 0o600 });
        return true;
      } catch {
        return false;
      }
    },
    read: (jid, from) => {
      if (!/^\d{20}(_\w+)?$/.test(jid) || !existsSync(pathOf(jid))) return null;
      const file = openSync(pathOf(jid), 'r');
      try {
        const bytes = Buffer.alloc(PIECE);
        return pieceOf(bytes.subarray(0, readSync(file, bytes, 0, PIECE, from)));
      } finally {
        closeSync(file);
      }
    },
    forget: (jid) => rmSync(join(jobsDir, jid), { recursive: true, force: true }),
    sweep: (now, isOpen) => {
      for (const jid of existsSync(jobsDir) ? readdirSync(jobsDir) : []) {
        const age = now - (statSync(join(jobsDir, jid), { throwIfNoEntry: false })?.mtimeMs ?? now);
        if (age > KEPT && !isOpen(jid)) rmSync(join(jobsDir, jid), { recursive: true, force: true });
      }
    },
  };
}

/** Whole characters, and few enough of them that their JSON fits. */
function pieceOf(bytes: Buffer): { text: string; bytes: number } | null {
  for (let end = bytes.length; end > 0; end >>>= 1) {
    const whole = wholeCharacters(bytes.subarray(0, end));
    const text = bytes.subarray(0, whole).toString('utf8');
    if (whole > 0 && Buffer.byteLength(encode(text)) <= PIECE * 1.2) return { text, bytes: whole };
  }
  return null;
}

/** A character that the end of the piece cuts through is left for the next. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
