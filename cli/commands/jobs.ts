/** `brine jobs …`: who was asked, who answered, what is running. */
import type { createOperator } from '../../client/operator.ts';
import { answerPages, expectOk, jobAnswers, sendJob } from '../../client/run-job.ts';
import { BrineError } from '../../core/errors.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { type Acting, act, newRequest } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { harmless } from '../output/outputter.ts';
import { printerOf } from '../print.ts';
import { newOutcome } from '../run/outcome.ts';
import { waitFor } from '../run/waiting.ts';

export const list: Run = async (context, _args, options) => {
  const { operator } = act(context, { ...options, quiet: true });
  const limit = Number(options.limit ?? 50);
  const { more } = expectOk(await operator.call({ action: 'jobs', op: 'list', limit }, context.signal));
  for (const job of dicts(more.get('jobs'))) {
    // A call of a runner or wheel function is the platform's own.
    const asked = text(job, 'tgt_type') === '' ? '-' : `${text(job, 'tgt_type')}:${text(job, 'tgt')}`;
    context.stdout.write(`${text(job, 'jid')}  ${text(job, 'fun')}  ${asked}  ${text(job, 'user')}\n`);
  }
  return EXIT.ok;
};

export const show: Run = async (context, [jid], options) => {
  const { operator } = act(context, { ...options, quiet: true });
  const { job, answers } = await lookUp(operator, jid as string);
  const print = printerOf(context, options);
  const shown = Dict.of({
    Function: text(job, 'fun'),
    Target: text(job, 'tgt'),
    'Target-type': text(job, 'tgt_type'),
    User: text(job, 'user'),
  });
  const asked = (job.get('minions') ?? []) as Value[];
  const open = asked.filter((id) => !answers.has(String(id)));
  print.bare(shown.set('Asked', asked).set('Not-answered', open), { retcode: 0, out: 'nested' });
  for (const [id, load] of answers)
    print.one(id, load.get('return') ?? null, {
      retcode: Number(load.get('retcode') ?? 0n),
      out: String(load.get('out') ?? 'nested'),
    });
  print.end();
  return open.length > 0 ? EXIT.nothing : EXIT.ok;
};

/** The whole output of a return that was cut, fetched from the host in pieces. */
export const output: Run = async (context, [jid, id], options) => {
  const acting = act(context, options);
  const { answers } = await lookUp(acting.operator, jid as string);
  const load = answers.get(id as string);
  if (!load) throw new BrineError({ code: 'operator.refused', text: `${id} has not answered ${jid}` });
  const show = (words: string) => void context.stdout.write(context.stdout.isTTY ? harmless(words) : words);
  const cut = load.get('cut');
  if (!(cut instanceof Dict)) {
    show(`${pyStr(load.get('return') ?? '')}\n`);
    return EXIT.ok;
  }
  const size = Number(cut.get('size'));
  for (let at = 0; at < size; ) {
    const piece = await askHost(
      acting,
      id as string,
      { fun: 'saltutil.output', arg: [jid as string, BigInt(at)] },
      context.signal,
    );
    const words = piece instanceof Dict ? piece.get('text') : undefined;
    const bytes = piece instanceof Dict ? Number(piece.get('bytes') ?? 0n) : 0;
    if (typeof words !== 'string' || bytes === 0)
      throw new BrineError({ code: 'operator.refused', text: `${id} no longer has the output of ${jid}` });
    show(words);
    at += bytes;
  }
  return EXIT.ok;
};

export const kill: Run = async (context, [jid], options) => {
  const acting = act(context, options);
  const { job, answers } = await lookUp(acting.operator, jid as string);
  const minions = ((job.get('minions') ?? []) as Value[]).map(String).filter((id) => !answers.has(id));
  if (minions.length === 0) {
    context.stderr.write(`nothing to end: every host that was asked has answered (brine jobs show ${jid as string})\n`);
    return EXIT.nothing;
  }
  return runOn(context, options, { acting, minions, fun: 'saltutil.kill_job', arg: [jid as string] });
};

/** What runs now, asked of every host. */
export const active: Run = async (context, _args, options) => {
  const acting = act(context, options);
  return runOn(context, options, { acting, minions: null, fun: 'saltutil.running', arg: [] });
};

interface Ask {
  readonly acting: Acting;
  /** null: every minion. */
  readonly minions: readonly string[] | null;
  readonly fun: string;
  readonly arg: readonly Value[];
}

async function runOn(context: CommandContext, options: Options, { acting, minions, fun, arg }: Ask): Promise<number> {
  const { operator } = acting;
  const target = minions ? ({ tgt: minions, tgt_type: 'list' } as const) : ({ tgt: '*', tgt_type: 'glob' } as const);
  const job = await sendJob(operator, { request: newRequest(), ...target, fun, arg, kwarg: new Dict() }, context.signal);
  const print = printerOf(context, options);
  const outcome = newOutcome();
  await waitFor({ context, options: { timeout: '15', ...options }, operator, print, outcome, docs: null }, job);
  print.end();
  return outcome.retcode > 0 ? EXIT.failed : EXIT.ok;
}

async function askHost(
  acting: Acting,
  id: string,
  call: { fun: string; arg: readonly Value[] },
  signal: AbortSignal,
): Promise<Value> {
  const job = await sendJob(
    acting.operator,
    { request: newRequest(), tgt: [id], tgt_type: 'list', kwarg: new Dict(), ...call },
    signal,
  );
  for await (const { load } of jobAnswers(acting.operator, job, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
  })) {
    return load.get('return') ?? null;
  }
  throw new BrineError({ code: 'operator.refused', text: `${id} did not answer within 30 s` });
}

async function lookUp(
  operator: ReturnType<typeof createOperator>,
  jid: string,
): Promise<{ job: Dict; answers: Map<string, Dict> }> {
  let job: Value | undefined;
  const answers = new Map<string, Dict>();
  for await (const page of answerPages(operator, { jid, op: 'show' })) {
    job ??= page.more.get('job');
    for (const { id, load } of page.answers) answers.set(id, load);
  }
  if (!(job instanceof Dict))
    throw new BrineError({ code: 'operator.refused', text: `there is no job ${jid}`, hint: 'brine jobs list' });
  return { job, answers };
}

function dicts(list: Value | undefined): Dict[] {
  return Array.isArray(list) ? list.filter((item): item is Dict => item instanceof Dict) : [];
}

function text(dict: Dict, key: string): string {
  return String(dict.get(key) ?? '');
}
