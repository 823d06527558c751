/** One line of a part: readable on a terminal, JSON elsewhere. Only what a person should know; all of it with BRINE_LOG=all. */
import type { CommandContext } from './command.ts';

const QUIET = new Set(['hello', 'plan', 'sent', 'return', 'accepted', 'started', 'done', 'operator', 'runner', 'link_state']);

export function devLog({ stderr, env }: Pick<CommandContext, 'stderr' | 'env'>) {
  return (part: string, message: string, fields: Readonly<Record<string, unknown>>): void => {
    if (env.BRINE_LOG !== 'all' && QUIET.has(message)) return;
    const text = JSON.stringify(fields, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
    stderr.write(stderr.isTTY ? `${part}: ${message} ${text}\n` : `${JSON.stringify({ part, message })} ${text}\n`);
  };
}
