/** `brine runner`: a function of the platform, as `salt-run` calls one; waits for its answer. `brine wheel` is the same for wheel functions. */
import { expectOk } from '../../client/run-job.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { printerOf } from '../print.ts';
import { argumentsOf } from '../words.ts';

export const run: Run = (context, [fun, words], options) =>
  ask(context, options, { action: 'runner', fun: fun as string, words });
export const wheel: Run = (context, [fun, words], options) =>
  ask(context, options, { action: 'wheel', fun: fun as string, words });

async function ask(
  context: CommandContext,
  options: Options,
  call: { action: string; fun: string; words: unknown },
): Promise<number> {
  const { operator, request } = act(context, options);
  const { args, kwargs } = argumentsOf(call.words, options);
  const { more } = expectOk(
    await operator.call({ action: call.action, request, fun: call.fun, arg: args, kwarg: kwargs }, context.signal),
  );
  const print = printerOf(context, options);
  const failed = more.get('success') === false || Number(more.get('retcode') ?? 0n) !== 0;
  print.bare(more.get('return') ?? null, { retcode: failed ? 1 : 0, out: 'nested' });
  return failed ? EXIT.failed : EXIT.ok;
}
