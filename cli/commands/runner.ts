/** `brine runner`: a function of the platform, as `salt-run` calls one; waits for its answer. `brine wheel` is the same for wheel functions. */
import { expectOk } from '../../client/run-job.ts';
import { BrineError } from '../../core/errors.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { printerOf } from '../print.ts';
import { argumentsOf } from '../words.ts';

export const run: Run = (context, [fun, words], options) =>
  options.doc
    ? printDocs(context, options, fun as string | undefined)
    : ask(context, options, { action: 'runner', fun: fun as string | undefined, words });
export const wheel: Run = (context, [fun, words], options) =>
  ask(context, options, { action: 'wheel', fun: fun as string | undefined, words });

interface Asked {
  readonly action: 'runner' | 'wheel';
  readonly fun: string | undefined;
  readonly words: unknown;
}

async function ask(context: CommandContext, options: Options, asked: Asked): Promise<number> {
  const print = printerOf(context, options);
  const { value, failed } = await answerOf(context, options, asked);
  print.bare(value, { retcode: failed ? 1 : 0 });
  return failed ? EXIT.failed : EXIT.ok;
}

async function answerOf(
  context: CommandContext,
  options: Options,
  { action, fun, words }: Asked,
): Promise<{ value: Value; failed: boolean }> {
  if (fun === undefined)
    throw new BrineError({
      code: 'usage.argument',
      text: 'which function?',
      hint: `brine ${action} ${action === 'runner' ? 'manage.up' : 'key.list_all'}`,
    });
  const { args, kwargs } = argumentsOf(words, options);
  const { operator, request } = act(context, options);
  const { more } = expectOk(await operator.call({ action, request, fun, arg: args, kwarg: kwargs }, context.signal));
  const failed = more.get('success') === false || Number(more.get('retcode') ?? 0n) !== 0;
  return { value: more.get('return') ?? null, failed };
}

/** As `salt-run -d` prints it. */
async function printDocs(context: CommandContext, options: Options, fun: string | undefined): Promise<number> {
  const print = printerOf(context, options);
  const { value, failed } = await answerOf(context, options, {
    action: 'runner',
    fun: 'doc.runner',
    words: fun === undefined ? [] : [fun],
  });
  if (failed || !(value instanceof Dict)) {
    print.bare(value, { retcode: 1 });
    return EXIT.failed;
  }
  for (const [name, text] of value) print.say(`${pyStr(name)}:\n${pyStr(text)}`);
  return EXIT.ok;
}
