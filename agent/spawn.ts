/** Commands in process groups of their own. A small shell around each writes who it is and how it ended to files, so a child that outlives the agent can be adopted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, fchownSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { bornOf } from '../core/proc-stat.ts';
import { deadlineOf, type Left, type Output, outputOf, readPid, watchOutput, writeDeadline } from './job-directory.ts';

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
  readonly user?: RunUser;
  readonly umask?: string;
  /** Bytes of output after which the group is ended. */
  readonly limit?: number;
  /** Megabytes of memory that each of its processes may have for itself (`RLIMIT_DATA`). */
  readonly memory?: number;
  /** Nobody waits for it; what it prints goes nowhere, and its code is 0. */
  readonly background?: boolean;
}

/** Another user, with all of its groups. Only root can. */
export interface RunUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Ended extends Output {
  readonly pid: number;
  /** -N for signal N. */
  readonly code: number;
  readonly timedOut: boolean;
  /** It printed more than its limit and was ended. */
  readonly tooMuch?: boolean;
}

/** A test wraps it to kill the agent at a chosen moment. */
export interface Spawner {
  run(command: Command): Promise<Ended>;
  /** A child that an earlier agent started: its result, or null when nothing is left of it. */
  adopt(jid: string): Promise<Ended | null>;
  signal(jid: string, signal: NodeJS.Signals): boolean;
  pidOf(jid: string): number | undefined;
  /** The agent ends: children that still run are left to themselves and hold nobody up. */
  leave(): void;
}

export const GRACE = 5000;
/**
 * $1 is the job's directory, the rest the command. It says who it is before the command begins, so a kill of the agent in between leaves no child
 * that nobody knows. The shell's own standard error is closed to it, so that it says nothing of a child that a signal ended. A signal to the group is the
 * command's to answer: the shell waits for it with handlers that do nothing, which the command does not inherit.
 */
const WRAPPER = `d=$1; shift; exec 3>&2 2>/dev/null
limits() { [ -n "$BRINE_UMASK" ] && umask "$BRINE_UMASK"; [ -n "$BRINE_MEMORY" ] && ulimit -d "$BRINE_MEMORY"; unset BRINE_UMASK BRINE_MEMORY; }
if [ "$d" = - ]; then limits; exec "$@" 2>&3 3>&-; fi
trap : HUP INT QUIT TERM USR1 USR2 ALRM
s=; read -r s </proc/$$/stat; echo "\${s:-$$}" >"$d/pid.new"; mv "$d/pid.new" "$d/pid"
(limits; exec "$@" 2>&3 3>&-); s=$?
umask 077; echo $s >"$d/status.new"; mv "$d/status.new" "$d/status"; exit $s`;
/** Milliseconds between two looks at an adopted child. */
const LOOK = [10, 500] as const;

export interface SpawnerOptions {
  /** Milliseconds between TERM and KILL. */
  readonly grace?: number;
}

export function createSpawner(jobsDir: string, { grace = GRACE }: SpawnerOptions = {}): Spawner {
  const running = new Map<string, number>();
  const children = new Set<ChildProcess>();
  return {
    async run(command) {
      const dir = join(jobsDir, command.jid);
      if (command.background) {
        const { pid, ended } = start(command, '-');
        void ended.catch(() => {});
        return { pid, code: 0, timedOut: false, unread: 0, stdout: new Uint8Array(), stderr: new Uint8Array() };
      }
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      for (const name of ['status', 'pid']) rmSync(join(dir, name), { force: true });
      const milliseconds = command.timeout === undefined ? undefined : Math.min(command.timeout * 1000, 2 ** 31 - 1);
      writeDeadline(dir, milliseconds);
      const { pid, ended, child } = start(command, dir);
      running.set(command.jid, pid);
      children.add(child);
      let timedOut = false;
      const stop = () => {
        timedOut = true;
        endGroup(pid, ended, grace);
      };
      const timer = milliseconds === undefined ? undefined : setTimeout(stop, milliseconds);
      const watch = watchOutput(dir, command.limit, () => endGroup(pid, ended, grace));
      try {
        const code = await ended;
        return { pid, code, timedOut, tooMuch: watch.over(), ...outputOf(dir) };
      } finally {
        clearTimeout(timer);
        watch.close();
        running.delete(command.jid);
        children.delete(child);
      }
    },
    async adopt(jid) {
      const dir = join(jobsDir, jid);
      const left = readPid(dir);
      if (left === null) return null;
      const { pid } = left;
      running.set(jid, pid);
      const timedOut = await untilGone(left, dir, grace);
      running.delete(jid);
      const status = join(dir, 'status');
      if (!existsSync(status) && !timedOut) return null;
      const code = existsSync(status) ? codeOf(Number(readFileSync(status, 'utf8'))) : -constants.signals.SIGKILL;
      return { pid, code, timedOut, ...outputOf(dir) };
    },
    signal(jid, signal) {
      const pid = running.get(jid);
      return pid !== undefined && kill(pid, signal);
    },
    pidOf: (jid) => running.get(jid),
    leave: () => {
      for (const child of children) child.unref();
    },
  };
}

/** Adopted while it lives: the same pid with the same start time. Its time runs on; true when it was over. */
async function untilGone({ pid, born }: Left, dir: string, grace: number): Promise<boolean> {
  const deadline = deadlineOf(dir);
  let timedOut = false;
  let pause: number = LOOK[0];
  let over = () => {};
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  while (born !== undefined && startTime(pid) === born && !existsSync(join(dir, 'status'))) {
    if (!timedOut && Date.now() >= deadline) {
      timedOut = true;
      endGroup(pid, ended, grace);
    }
    const wait = timedOut ? pause : Math.min(pause, Math.max(1, deadline - Date.now()));
    await new Promise((resolve) => setTimeout(resolve, wait));
    pause = Math.min(pause * 1.5, LOOK[1]);
  }
  over();
  return timedOut;
}

function start(command: Command, dir: string): { pid: number; ended: Promise<number>; child: ChildProcess } {
  const words = 'argv' in command.run ? command.run.argv : [command.run.shell, '-c', command.run.text];
  const sink = (name: string) => {
    if (command.background) return openSync('/dev/null', 'w');
    rmSync(join(dir, name), { force: true });
    return openSync(join(dir, name), 'a', 0o600); // two streams in one file never write over each other
  };
  const stdout = sink('stdout');
  const stderr = command.merge ? stdout : sink('stderr');
  // So that it can open /dev/stdout by name.
  if (command.user && !command.background)
    for (const file of [stdout, stderr]) fchownSync(file, command.user.uid, command.user.gid);
  const child = spawn('/bin/sh', ['-c', WRAPPER, 'brine', dir, ...asUser(command.user), ...words], {
    cwd: command.cwd,
    env: {
      ...command.env,
      ...(command.umask !== undefined && { BRINE_UMASK: command.umask }),
      ...(command.memory !== undefined && { BRINE_MEMORY: String(command.memory * 1024) }),
    },
    detached: true,
    stdio: [command.stdin === undefined ? 'ignore' : 'pipe', stdout, stderr],
  });
  closeSync(stdout);
  if (stderr !== stdout) closeSync(stderr);
  if (child.pid === undefined) {
    child.once('error', () => {});
    throw new Error('no process could be started');
  }
  child.stdin?.on('error', () => {}); // it did not want to read
  child.stdin?.end(command.stdin);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code === null ? -(constants.signals[signal ?? 'SIGHUP'] ?? 1) : codeOf(code)));
  });
  if (command.background) child.unref();
  return { pid: child.pid, ended, child };
}

/** The shell around stays root, since it writes the status. `setpriv` is of util-linux. */
function asUser(user: RunUser | undefined): readonly string[] {
  if (!user) return [];
  return ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--'];
}

/** Signals that end a process and are no common exit status of a program: the shell says 128 and the signal. */
const ENDING = new Set([4, 6, 7, 8, 9, 11, 13, 14, 15]);

function codeOf(status: number): number {
  return ENDING.has(status - 128) ? 128 - status : status;
}

function endGroup(pid: number, ended: Promise<unknown>, grace: number): void {
  kill(pid, 'SIGTERM');
  const timer = setTimeout(() => kill(pid, 'SIGKILL'), grace);
  // Whatever is left of the group when its first process is gone goes too.
  const rest = () => {
    clearTimeout(timer);
    kill(pid, 'SIGKILL');
  };
  void ended.then(rest, rest);
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
    return bornOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}
