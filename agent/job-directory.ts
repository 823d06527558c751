/** What a command leaves in its job's directory while it runs and when it has ended, for the agent that started it or the one after it. */
import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bornOf } from '../core/proc-stat.ts';

export interface Output {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Bytes that were printed and not read back, since they are more than one return can hold. */
  readonly unread: number;
}

/** Bytes of one stream that are read back; the whole stays in the file. */
const MOST = 64 * 1024 * 1024;

export interface Left {
  readonly pid: number;
  /** Clock ticks since boot at which it began. */
  readonly born: number | undefined;
}

/** What the wrapper wrote of itself before the command began: its line of `/proc`. */
export function readPid(dir: string): Left | null {
  if (!existsSync(join(dir, 'pid'))) return null;
  const stat = readFileSync(join(dir, 'pid'), 'utf8').trim();
  return { pid: Number(stat.split(' ', 1)[0]), born: bornOf(stat) };
}

/** When the command's time is over, for an agent that adopts it. */
export function writeDeadline(dir: string, milliseconds: number | undefined): void {
  const path = join(dir, 'deadline');
  if (milliseconds === undefined) rmSync(path, { force: true });
  else writeFileSync(path, `${Date.now() + milliseconds}\n`, { mode: 0o600 });
}

export function deadlineOf(dir: string): number {
  const path = join(dir, 'deadline');
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : Number.POSITIVE_INFINITY;
}

const OUTPUT_LOOK = 200;

/** Looks at the files now and then: what a child prints between two looks is the price of writing to a disk and not to a pipe. */
export function watchOutput(dir: string, limit: number | undefined, stop: () => void): { over(): boolean; close(): void } {
  if (limit === undefined) return { over: () => false, close: () => {} };
  const printed = () =>
    ['stdout', 'stderr'].reduce((sum, name) => sum + (statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0), 0);
  const timer = setInterval(() => {
    if (printed() <= limit) return;
    clearInterval(timer);
    stop();
  }, OUTPUT_LOOK);
  return { over: () => printed() > limit, close: () => clearInterval(timer) };
}

export function outputOf(dir: string): Output {
  const [stdout, stderr] = [readHead(join(dir, 'stdout')), readHead(join(dir, 'stderr'))];
  return { stdout: stdout.bytes, stderr: stderr.bytes, unread: stdout.unread + stderr.unread };
}

function readHead(path: string): { bytes: Uint8Array; unread: number } {
  if (!existsSync(path)) return { bytes: new Uint8Array(), unread: 0 };
  const whole = statSync(path).size;
  const bytes = Buffer.alloc(Math.min(whole, MOST));
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(file);
  }
  return { bytes, unread: whole - bytes.length };
}
