/** `brine minion failures`: events of this host that the platform would not take and that its agent set aside; sent again, or dropped. */
import { minionAside } from '../../client/control.ts';
import { BrineError, codes, isCode } from '../../core/errors.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { socketOf } from '../minion-socket.ts';

export const run: Run = async (context, [op, seq], options) => {
  if (op === undefined || op === 'list') return list(context, options);
  if (op === 'retry' || op === 'drop') return change(context, options, { op, seq: String(seq ?? '') });
  throw new BrineError({ code: 'usage.argument', text: `expected retry or drop, found ${JSON.stringify(op)}` });
};

async function list(context: CommandContext, options: Options): Promise<number> {
  const aside = await minionAside(socketOf(context, options.minion as string | undefined), {
    op: 'list',
    signal: context.signal,
  });
  for (const event of aside) {
    const code = String(event.get('code'));
    const why = isCode(code) ? codes[code][1] : 'The platform refused it.';
    const at = new Date(Number(event.get('at'))).toISOString();
    context.stdout.write(`${String(event.get('seq'))} ${String(event.get('tag'))}\n    ${at} ${code}: ${why}\n`);
  }
  if (aside.length === 0) context.stdout.write('nothing was set aside\n');
  return EXIT.ok;
}

async function change(context: CommandContext, options: Options, what: { op: 'retry' | 'drop'; seq: string }): Promise<number> {
  const socket = socketOf(context, options.minion as string | undefined);
  if (what.op === 'drop' && what.seq === 'all') {
    await minionAside(socket, { op: 'clear', signal: context.signal });
    context.stdout.write('all of them are dropped\n');
    return EXIT.ok;
  }
  if (!/^\d{1,15}$/.test(what.seq))
    throw new BrineError({
      code: 'usage.argument',
      text: `expected the number of an event, found ${JSON.stringify(what.seq)}`,
      hint: 'brine minion failures',
    });
  await minionAside(socket, { op: what.op, seq: Number(what.seq), signal: context.signal });
  context.stdout.write(what.op === 'retry' ? `event ${what.seq} is in the log again\n` : `event ${what.seq} is dropped\n`);
  return EXIT.ok;
}
