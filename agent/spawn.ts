/** Commands in process groups of their own. A small shell around each writes its exit status to a file, so a child that outlives the agent leaves it behind. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Command {
  readonly jid: string;
  /** `/bin/sh -c` reads it, or the words as they are. */
  readonly run: { readonly shell: string; readonly text: string } | { readonly argv: readonly string[] };
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Standard error goes where standard output goes. */
  readonly merge: boolean;
  /** Seconds; the group gets TERM, five seconds later KILL. */
  readonly timeout?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly umask?: string;
}

export interface Ended {
  readonly pid: number;
  /** -N for signal N. */
  readonly code: number;
  readonly timedOut: boolean;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** A test wraps it to kill the agent at a chosen moment. */
export interface Spawner {
  run(command: Command): Promise<Ended>;
  /** A child that an earlier agent started: its result, or null when nothing is left of it. */
  adopt(jid: string): Promise<Ended | null>;
  signal(jid: string, signal: NodeJS.Signals): boolean;
  pidOf(jid: string): number | undefined;
}

const GRACE = 5000;
/** Bytes of one stream that are read back; the whole stays in the file. */
const MOST = 64 * 1024 * 1024;

const WRAPPER = `d=$1; shift; [ -n "$BRINE_UMASK" ] && umask "$BRINE_UMASK"; unset BRINE_UMASK; "$@"; s=$?; echo $s >"$d/status.new"; mv "$d/status.new" "$d/status"; exit $s`;

export function createSpawner(jobsDir: string): Spawner {
  const running = new Map<string, number>();
  return {
    async run(command) {
      const dir = join(jobsDir, command.jid);
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const { pid, ended } = start(command, dir);
      running.set(command.jid, pid);
      writeFileSync(join(dir, 'pid'), `${pid} ${startTime(pid) ?? 0}`, { mode: 0o600 });
      let timedOut = false;
      const timer =
        command.timeout === undefined
          ? undefined
          : setTimeout(() => {
              timedOut = true;
              endGroup(pid, ended);
            }, command.timeout * 1000);
      const code = await ended;
      clearTimeout(timer);
      running.delete(command.jid);
      return { pid, code, timedOut, ...outputOf(dir) };
    },
    async adopt(jid) {
      const dir = join(jobsDir, jid);
      const [pid, born] = existsSync(join(dir, 'pid')) ? readFileSync(join(dir, 'pid'), 'utf8').split(' ').map(Number) : [];
      const status = join(dir, 'status');
      if (pid) running.set(jid, pid);
      // Adopted while it lives: the same pid with the same start time.
      while (pid && !existsSync(status) && startTime(pid) === born) await new Promise((resolve) => setTimeout(resolve, 50));
      running.delete(jid);
      if (!existsSync(status)) return null;
      return { pid: pid ?? 0, code: Number(readFileSync(status, 'utf8')), timedOut: false, ...outputOf(dir) };
    },
    signal(jid, signal) {
      const pid = running.get(jid);
      return pid !== undefined && kill(pid, signal);
    },
    pidOf: (jid) => running.get(jid),
  };
}

function start(command: Command, dir: string): { pid: number; ended: Promise<number> } {
  const words = 'argv' in command.run ? command.run.argv : [command.run.shell, '-c', command.run.text];
  const stdout = openSync(join(dir, 'stdout'), 'w', 0o600);
  const stderr = command.merge ? stdout : openSync(join(dir, 'stderr'), 'w', 0o600);
  const child = spawn('/bin/sh', ['-c', WRAPPER, 'brine', dir, ...words], {
    cwd: command.cwd,
    env: { ...command.env, ...(command.umask !== undefined && { BRINE_UMASK: command.umask }) },
    detached: true,
    stdio: [command.stdin === undefined ? 'ignore' : 'pipe', stdout, stderr],
    ...(command.uid !== undefined && { uid: command.uid }),
    ...(command.gid !== undefined && { gid: command.gid }),
  });
  closeSync(stdout);
  if (stderr !== stdout) closeSync(stderr);
  child.stdin?.on('error', () => {}); // it did not want to read
  child.stdin?.end(command.stdin);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? -(SIGNALS[signal ?? ''] ?? 1)));
  });
  return { pid: child.pid ?? 0, ended };
}

const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 };

function endGroup(pid: number, ended: Promise<number>): void {
  kill(pid, 'SIGTERM');
  const timer = setTimeout(() => kill(pid, 'SIGKILL'), GRACE);
  void ended.finally(() => clearTimeout(timer)).catch(() => {});
}

function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Clock ticks since boot at which the process began; undefined when it is gone. */
function startTime(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

function outputOf(dir: string): { stdout: Uint8Array; stderr: Uint8Array } {
  return { stdout: readHead(join(dir, 'stdout')), stderr: readHead(join(dir, 'stderr')) };
}

function readHead(path: string): Uint8Array {
  if (!existsSync(path)) return new Uint8Array();
  const size = Math.min(statSync(path).size, MOST);
  const bytes = Buffer.alloc(size);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, size, 0);
  } finally {
    closeSync(file);
  }
  return bytes;
}
