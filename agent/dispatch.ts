/** Steps 12–14: a message → checked → accepted → deleted → started → run → done. In exactly this order, so that a kill anywhere leaves a known state. */
import { coversFunction } from '../core/allow.ts';
import { saltArgs } from '../core/args.ts';
import { BrineError } from '../core/errors.ts';
import type { Emitted, Receipt } from '../core/event.ts';
import type { Incarnation, MinionId, Stack } from '../core/ids.ts';
import type { JobBody, JobHead, Target } from '../core/job/job.ts';
import type { ReceivedMessage } from '../core/ports.ts';
import type { Tag } from '../core/tag.ts';
import { matchTarget } from '../core/target/match.ts';
import { Dict, type Value } from '../core/value.ts';
import { readJob, verifyJob } from '../trust/job.ts';
import { cutReturn, tooLong } from './cut-return.ts';
import type { Invoke } from './invoke.ts';
import type { JobFiles } from './job-files.ts';
import type { JobLog, OpenJob } from './log/log.ts';
import type { JobQueue } from './ports.ts';
import type { Spawner } from './spawn.ts';

export interface DispatchOptions {
  readonly stack: Stack;
  readonly roots: () => readonly string[];
  readonly id: MinionId;
  readonly incarnation: Incarnation;
  /** Platform time. */
  readonly now: () => number;
  readonly log: JobLog;
  readonly spawner: Spawner;
  readonly files: Pick<JobFiles, 'keep' | 'forget'>;
  readonly invoke: Invoke;
  readonly grains: () => Dict;
  /** Globs of functions that this host runs. */
  readonly allow: readonly string[];
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** A refusal, told at most once a minute per code and signer. */
  readonly refused: (code: string, fields: Readonly<Record<string, unknown>>) => void;
}

export interface Dispatch {
  take(message: ReceivedMessage, queue: JobQueue): Promise<void>;
  /** What a crash left open. */
  recover(): void;
  running(): readonly { readonly head: JobHead; readonly body: JobBody }[];
  /** Resolves when no job runs. */
  idle(): Promise<void>;
  /** Takes no more jobs, and writes every running one as interrupted. */
  interrupt(): Promise<void>;
}

interface Job {
  readonly head: JobHead;
  readonly body: JobBody;
  readonly receipt: Receipt;
}

export interface Result {
  readonly return: Value;
  readonly retcode: number;
  readonly success: boolean;
  readonly out?: string;
  /** The function ended in an error, whose text is the return. */
  readonly failed?: boolean;
  /** The same error by its parts, for `brine call`, which words it as `salt-call` does. */
  readonly fault?: Fault;
}

export interface Fault {
  readonly kind: 'unavailable' | 'arguments' | 'invocation' | 'command' | 'execution' | 'exception';
  readonly message: string;
  /** The docstring, where arguments were wrong. */
  readonly doc?: string;
}

/** Milliseconds until what a full disk did not take is written again. */
const FULL_AGAIN = 1000;

export function createDispatch(options: DispatchOptions): Dispatch {
  const { stack, roots, id, incarnation, now, log, spawner, files, invoke, report, refused } = options;
  const running = new Map<string, Job>();
  const ended = new Set<string>();
  const waiting = new Set<() => void>();

  function check(text: string, known: (jid: string) => boolean) {
    return verifyJob(text, { stack, roots: roots(), id, incarnation, now: now(), known });
  }

  async function take(message: ReceivedMessage, queue: JobQueue): Promise<void> {
    const found = check(message.text, (jid) => log.known(jid));
    if (!found.ok) {
      // Queues deliver at least once: a repetition is nothing to tell anybody but the log.
      if (found.code === 'trust.known') report('repeated', { code: found.code, jid: found.jid });
      else refused(found.code, { jid: found.jid });
      return queue.delete(message.handle);
    }
    const job: Job = found;
    const { head } = job;
    // From here on it cannot be lost; should the log be full, the message stays in SQS.
    await log.accept({ jid: head.jid, message: message.text, expires: head.expires });
    report('accepted', { uid: head.uid, jid: head.jid, fun: head.fun });
    running.set(head.jid, job);
    // A message that could not be deleted comes again, is known, and is deleted then.
    await queue
      .delete(message.handle)
      .catch((error: unknown) => report('delete_failed', { jid: head.jid, error: String(error) }));
    void run(job);
  }

  function run(job: Job): Promise<void> {
    const { head } = job;
    return settle(head.jid, async () => {
      if (now() >= head.expires)
        return finish(job, 'interrupted', interrupted('The job had expired before it could be started.'));
      const no = refusalOf(job, options);
      if (no) {
        refused(no.code, { jid: head.jid, fun: head.fun });
        return finish(job, 'refused', interrupted(no.text));
      }
      await written(() => log.start(head.jid));
      report('started', { uid: head.uid, jid: head.jid, fun: head.fun });
      await finish(job, 'done', await invoke(head, job.body));
    });
  }

  async function finish({ head, body, receipt }: Job, outcome: string, result: Result): Promise<void> {
    if (ended.has(head.jid)) return;
    ended.add(head.jid);
    const { load, cut } = cutReturn(result.return, head.jid, files);
    const data = Dict.of({ ...load, retcode: BigInt(result.retcode), success: result.success });
    const fun_args = saltArgs(body.arg, body.kwarg);
    if (!tooLong(fun_args)) data.set('fun_args', fun_args); // the platform says them anyway
    if (result.out !== undefined) data.set('out', result.out);
    if (outcome !== 'done') data.set('outcome', outcome);
    if (body.metadata) data.set('metadata', body.metadata);
    if (head.user) data.set('user', head.user);
    const event: Emitted = { tag: `salt/job/${head.jid}/ret/${id}` as Tag, stamp: now(), data, cause: head.cause, receipt };
    await written(() => log.done(head.jid, outcome, event));
    if (outcome === 'done' && !cut) files.forget(head.jid);
    report('done', { uid: head.uid, jid: head.jid, outcome, retcode: result.retcode });
  }

  /** A job that was accepted has an outcome, also on a full disk: what cannot be written now is tried until it can. */
  async function written(write: () => Promise<void>): Promise<void> {
    for (let told = false; ; told = true) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof BrineError && error.code === 'log.full')) throw error;
        if (!told) report('log_full', { error: error.message });
        await new Promise((resolve) => setTimeout(resolve, FULL_AGAIN).unref());
      }
    }
  }

  function release(jid: string): void {
    running.delete(jid);
    ended.delete(jid);
    if (running.size === 0) for (const wake of waiting) wake();
  }

  function recover(): void {
    for (const open of log.open()) {
      const { job, code } = reopen(open);
      if (code) report('unverified', { jid: open.jid, code });
      if (!job) {
        void settle(open.jid, () => unreadable(open.jid));
        continue;
      }
      running.set(open.jid, job);
      if (open.started) void resume(job, code);
      else if (code) void settle(open.jid, () => finish(job, 'interrupted', interrupted(unverified(code))));
      else void run(job);
    }
  }

  /** Its signature held when it was accepted, so only its own time may have passed since; a root that is no longer pinned begins nothing. */
  function reopen({ message, expires }: OpenJob): { readonly job: Job | null; readonly code: string | null } {
    const at = Math.min(now(), expires - 1);
    const found = verifyJob(message, { stack, roots: roots(), id, incarnation, now: at, known: () => false });
    return found.ok ? { job: found, code: null } : { job: readJob(message), code: found.code };
  }

  /** Nothing is left of it but its id; it has an outcome all the same. */
  function unreadable(jid: string): Promise<void> {
    const data = Dict.of({ return: unverified('trust.schema'), retcode: 1n, success: false, outcome: 'interrupted' });
    return written(() => log.done(jid, 'interrupted', { tag: `salt/job/${jid}/ret/${id}` as Tag, stamp: now(), data }));
  }

  /** A child that began when its job was believed is not ended by what changed since; only nothing new is begun. */
  function resume(job: Job, code: string | null): Promise<void> {
    const { head, body } = job;
    return settle(head.jid, async () => {
      const left = await spawner.adopt(head.jid);
      if (left) return finish(job, 'done', await invoke.ended(head, body, left));
      if (body.on_crash === 'retry' && code === null) return finish(job, 'done', await invoke(head, body));
      await finish(
        job,
        'interrupted',
        interrupted('The agent was stopped while this job ran; it may not have run, or not to its end.'),
      );
    });
  }

  async function settle(jid: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      report('failed', { jid, error: String(error) });
    } finally {
      release(jid);
    }
  }

  function stoppedText({ head }: Job): string {
    const pid = spawner.pidOf(head.jid);
    return `The agent was stopped while this job ran${pid === undefined ? '' : `; its command was left to itself (pid ${pid})`}.`;
  }

  return {
    take,
    recover,
    running: () => [...running.values()],
    idle: () => (running.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve))),
    interrupt: async () => {
      await Promise.all([...running.values()].map((job) => finish(job, 'interrupted', interrupted(stoppedText(job)))));
    },
  };
}

function unverified(code: string): string {
  return `This job was accepted and not started: it can no longer be verified (${code}).`;
}

function interrupted(text: string): Result {
  return { return: text, retcode: 1, success: false };
}

/** Its signature holds, and this host does not run it all the same: whoever sent it is answered, not left waiting. */
function refusalOf({ head, body }: Job, options: DispatchOptions): { readonly code: string; readonly text: string } | null {
  if (!coversFunction(options.allow, head.fun))
    return { code: 'job.not_allowed', text: `ERROR: refused: this minion's settings do not allow ${head.fun} (allow).` };
  if (!means(body.target, options))
    return { code: 'job.not_meant', text: 'ERROR: not targeted: as its grains are now, this minion does not match the target.' };
  return null;
}

/** The host checks its target again; what it cannot know (pillar, nodegroups) counts as matched. */
function means(target: Target, { id, grains }: DispatchOptions): boolean {
  return matchTarget(target, { id, grains: grains(), pillar: null }, { unknownMatches: true }) !== false;
}
