/** Which agent's control socket a command means: `--minion ID` of a live `brine dev`, else the agent of this host. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { findDev } from '../client/locate.ts';
import { controlPath } from '../core/control-path.ts';
import { BrineError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { CommandContext } from './command.ts';

export function socketOf(context: CommandContext, id: string | undefined, data?: string): string {
  if (data !== undefined) return controlPath(resolve(context.cwd, data), context.env);
  const dev = findDev(context.cwd);
  const sockets = dev?.sockets ?? {};
  const only = Object.keys(sockets).length === 1 ? Object.keys(sockets)[0] : undefined;
  const wanted = id ?? only;
  const known = wanted === undefined ? undefined : sockets[wanted];
  if (known) return known;
  const path = controlPath(context.env.BRINE_DATA ?? `/var/lib/brine/${wanted ?? ''}`, context.env);
  if (wanted !== undefined && existsSync(path)) return path;
  const close = wanted === undefined ? undefined : nearest(wanted, Object.keys(sockets));
  const there = Object.keys(sockets).join(', ');
  throw new BrineError({
    code: 'system.not_found',
    text: wanted === undefined ? 'which minion? there are several' : `no minion ${wanted} runs here`,
    hint: close
      ? `did you mean ${close}?`
      : there
        ? `--minion is one of ${there}`
        : 'start one with: brine dev, or brine minion start',
  });
}
