/** `brine failures`: every dead-letter place, in words, with replay. */
import { expectOk } from '../../client/run-job.ts';
import { Dict } from '../../core/value.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';

export const list: Run = async (context, _args, options) => {
  const { operator } = act(context, { ...options, quiet: true });
  const { more } = expectOk(await operator.call({ action: 'failures', op: 'list' }, context.signal));
  const found = more.get('failures');
  const failures = Array.isArray(found) ? found.filter((item): item is Dict => item instanceof Dict) : [];
  for (const failure of failures) {
    context.stdout.write(`${String(failure.get('place'))} ${String(failure.get('id'))}\n    ${String(failure.get('text'))}\n`);
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
