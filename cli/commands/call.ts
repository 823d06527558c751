/** `brine call`: a function on a minion of this machine, through its agent's control socket and never through the cloud; or without an agent. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { createAlone } from '../../agent/alone.ts';
import { readMinionSettings } from '../../agent/config.ts';
import { type CallResult, callMinion } from '../../client/control.ts';
import { BrineError } from '../../core/errors.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { socketOf } from '../minion-socket.ts';
import { type Printer, printerOf } from '../print.ts';
import { suggestFunction } from '../run/suggest.ts';
import { callOf, type TypedCall } from '../words.ts';

/** Of a function that does not exist, as of `salt-call`. */
const UNAVAILABLE = 255;

export const run: Run = async (context, [fun, words], options) => {
  const call = typedCall(fun as string | undefined, words, options);
  const print = printerOf(context, options);
  const result = options.local ? await callAlone(context, options, call) : await callAgent(context, options, call);
  if (options.doc) return printDocs(print, result.return);
  if (result.fault) return sayFault(context, call.fun, result.fault);
  print.one('local', result.return, { retcode: result.retcode });
  print.end();
  if (options.retcodePassthrough) return result.retcode;
  return result.retcode === 0 ? EXIT.ok : EXIT.failed;
};

function typedCall(fun: string | undefined, words: unknown, options: Options): TypedCall {
  if (options.grains) return { fun: 'grains.items', arg: [], kwarg: new Dict() };
  if (options.doc) return { fun: 'sys.doc', arg: fun === undefined ? [] : [fun], kwarg: new Dict() };
  if (fun !== undefined) return callOf(fun, words, options);
  throw new BrineError({ code: 'usage.argument', text: 'which function? (or --grains, or --doc)', hint: 'brine call test.ping' });
}

function callAgent(context: CommandContext, options: Options, call: TypedCall): Promise<CallResult> {
  return callMinion(
    socketOf(context, options.minion as string | undefined, options.data as string | undefined),
    call,
    context.signal,
  );
}

/** The settings of this host's minion where it has some; else the machine as it is. */
async function callAlone(context: CommandContext, options: Options, { fun, arg, kwarg }: TypedCall): Promise<CallResult> {
  const id = (options.minion as string | undefined) ?? context.env.BRINE_MINION_ID ?? hostname().replace(/[^A-Za-z0-9._-]/g, '-');
  const settings = readMinionSettings({ id, join: 'none: --local' }, context.env);
  const alone = await createAlone({
    id: settings.id,
    settings: { ...settings, workDir: existsSync(settings.workDir) ? settings.workDir : context.cwd },
    grains: settings.grains,
    env: context.env,
    now: Date.now(),
    report: (message, fields) => {
      if (message === 'not_sent') context.stderr.write(`not sent: ${String(fields.why)} (${String(fields.tag)})\n`);
    },
    render: async (text, values) => (await import('../../core/sls/render-on-host.ts')).renderOnHost(text, values),
  });
  try {
    return await alone.call(fun, arg, kwarg);
  } finally {
    alone.close();
  }
}

function printDocs(print: Printer, docs: Value): number {
  if (!(docs instanceof Dict)) return EXIT.failed;
  for (const [fun, text] of docs) print.say(`${pyStr(fun)}:\n${pyStr(text)}\n`);
  return EXIT.ok;
}

/** In the words of `salt-call`: errors on standard error, the documentation of what was called wrongly on standard output. */
async function sayFault(
  { stdout, stderr }: CommandContext,
  fun: string,
  { kind, message, doc }: NonNullable<CallResult['fault']>,
): Promise<number> {
  switch (kind) {
    case 'unavailable': {
      const hint = await suggestFunction(fun);
      stderr.write(`${message}\n${hint ? `${hint}\n` : ''}`);
      return UNAVAILABLE;
    }
    case 'arguments':
      stderr.write(`\nPassed invalid arguments: ${message}.\n\nUsage:\n`);
      stdout.write(`${doc ?? ''}\n`);
      break;
    case 'execution':
      stderr.write(`Error running '${fun}': ${message}\n`);
      break;
    case 'command':
      stderr.write(`Command required for '${fun}' not found: ${message}\n`);
      break;
    case 'exception':
      stderr.write(`The function caused an exception: ${message}\n`);
      break;
    default:
      stderr.write(`${message}\n`);
  }
  return EXIT.failed;
}
