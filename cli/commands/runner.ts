/** `brine runner`: a function of the platform, as `salt-run` calls one; waits for its answer. `brine wheel` is the same for wheel functions. */
import { expectOk } from '../../client/run-job.ts';
import { BrineError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
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
  const { value, failed, printed } = await answerOf(context, options, asked);
  for (const line of printed) {
    if (typeof line === 'string') print.say(line);
    else print.bare(line, { retcode: 0 });
  }
  print.bare(value, { retcode: failed ? 1 : 0 });
  return failed ? EXIT.failed : EXIT.ok;
}

async function answerOf(
  context: CommandContext,
  options: Options,
  { action, fun, words }: Asked,
): Promise<{ value: Value; failed: boolean; printed: readonly Value[] }> {
  if (!fun)
    throw new BrineError({
      code: 'usage.argument',
      text: 'which function?',
      hint: `brine ${action} ${action === 'runner' ? 'manage.up' : 'key.list_all'}`,
    });
  const { args, kwargs } = argumentsOf(words, options);
  const { operator, request } = act(context, options);
  const { more } = expectOk(await operator.call({ action, request, fun, arg: args, kwarg: kwargs }, context.signal));
  const failed = more.get('success') === false || Number(more.get('retcode') ?? 0n) !== 0;
  const printed = more.get('printed');
  return { value: more.get('return') ?? null, failed, printed: Array.isArray(printed) ? printed : [] };
}

/** As `salt-run -d` prints it: of one function, of a module, or of all. */
async function printDocs(context: CommandContext, options: Options, fun = ''): Promise<number> {
  const print = printerOf(context, options);
  const { value } = await answerOf(context, options, { action: 'runner', fun: 'doc.runner', words: [] });
  const all = [...(value instanceof Dict ? value : [])].map(([name, text]) => [pyStr(name), pyStr(text)] as const);
  const found = all.filter(([name]) => name === fun || fun === '' || name.startsWith(fun.endsWith('.') ? fun : `${fun}.`));
  for (const [name, text] of found) print.say(`${name}:\n${text}`);
  if (found.length > 0) return EXIT.ok;
  const close = nearest(
    fun,
    all.map(([name]) => name),
  );
  context.stderr.write(`there is no runner function '${fun}'${close ? `; did you mean ${close}?` : ''}\n`);
  return EXIT.nothing;
}
