/** What a relay takes at most. What exceeds a limit is refused as busy or counted; nothing that was accepted is lost. Trust section 3. */
import { readFileSync } from 'node:fs';

export interface Limits {
  /** Sessions, each two descriptors. */
  readonly maxSessions: number;
  /** Hellos a second from keys that were not accepted within the last day. */
  readonly strangers: number;
  /** Hellos that wait for enroll at a time. */
  readonly hellos: number;
  /** Events a second and session, with as many at once as ten seconds bring. */
  readonly rate: number;
  /** Bytes of batches that wait for EventBridge; above it every batch is busy. */
  readonly waitingBytes: number;
  /** Questions for files that wait for enroll at a time, and pieces of files a second, of all sessions. */
  readonly fetches: number;
  readonly pieces: number;
  /** Bytes of resident memory at which the relay ends, to be started again. */
  readonly memory: number;
}

/** Descriptors beside the sessions': sockets of zeromq's own, AWS connections, files. */
const SPARE = 200;

export function defaultLimits(descriptors = openFiles()): Limits {
  return {
    maxSessions: Math.min(100_000, Math.max(1, Math.floor((descriptors - SPARE) / 2))),
    strangers: 10,
    hellos: 64,
    rate: 5000,
    waitingBytes: 64_000_000,
    fetches: 16,
    pieces: 200,
    memory: 1_500_000_000,
  };
}

/** The soft limit of open files; where the system does not say, what every system grants. */
function openFiles(): number {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return found ? Number(found[1]) : 1024;
  } catch {
    return 1024;
  }
}

/** So many at once, so many a second. */
export interface Bucket {
  take(count: number, now: number): boolean;
}

export function createBucket(perSecond: number, burst: number): Bucket {
  let level = burst;
  let at = 0;
  return {
    take: (count, now) => {
      level = Math.min(burst, level + (Math.max(0, now - at) / 1000) * perSecond);
      at = now;
      // A batch larger than the burst passes when the bucket is full, else it never would.
      if (level < Math.min(count, burst)) return false;
      level -= count;
      return true;
    },
  };
}
