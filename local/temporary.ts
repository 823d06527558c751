/** Directories for as long as this process lives, with its id in their names: what an earlier one could not remove, since it was killed, the next one does. */
import { lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function makeTemporary(kind: 'dynamodb' | 'host' | 'run'): string {
  const start = `brine-${kind}-${processSpace()}-`;
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(start) ? /^(\d{1,10})-\w{6}$/.exec(name.slice(start.length))?.[1] : undefined;
    if (pid !== undefined && isGone(Number(pid)) && isMine(join(tmpdir(), name)))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpdir(), `${start}${process.pid}-`));
}

/** Two containers may share a directory and not see each other's processes. */
function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** A directory of this user, and no link to one. */
function isMine(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === (process.getuid?.() ?? found.uid);
}
