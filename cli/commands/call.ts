/** `brine call`: a function on a minion of this machine, through its agent's control socket and never through the cloud. */
import { callMinion } from '../../client/control.ts';
import { EXIT, type Run } from '../command.ts';
import { socketOf } from '../minion-socket.ts';
import { printerOf } from '../print.ts';
import { argumentsOf } from '../words.ts';

export const run: Run = async (context, [fun, words], options) => {
  const socket = socketOf(context, options.minion as string | undefined);
  const { args, kwargs } = argumentsOf(words, options);
  const print = printerOf(context, options);
  const answer = await callMinion(socket, { fun: fun as string, arg: args, kwarg: kwargs }, context.signal);
  print.one('local', answer.return, { retcode: answer.retcode, out: 'nested' });
  print.end();
  if (options.retcodePassthrough) return answer.retcode;
  return answer.retcode === 0 ? EXIT.ok : EXIT.failed;
};
