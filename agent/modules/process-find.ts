/** Processes by name or command line, and signals by number or name. */
import { constants } from 'node:os';
import { pyStr } from '../../core/python/print.ts';
import { compileRegex } from '../../core/regex/compile.ts';
import type { Value } from '../../core/value.ts';
import { findUser } from './accounts.ts';
import { InvocationError } from './module.ts';
import { commandOf, idsOf, pids, readProcess } from './proc.ts';

export interface Wanted {
  readonly pattern: string;
  readonly user: string | null;
  /** The whole command line. */
  readonly full: boolean;
  readonly regex: boolean;
}

export function pgrep({ pattern, user, full, regex }: Wanted): number[] {
  const compiled = regex ? compileRegex(pattern) : null;
  const uid = user === null ? null : findUser(user)?.uid;
  return pids().filter((pid) => {
    const found = readProcess(pid);
    if (!found || (uid !== null && idsOf(pid, 'Uid')[0] !== uid)) return false;
    const text = full ? commandOf(pid).join(' ') : found.name;
    return compiled ? compiled.search(text) !== null : text.includes(pattern);
  });
}

export function signalNumber(given: Value): number {
  const wanted = pyStr(given)
    .toUpperCase()
    .replace(/^(?=[A-Z])(?!SIG)/, 'SIG');
  const found = Object.entries(constants.signals).find(([name, number]) => name === wanted || String(number) === wanted);
  if (!found && wanted !== '0') throw new InvocationError(`signal: expected a signal, found '${pyStr(given)}'`);
  return found ? found[1] : 0;
}
