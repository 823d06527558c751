/** Runner and wheel functions of reactions and people: jobs for `@runner`, signed and checked like every other, with Salt's events around them. */
import { type Emitted, formatStamp } from '../../core/event.ts';
import { RUNNER_ID } from '../../core/ids.ts';
import type { JobBody, JobHead } from '../../core/job/job.ts';
import { decode, encode } from '../../core/json.ts';
import type { Tag } from '../../core/tag.ts';
import { ulidOf } from '../../core/ulid.ts';
import { Dict, type Value } from '../../core/value.ts';
import { createSigner } from '../../trust/certificate.ts';
import { verifyJob } from '../../trust/job.ts';
import type { Create, FunctionContext } from '../context.ts';
import { fire } from '../fire.ts';
import { bind } from './runners/arguments.ts';
import { docOf } from './runners/doc.ts';
import { RunnerArguments, RunnerError, RunnerException, RunnerKeyword } from './runners/errors.ts';
import { docsUnder, findRunner } from './runners/index.ts';
import type { RunnerContext, RunnerFunction } from './runners/types.ts';

export const create: Create = (context) => {
  const { stack, ports, clock } = context;
  const signer = createSigner({ stack, role: 'runner', kind: 'cert-jobs', root: ports.root('jobs'), clock });

  return async (input) => {
    const { Records = [] } = input as { Records?: { messageId: string; body: string }[] };
    const failed: { itemIdentifier: string }[] = [];
    for (const { messageId, body } of Records) {
      try {
        await handle(body);
      } catch (error) {
        context.log('failed', { error: String(error) });
        failed.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures: failed };
  };

  async function handle(text: string): Promise<void> {
    const { jobs } = await ports.roots();
    const found = verifyJob(text, { stack, roots: jobs, id: RUNNER_ID, incarnation: '', now: clock.now(), known: () => false });
    if (!found.ok) return context.log('refused', { code: found.code, jid: found.jid });
    const { head, body } = found;
    const [kind, fun] = splitFun(head.fun);
    const place = `salt/${kind === 'wheel' ? 'wheel' : 'run'}/${head.jid}`;
    // A repetition after the answer was stored only tells it again, under the same uid. One before it runs again: what a runner fires has uids of its jid.
    const told = await ports.jobs.answer(head.jid, RUNNER_ID as never);
    if (told) {
      const load = decode(told.load);
      const data = load instanceof Dict ? load.copy() : new Dict();
      data.delete('printed');
      return announce(head, `${place}/ret`, data);
    }
    const base = {
      fun: head.fun,
      jid: head.jid,
      user: head.user,
      fun_args: body.kwarg.size > 0 ? [...body.arg, body.kwarg] : [...body.arg],
    };
    await announce(head, `${place}/new`, Dict.of(base));
    const result = await call(context, { kind, fun, head, body });
    const load = Dict.of({ ...base, return: result.return, success: result.success });
    if (!result.success) load.set('retcode', 1n);
    // What it printed on its way is for whoever called it, and no part of the event.
    const answer = result.printed?.length ? load.copy().set('printed', [...result.printed]) : load;
    const stored = await ports.jobs.putAnswer({ jid: head.jid, id: RUNNER_ID as never, load: encode(answer), at: clock.now() });
    if (stored) await announce(head, `${place}/ret`, load);
    context.log('runner', { uid: head.uid, jid: head.jid, fun: head.fun, success: result.success, return: result.return });
  }

  async function announce(head: JobHead, tag: string, data: Dict, place = 0): Promise<void> {
    const now = clock.now();
    const event: Emitted = { tag: tag as Tag, stamp: now, data: data.copy().set('_stamp', formatStamp(now)), cause: head.cause };
    await fire(context, { source: 'brine.platform', signer, events: [event], ulid: ulidOf('runner', tag, place) });
  }

  async function call(
    from: FunctionContext,
    { kind, fun, head, body }: { kind: string; fun: string; head: JobHead; body: JobBody },
  ): Promise<{ return: Value; success: boolean; printed?: readonly Value[] }> {
    const runner = findRunner(kind, fun);
    if (!runner) {
      // As Salt does for the name of a module: what there is in it.
      const docs = /^[^.]*\.?$/.test(fun) ? docsUnder(kind, fun === '' || fun.endsWith('.') ? fun : `${fun}.`) : new Dict();
      return { return: docs.size > 0 ? docs : `'${fun}' is not available.`, success: false };
    }
    const printed: Value[] = [];
    try {
      let told = 0;
      const progress = (data: Dict) => {
        told += 1;
        const event = data.copy().set('_stamp', formatStamp(clock.now()));
        printed.push(Dict.of({ suffix: 'progress', event }));
        return announce(head, `salt/run/${head.jid}/progress`, data, told);
      };
      const it: RunnerContext = {
        context: from,
        signer,
        head,
        progress,
        print: (text) => void printed.push(text),
        ...(body.auth && { auth: body.auth }),
      };
      const { values, more } = bind(fun, runner, body);
      return { return: await runner.run(it, values, more), success: true, printed };
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      return { return: failureOf(error, { kind, fun }, runner), success: false, printed };
    }
  }
};

/** As Salt words it: documentation below wrong arguments, documentation alone for an unknown keyword. */
function failureOf(error: RunnerError, { kind, fun }: { kind: string; fun: string }, runner: RunnerFunction): Value {
  const doc = docOf(kind, fun, runner);
  if (error instanceof RunnerArguments) return `\nPassed invalid arguments: ${error.message}\n\nUsage:\n${doc.trimEnd()}\n`;
  if (error instanceof RunnerKeyword) return Dict.of({ [fun]: doc });
  return error instanceof RunnerException ? `Exception occurred in runner ${fun}: ${error.message}` : error.message;
}

function splitFun(text: string): [kind: string, fun: string] {
  const dot = text.indexOf('.');
  return [text.slice(0, dot), text.slice(dot + 1)];
}
