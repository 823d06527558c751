/** Waits for the answers of one job and prints each as it comes; then who did not answer, and why. */

import type { Operator } from '../../client/operator.ts';
import { type JobAnswer, jobAnswers, type SentJob, whyAbsent } from '../../client/run-job.ts';
import { noReturnText } from '../../core/job/no-return.ts';
import type { CommandContext, Options } from '../command.ts';
import { secondsOf } from '../numbers.ts';
import type { Printer } from '../print.ts';
import type { Docs } from './docs.ts';
import type { Outcome } from './outcome.ts';
import { progressOf } from './progress.ts';
import { missingFunction } from './suggest.ts';

export interface Waiting {
  readonly context: CommandContext;
  readonly options: Options;
  readonly operator: Operator;
  readonly print: Printer;
  readonly outcome: Outcome;
  readonly docs: Docs | null;
}

/** Seconds to wait for answers unless said. */
const TIMEOUT = 60;

export function timeoutOf(options: Options): number {
  return secondsOf(options, 'timeout') || TIMEOUT; // 0 is Salt's word for the usual one
}

/** Resolves when all have answered, the time is over, or the person has had enough. */
export async function waitFor(waiting: Waiting, job: SentJob): Promise<void> {
  const { context, options, operator } = waiting;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutOf(options) * 1000)]);
  const open = new Set(job.minions);
  const progress = progressOf(context, options, job.minions.length);
  progress.show(open);
  for await (const answer of jobAnswers(operator, job, { signal })) {
    open.delete(answer.id);
    progress.clear();
    printAnswer(waiting, answer);
    progress.show(open);
  }
  progress.clear();
  if (!context.signal.aborted) await printAbsent(waiting, job, [...open, ...job.missing]);
}

export function printAnswer({ print, outcome, docs }: Waiting, { id, load }: JobAnswer): void {
  const retcode = retcodeOf(load.get('retcode'), load.get('success') === false);
  outcome.answered.push(id);
  if (retcode !== 0) outcome.failed.push(id);
  outcome.retcode = Math.max(outcome.retcode, retcode);
  const value = load.get('return') ?? null;
  const unavailable = missingFunction(value);
  if (unavailable !== undefined) outcome.unavailable.add(unavailable);
  const out = load.get('out');
  if (!docs?.take(value)) print.one(id, value, { retcode, out: typeof out === 'string' ? out : undefined });
}

function retcodeOf(value: unknown, unsuccessful: boolean): number {
  const code = Number(value ?? 0n);
  if (code !== 0) return Math.abs(code);
  return unsuccessful ? 1 : 0;
}

/** Salt's words, with the reason between them where it is known. */
export async function printAbsent({ operator, outcome, print }: Waiting, job: SentJob, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const reasons = await whyAbsent(operator, job, ids);
  for (const id of ids) {
    outcome.absent.push(id);
    outcome.retcode = Math.max(outcome.retcode, 1);
    print.one(id, noReturnText(job.jid, reasons.get(id)), { retcode: 1, out: 'no_return' });
  }
}
