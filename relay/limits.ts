/** What a relay takes at most. What exceeds a limit is refused as busy or counted; nothing that was accepted is lost. Trust section 3. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Limits {
  /** Sessions, each two descriptors. */
  readonly maxSessions: number;
  /** Descriptors in use above which nobody else comes in: what is left is the relay's own. */
  readonly descriptors: number;
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
  /** Bytes of resident memory at which the relay ends, to be started again; milliseconds between two looks at it. */
  readonly memory: number;
  readonly memoryLook: number;
}

/** Descriptors beside the sessions': sockets of zeromq's own, AWS connections, files. */
const SPARE = 200;

export function defaultLimits(descriptors = openFiles()): Limits {
  return {
    descriptors: Math.max(descriptors - SPARE, Math.floor(descriptors * 0.75)),
    maxSessions: Math.min(100_000, Math.max(1, Math.floor((descriptors - SPARE) / 2))),
    strangers: 10,
    hellos: 64,
    rate: 5000,
    waitingBytes: 64_000_000,
    fetches: 16,
    pieces: 200,
    memory: 1_500_000_000,
    memoryLook: 5000,
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

/** How many descriptors this process has open; all of them when even that cannot be asked, none where no system says. */
function openDescriptors(): number {
  try {
    return readdirSync('/dev/fd').length;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EMFILE' ? Number.POSITIVE_INFINITY : 0;
  }
}

/** Milliseconds between two counts. */
const COUNT_AGAIN = 100;

/** zeromq says of no connection when it ends, so descriptors are counted; only when there may be too many, since that is not for nothing. */
export function createDoor(most: number, count = openDescriptors): { enter(now: number): boolean } {
  let known = most;
  let since = 0;
  let at = Number.NEGATIVE_INFINITY;
  return {
    enter: (now) => {
      if (known + since >= most && (now < at || now - at >= COUNT_AGAIN)) [known, since, at] = [count(), 0, now];
      if (known + since >= most) return false;
      since += 1;
      return true;
    },
  };
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
