/** `brine minion logs`: what the agent of this host reported lately, from its memory; what it printed before is where its process writes. */
import { minionLogs } from '../../client/control.ts';
import { BrineError } from '../../core/errors.ts';
import { dumpJson } from '../../core/python/json.ts';
import { Dict } from '../../core/value.ts';
import { EXIT, type Run } from '../command.ts';
import { socketOf } from '../minion-socket.ts';
import { harmless } from '../output/outputter.ts';

export const run: Run = async (context, _args, options) => {
  const count = Number(options.count ?? 50);
  if (!Number.isInteger(count) || count < 0)
    throw new BrineError({
      code: 'usage.argument',
      text: `--count wants a whole number, found ${JSON.stringify(options.count)}`,
    });
  const socket = socketOf(context, options.minion as string | undefined);
  const clean = context.stdout.isTTY ? harmless : (text: string) => text;
  for await (const line of minionLogs(socket, { count, follow: options.follow === true, signal: context.signal })) {
    const fields = line.get('fields');
    const rest = fields instanceof Dict && fields.size > 0 ? ` ${dumpJson(fields, { ensureAscii: false })}` : '';
    const text = `${new Date(Number(line.get('at'))).toISOString()} ${String(line.get('message'))}${rest}`;
    if (!context.stdout.write(`${clean(text)}\n`)) await new Promise((resolve) => context.stdout.once('drain', resolve));
  }
  return EXIT.ok;
};
