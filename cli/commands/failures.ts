/** `brine failures`: every dead-letter place, in words, with replay. */
import { expectOk } from '../../client/run-job.ts';
import { Dict } from '../../core/value.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { harmless } from '../output/outputter.ts';

export const list: Run = async (context, _args, options) => {
  const { operator } = act(context, { ...options, quiet: true });
  const { more } = expectOk(await operator.call({ action: 'failures', op: 'list' }, context.signal));
  const found = more.get('failures');
  const failures = Array.isArray(found) ? found.filter((item): item is Dict => item instanceof Dict) : [];
  const clean = context.stdout.isTTY ? harmless : (text: string) => text;
  for (const failure of failures) {
    const at = new Date(Number(failure.get('at'))).toISOString();
    context.stdout.write(clean(`${String(failure.get('id'))}\n    ${at} ${String(failure.get('text')).replaceAll('\n', ' ')}\n`));
  }
  if (failures.length === 0) context.stdout.write('nothing failed\n');
  return EXIT.ok;
};

export const retry: Run = (context, [id], options) => change(context, options, { op: 'retry', id: id as string });
export const drop: Run = (context, [id], options) => change(context, options, { op: 'drop', id: id as string });

async function change(context: CommandContext, options: Options, what: { op: 'retry' | 'drop'; id: string }): Promise<number> {
  const { operator } = act(context, options);
  const answer = expectOk(await operator.call({ action: 'failures', ...what }, context.signal));
  context.stdout.write(`${answer.text}\n`);
  return EXIT.ok;
}
