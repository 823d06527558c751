/** `--batch`: never more hosts at work than asked for. Each window is an operator call of its own; Ctrl-C stops the next one. */
import { jobAnswers, sendJob, sleep } from '../../client/run-job.ts';
import { BrineError } from '../../core/errors.ts';
import { pyRepr } from '../../core/python/print.ts';
import { newRequest } from '../acting.ts';
import { secondsOf } from '../numbers.ts';
import type { TypedCall } from '../words.ts';
import { createSlots, type Slots } from './slots.ts';
import { printAbsent, printAnswer, timeoutOf, type Waiting } from './waiting.ts';

/** `5` hosts, or `25%` of them, at least one. Throws `usage.argument`. */
export function windowOf(text: string, total: number): number {
  const percent = /^(?:(\d+(?:\.\d+)?)%|%(\d+(?:\.\d+)?))$/.exec(text);
  if (percent) return Math.max(1, Math.floor((Number(percent[1] ?? percent[2]) / 100) * total));
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new BrineError({
    code: 'usage.argument',
    text: `--batch wants a number of minions or a percentage, found '${text}'`,
    hint: '--batch 3 or --batch 10%',
  });
}

interface Batch {
  readonly waiting: Waiting;
  readonly call: TypedCall & { readonly [field: string]: unknown };
  readonly ids: readonly string[];
  readonly size: number;
}

/** Resolves when every window is done, one has failed with `--failhard`, or the person has had enough; to the ids that were not asked. */
export async function runBatch(batch: Batch): Promise<readonly string[]> {
  const { context, options, outcome } = batch.waiting;
  const slots = createSlots(batch.size);
  const rest = [...batch.ids];
  const windows: Promise<void>[] = [];
  const mayGoOn = () => rest.length > 0 && !context.signal.aborted && !(options.failhard && outcome.retcode > 0);
  while (mayGoOn()) {
    const count = await slots.take(rest.length);
    if (mayGoOn()) windows.push(runWindow(batch, rest.splice(0, count), slots));
  }
  await Promise.all(windows);
  return rest;
}

async function runWindow({ waiting, call }: Batch, ids: readonly string[], slots: Slots): Promise<void> {
  const { context, operator, print, options } = waiting;
  const pause = (secondsOf(options, 'batchWait', 'batch-wait') ?? 0) * 1000;
  const open = new Set(ids);
  const free = async (count: number) => {
    if (pause > 0) await sleep(pause, context.signal);
    slots.give(count);
  };
  try {
    if (!options.static) print.say(`\nExecuting run on ${pyRepr([...ids].sort())}\n`);
    const job = await sendJob(operator, { ...call, request: newRequest(), tgt: ids, tgt_type: 'list' }, context.signal);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutOf(options) * 1000)]);
    for await (const answer of jobAnswers(operator, job, { signal })) {
      open.delete(answer.id);
      printAnswer(waiting, answer);
      void free(1);
    }
    if (!context.signal.aborted) await printAbsent(waiting, job, [...open]);
  } finally {
    void free(open.size);
  }
}
