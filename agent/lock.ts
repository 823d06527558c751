/**
 * One process a directory. The kernel holds the lock (flock) and lets go of it when the process dies, however it dies; so nothing is left behind that
 * has to be judged stale. Node cannot ask for it, so `flock` of util-linux or busybox does, on a file that this process keeps open.
 */
import { spawn } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BrineError } from '../core/errors.ts';

export interface Lock {
  release(): void;
}

/** `O_EXLOCK | O_NONBLOCK`, where open itself can take the lock. */
const BSD = 0x20 | 0x4;

/** Throws `agent.running` while another process, or another part of this one, holds the directory. `what` names the holder in the message. */
export async function lockDirectory(dir: string, what: string): Promise<Lock> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'lock');
  const file = openLock(path);
  if (file === null || !(await flock(file))) {
    if (file !== null) closeSync(file);
    throw running(path, dir, what);
  }
  ftruncateSync(file);
  writeSync(file, `${process.pid}\n`, 0);
  let held = true;
  return {
    release: () => {
      if (held) closeSync(file);
      held = false;
    },
  };
}

function openLock(path: string): number | null {
  const bsd = process.platform === 'darwin' || process.platform === 'freebsd';
  try {
    return openSync(path, bsd ? 0x2 | 0x200 | BSD : 'a+', 0o600);
  } catch (error) {
    if (bsd && (error as NodeJS.ErrnoException).code === 'EAGAIN') return null;
    throw error;
  }
}

/** The lock belongs to the open file, which both processes share, and stays when the one that asked for it ends. */
async function flock(file: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const child = spawn('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', file] });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new BrineError(
          { code: 'agent.running', text: "cannot lock the directory: there is no 'flock'", hint: 'install util-linux' },
          { cause },
        ),
      ),
    );
    child.once('exit', (code) => resolve(code === 0));
  });
}

function running(path: string, dir: string, what: string): BrineError {
  const pid = readFileSync(path, 'utf8').trim();
  return new BrineError({
    code: 'agent.running',
    text: `expected a directory that nobody uses, found that ${what} runs on it${pid ? ` (pid ${pid})` : ''}`,
    where: { file: dir },
    hint: pid ? `stop it with: kill ${pid}; or name another directory with --data` : 'name another directory with --data',
  });
}
