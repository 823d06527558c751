/** `brine minion grains [name…]`: the host's grains as its agent has them now. */
import { callMinion } from '../../client/control.ts';
import { Dict } from '../../core/value.ts';
import { EXIT, type Run } from '../command.ts';
import { socketOf } from '../minion-socket.ts';
import { printerOf } from '../print.ts';

export const run: Run = async (context, [names], options) => {
  const socket = socketOf(context, options.minion as string | undefined);
  const wanted = (names ?? []) as readonly string[];
  const call = wanted.length > 0 ? { fun: 'grains.item', arg: [...wanted] } : { fun: 'grains.items', arg: [] };
  const answer = await callMinion(socket, { ...call, kwarg: new Dict() }, context.signal);
  const print = printerOf(context, options);
  print.bare(answer.return, { retcode: answer.retcode, out: 'nested' });
  print.end();
  return answer.retcode === 0 ? EXIT.ok : EXIT.failed;
};
