/** `brine run`: one job, or with `--batch` one after another. Sends it, prints each return, and names those who did not answer and why. */
import type { Operator } from '../../client/operator.ts';
import { type JobRequest, type SentJob, sendJob } from '../../client/run-job.ts';
import { parseWord } from '../../core/args.ts';
import { BrineError } from '../../core/errors.ts';
import { Dict, toPlain } from '../../core/value.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { secondsOf, wholeOf } from '../numbers.ts';
import { type Printer, printerOf } from '../print.ts';
import { runBatch, windowOf } from '../run/batch.ts';
import { createDocs } from '../run/docs.ts';
import { newOutcome, type Outcome, summaryOf } from '../run/outcome.ts';
import { suggestFunction } from '../run/suggest.ts';
import { printAbsent, type Waiting, waitFor } from '../run/waiting.ts';
import { targetOf } from '../target.ts';
import { callOf } from '../words.ts';

/** Ended by Ctrl-C. */
const INTERRUPTED = 130;
/** Milliseconds that the platform has to say a job's id after Ctrl-C. */
const PATIENCE = 5000;

function patient(signal: AbortSignal): AbortSignal {
  const late = new AbortController();
  const stop = () => void setTimeout(() => late.abort(signal.reason), PATIENCE).unref();
  signal.addEventListener('abort', stop, { once: true });
  return late.signal;
}

export const run: Run = async (context, [target, typedFun, typedWords], options) => {
  const [fun, words] = functionOf(typedFun as string | undefined, typedWords, options);
  const call = callOf(fun, options.argsStdin ? [...words, ...(await linesOf(context))] : words, options);
  const print = printerOf(context, options);
  try {
    const typed = { ...targetOf(target as string, options), ...call, ...moreOf(options) };
    const { operator, request } = act(context, options);
    const sending: Sending = { operator, request: { ...typed, request }, print };
    if (options.previewTarget || options.dryRun) return await preview(context, options, sending);
    const size = options.batch ?? (await safeSize(context, options, sending));
    if (size !== undefined) return await batch(context, { ...options, batch: size }, sending);
    return await send(context, options, sending);
  } catch (error) {
    if (!(error instanceof BrineError) || error.code !== 'operator.empty') throw error;
    if (error.text.startsWith('Node group')) print.bare(error.text, { retcode: 1 });
    else if (!options.previewTarget) {
      print.say(error.text);
      if (print.asked !== undefined) print.bare(new Dict(), { retcode: 1 });
    }
    context.stderr.write(`ERROR: No return received\n${error.hint ? `${error.hint}\n` : ''}`);
    return EXIT.nothing;
  }
};

/** `--batch-safe-limit`: above so many hosts it is a batch, of 8 or of `--batch-safe-size`. */
async function safeSize(context: CommandContext, options: Options, { operator, request }: Sending): Promise<string | undefined> {
  const limit = wholeOf(options, 'batchSafeLimit', 'batch-safe-limit', 1);
  if (limit === undefined) return undefined;
  const { minions } = await sendJob(operator, { ...request, preview: true }, context.signal);
  return minions.length > limit ? String(options.batchSafeSize ?? 8) : undefined;
}

interface Sending {
  readonly operator: Operator;
  readonly request: JobRequest;
  readonly print: Printer;
}

/** `-d FUN` is `sys.doc FUN`. */
function functionOf(fun: string | undefined, words: unknown, options: Options): [string, readonly string[]] {
  const rest = (words ?? []) as readonly string[];
  if (options.doc) return ['sys.doc', [...(fun === undefined || fun === 'sys.doc' ? [] : [fun]), ...rest]];
  if (fun) return [fun, rest];
  if (options.previewTarget) return ['test.ping', []];
  throw new BrineError({ code: 'usage.argument', text: 'which function?', hint: "brine run '*' test.ping" });
}

function moreOf(options: Options): Partial<JobRequest> {
  const expires = secondsOf(options, 'expires');
  const subset = wholeOf(options, 'subset', 'subset', 0) || undefined; // 0 is no subset, as in Salt
  return {
    ...(expires !== undefined && { expires }),
    ...(subset !== undefined && { subset }),
    ...(typeof options.metadata === 'string' && { metadata: metadataOf(options.metadata) }),
  };
}

function metadataOf(text: string): Record<string, unknown> {
  const value = parseWord(text);
  if (value instanceof Dict) return toPlain(value) as Record<string, unknown>;
  throw new BrineError({
    code: 'usage.argument',
    text: `--metadata wants a mapping, found ${JSON.stringify(text)}`,
    hint: "--metadata '{ticket: 42}'",
  });
}

async function preview(context: CommandContext, options: Options, { operator, request, print }: Sending): Promise<number> {
  const job = await sendJob(operator, { ...request, preview: true }, context.signal);
  // A list as it was typed, the rest by name.
  const minions = request.tgt_type === 'list' ? [...job.minions] : [...job.minions].sort();
  if (!options.dryRun) print.bare(minions, { retcode: 0 });
  else
    print.bare(
      Dict.of({
        fun: request.fun,
        arg: [...request.arg],
        kwarg: request.kwarg,
        minions,
        ...(job.missing.length > 0 && { missing: [...job.missing] }),
        ...(job.unknown.length > 0 && { unknown: [...job.unknown] }),
      }),
      { retcode: 0 },
    );
  if (options.dryRun) context.stderr.write('nothing was sent\n');
  return EXIT.ok;
}

async function send(context: CommandContext, options: Options, { operator, request, print }: Sending): Promise<number> {
  // Once it was asked for, its jid is worth a moment: without it nobody could look up what goes on.
  const job = await sendJob(operator, request, patient(context.signal));
  if (options.async) {
    print.say(`Executed command with job ID: ${job.jid}`);
    return EXIT.ok;
  }
  if (options.verbose && !options.static) print.say(`Executing job with jid ${job.jid}\n${'-'.repeat(43)}\n`);
  else if (options.showJid) print.say(`jid: ${job.jid}`);
  const docs = request.fun === 'sys.doc' ? createDocs() : null;
  const waiting: Waiting = { context, options, operator, print, outcome: newOutcome(), docs };
  await waitFor(waiting, job);
  docs?.print(print);
  for (const id of job.unknown) context.stderr.write(`${id} was not asked: its grains are not known yet\n`);
  if (context.signal.aborted) return interrupted(context, job);
  print.end();
  return end(context, options, { outcome: waiting.outcome, fun: request.fun, print });
}

async function batch(context: CommandContext, options: Options, { operator, request, print }: Sending): Promise<number> {
  const planned = await sendJob(operator, { ...request, preview: true }, context.signal);
  const ids = [...planned.minions].sort();
  const { subset: _subset, delimiter: _delimiter, ...call } = request;
  const waiting: Waiting = { context, options, operator, print, outcome: newOutcome(), docs: null };
  const rest = await runBatch({ waiting, call, ids, size: windowOf(String(options.batch), ids.length) });
  if (!context.signal.aborted) await printAbsent(waiting, planned, planned.missing);
  print.end();
  if (rest.length > 0) {
    const why = context.signal.aborted ? '' : ' due to failhard';
    context.stderr.write(`Batch run stopped${why}; not asked: ${rest.join(', ')}\n`);
  }
  if (context.signal.aborted) return INTERRUPTED;
  const { outcome } = waiting;
  if (options.summary && print.asked === undefined) context.stdout.write(summaryOf(outcome, options.verbose === true));
  return Math.min(outcome.retcode, 255);
}

async function end(
  context: CommandContext,
  options: Options,
  { outcome, fun, print }: { outcome: Outcome; fun: string; print: Printer },
): Promise<number> {
  if (options.summary && print.asked === undefined && fun !== 'sys.doc')
    context.stdout.write(summaryOf(outcome, options.verbose === true));
  if (outcome.retcode === 0) return EXIT.ok;
  context.stderr.write('ERROR: Minions returned with non-zero exit code\n');
  for (const name of outcome.unavailable) {
    const hint = await suggestFunction(name);
    if (hint) context.stderr.write(`${hint}\n`);
  }
  return EXIT.failed;
}

function interrupted({ stderr }: CommandContext, { jid }: SentJob): number {
  stderr.write(
    `\nExiting gracefully on Ctrl-c\nThis job's jid is: ${jid}\n` +
      'The minions may not have all finished running and any remaining minions will return upon completion. ' +
      `To look up the return data for this job later, run the following command:\n\nbrine jobs show ${jid}\n`,
  );
  return INTERRUPTED;
}

/** `--args-stdin`: an argument a line. */
async function linesOf({ stdin }: CommandContext): Promise<string[]> {
  let text = '';
  for await (const chunk of stdin) text += String(chunk);
  return text.split('\n').filter((line) => line !== '');
}
