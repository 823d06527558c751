/** `brine minion start`: a minion in a process of its own. It needs a join string and nothing else; hosts hold no lasting AWS keys. */
import { join } from 'node:path';
import { readMinionSettings } from '../../agent/config.ts';
import { runMinion } from '../../agent/main.ts';
import { findDev } from '../../client/locate.ts';
import { BrineError } from '../../core/errors.ts';
import { parseJoin } from '../../trust/join.ts';
import { loadIdentity } from '../../trust/keys.ts';
import { type CommandContext, EXIT, type Run } from '../command.ts';
import { devLog } from '../dev-log.ts';
import { parseMinionFlag } from '../minion-flag.ts';
import { sentenceOf } from '../standing.ts';

export const run: Run = async (context, _args, options) => {
  const joined = options.join === '-' ? await readAll(context) : (options.join as string | undefined);
  const grains = typeof options.grains === 'string' ? parseMinionFlag(`x:${options.grains}`).grains : {};
  const settings = readMinionSettings(
    {
      id: options.id as string | undefined,
      data: options.data as string | undefined,
      config: options.config as string | undefined,
      join: joined,
      grains,
    },
    context.env,
  );
  // Beside a live brine dev its AWS is meant, where the environment names none.
  const dev = context.env.AWS_ENDPOINT_URL === undefined ? findDev(context.cwd) : null;
  if (dev) process.env.AWS_ENDPOINT_URL = dev.endpoint;
  const identity = await loadIdentity(join(settings.dataDir, 'identity'));
  const log = devLog(context);
  const relays = parseJoin(settings.join, Date.now()).relays.map(({ push }) => push);
  let state = '';
  let lost = '';
  await runMinion(settings, {
    env: context.env,
    signal: context.signal,
    report: (message, fields) => {
      if (message === 'link_state' && fields.state !== state) {
        state = String(fields.state);
        lost = '';
        const { fingerprint } = identity;
        context.stdout.write(`${settings.id}: ${sentenceOf({ id: settings.id, fingerprint, state, relay: null, relays })}\n`);
      }
      if (message === 'link_lost') {
        const why = String(fields.reason);
        if (why !== lost)
          context.stderr.write(
            `${settings.id}: the relay at ${String(fields.relay)} does not answer (${why}); it is asked again and again (hint: is it running, and are both its ports open from here? brine relay status)\n`,
          );
        lost = why;
        state = '';
      } else log(`minion ${settings.id}`, message, fields);
    },
    render: async (text, values) => (await import('../../core/sls/render-on-host.ts')).renderOnHost(text, values),
    ready: (agent) =>
      void context.stdout.write(
        `${settings.id}: started, control socket ${agent.socket}\n${settings.id}: asks the relay at ${relays.join(', ')}\n`,
      ),
  });
  return EXIT.ok;
};

/** `--join -` keeps the join string out of `ps`. */
async function readAll(context: CommandContext): Promise<string> {
  let text = '';
  for await (const chunk of context.stdin) text += String(chunk);
  if (text.trim() === '') throw new BrineError({ code: 'usage.argument', text: '--join - found nothing on standard input' });
  return text.trim();
}
