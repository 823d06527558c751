/** `brine minion status`: what the operator of a host asks first, answered by the agent itself. */
import { minionStatus } from '../../client/control.ts';
import { toPlain } from '../../core/value.ts';
import { type CommandContext, EXIT, type Run } from '../command.ts';
import { socketOf } from '../minion-socket.ts';
import { printerOf } from '../print.ts';
import { type MinionStanding, sentenceOf } from '../standing.ts';

export const run: Run = async (context, _args, options) => {
  const found = await minionStatus(socketOf(context, options.minion as string | undefined), context.signal);
  const standing = toPlain(found) as unknown as MinionStanding;
  if (options.out !== undefined) {
    const print = printerOf(context, options);
    print.one(standing.id, found, { retcode: 0, out: 'nested' });
    print.end();
  } else screen(context, standing);
  return standing.state === 'accepted' ? EXIT.ok : EXIT.failed;
};

function screen({ stdout }: CommandContext, it: MinionStanding): void {
  const rows: readonly (readonly [string, string])[] = [
    ['key', it.fingerprint],
    ['stack', it.stack],
    ['relay', it.relay ?? 'none'],
    ['queue', it.queue ?? 'none yet'],
    ['log', `${it.waiting_events} events wait to be sent${asideOf(it)}`],
    ['jobs', it.running.length > 0 ? `${it.running.length} running: ${it.running.join(', ')}` : 'none running'],
    ['clock', clockOf(it.clock_offset)],
    ['agent', `version ${it.version}, pid ${it.pid}, since ${new Date(Number(it.started)).toISOString()}`],
    ['state', it.data],
  ];
  stdout.write(`${it.id}: ${sentenceOf(it)}\n${rows.map(([name, text]) => `    ${name.padEnd(6)} ${text}\n`).join('')}`);
}

function asideOf({ set_aside, set_aside_dropped }: MinionStanding): string {
  if (set_aside === 0) return '';
  const dropped = set_aside_dropped > 0 ? ` (${set_aside_dropped} older ones were dropped)` : '';
  return `, ${set_aside} set aside${dropped}: brine minion failures`;
}

function clockOf(offset: number): string {
  if (offset === 0) return 'as the platform’s';
  return `${Math.abs(offset)} ms ${offset > 0 ? 'behind' : 'ahead of'} the platform`;
}
