/** `brine run`: one job. Sends it, shows progress while it waits, prints each return, and names those who did not answer and why. */
import { type JobAnswer, jobAnswers, type SentJob, sendJob } from '../../client/run-job.ts';
import { BrineError } from '../../core/errors.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { type Printer, printerOf } from '../print.ts';
import { secondsOf, targetOf } from '../target.ts';
import { argumentsOf } from '../words.ts';

export const run: Run = async (context, [target, fun, words], options) => {
  const { operator, request } = act(context, options);
  const { args, kwargs } = argumentsOf(words, options);
  const expires = secondsOf(options, 'expires');
  const call = {
    request,
    ...targetOf(target as string, options),
    fun: fun as string,
    arg: args,
    kwarg: kwargs,
    ...(expires !== undefined && { expires }),
  };
  const print = await printerOf(context, options);
  let job: SentJob;
  try {
    job = await sendJob(operator, { ...call, ...(options.previewTarget && { preview: true }) }, context.signal);
  } catch (error) {
    if (!(error instanceof BrineError) || error.code !== 'operator.empty') throw error;
    context.stdout.write('No minions matched the target. No command was sent, no jid was assigned.\n');
    context.stderr.write('ERROR: No return received\n');
    return EXIT.nothing;
  }
  if (options.previewTarget) {
    context.stdout.write(job.minions.map((id) => `- ${id}\n`).join(''));
    return EXIT.ok;
  }
  if (options.async) {
    context.stdout.write(`Executed command with job ID: ${job.jid}\n`);
    return EXIT.ok;
  }
  if (options.verbose) context.stdout.write(`Executing job with jid ${job.jid}\n${'-'.repeat(43)}\n\n`);
  return wait(context, options, { job, print, answers: (signal) => jobAnswers(operator, job, { signal }) });
};

interface Waiting {
  readonly job: SentJob;
  readonly print: Printer;
  readonly answers: (signal: AbortSignal) => AsyncIterable<JobAnswer>;
}

async function wait(context: CommandContext, options: Options, { job, print, answers }: Waiting): Promise<number> {
  const seconds = secondsOf(options, 'timeout') ?? 60;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(seconds * 1000)]);
  const open = new Set([...job.minions, ...job.missing]);
  let failed = 0;
  const progress = progressLine(context, options, job.minions.length);
  for await (const { id, load } of answers(signal)) {
    open.delete(id);
    progress.clear();
    const retcode = Number(load.get('retcode') ?? 0n);
    if (retcode !== 0 || load.get('success') === false) failed += 1;
    print.one(id, load.get('return') ?? null, { retcode, out: String(load.get('out') ?? 'nested') });
    progress.show(job.minions.length - open.size);
  }
  progress.clear();
  if (context.signal.aborted)
    context.stderr.write(`\nStopped waiting for ${job.jid}; it goes on. Look it up with: brine jobs show ${job.jid}\n`);
  for (const id of open)
    print.absent(id, job.missing.includes(id) ? 'not a registered minion' : `no answer within ${seconds} s`, job.jid);
  for (const id of job.unknown) context.stderr.write(`${id} was not asked: its grains are not known yet\n`);
  print.end();
  if (options.summary) summarize(context, { targeted: job.minions.length + job.missing.length, open: open.size, failed });
  if (failed > 0 || open.size > 0) context.stderr.write('ERROR: Minions returned with non-zero exit code\n');
  return failed > 0 || open.size > 0 ? EXIT.failed : EXIT.ok;
}

/** On a terminal: how many have answered, rewritten in place. */
function progressLine(context: CommandContext, options: Options, total: number) {
  const on = context.stderr.isTTY === true && (options.progress === true || context.stdout.isTTY === true) && total > 1;
  return {
    show: (count: number) => on && count < total && context.stderr.write(`\r${count}/${total} answered`),
    clear: () => on && context.stderr.write('\r\u001b[K'),
  };
}

function summarize(
  context: CommandContext,
  { targeted, open, failed }: { targeted: number; open: number; failed: number },
): void {
  const line = '-'.repeat(43);
  context.stdout.write(
    `\n${line}\nSummary\n${line}\n# of minions targeted: ${targeted}\n# of minions returned: ${targeted - open}\n` +
      `# of minions that did not return: ${open}\n# of minions with errors: ${failed}\n${line}\n`,
  );
}
