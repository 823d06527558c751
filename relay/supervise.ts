/** The restart around a relay: it is a child that may end at any time, and nothing that minions pinned changes when it is started again. */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CurveKeys } from '../trust/curve.ts';
import type { RelayAddress } from '../trust/join.ts';
import { createLately, type Known } from './lately.ts';
import type { Log } from './log.ts';
import type { Handover } from './serve.ts';

/** Set in the child's environment, so that the same entry file knows which of the two it is. */
export const CHILD = 'BRINE_RELAY_CHILD';

const ASK = 'handover';

type FromChild = typeof ASK | { readonly address: RelayAddress } | { readonly accepted: Known };

export interface SuperviseOptions {
  /** The entry file, and its arguments. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly keys: CurveKeys;
  readonly push: string;
  readonly sub: string;
  readonly log: Log;
  /** Called when the relay listens, for the first time and after each restart. */
  onReady(address: RelayAddress): void;
  readonly signal: AbortSignal;
  /** First pause after a death, milliseconds; doubled up to 64 times while the child does not come up. */
  readonly pause?: number;
}

/** Resolves with the exit code of a child that ended by itself before it ever listened (its settings are wrong), or 0 at the signal. */
export async function superviseRelay(options: SuperviseOptions): Promise<number> {
  const { entry, args, keys, log, onReady, signal, pause = 250 } = options;
  let handover: Handover = { keys, push: options.push, sub: options.sub };
  const lately = createLately();
  let listened = false;
  let failures = 0;
  while (!signal.aborted) {
    const child = fork(entry, [...args], {
      env: { ...process.env, [CHILD]: '1' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    child.on('message', (message: FromChild) => {
      if (message === ASK) return child.send({ ...handover, lately: lately.all() });
      if ('accepted' in message) return lately.add(message.accepted);
      listened = true;
      failures = 0;
      handover = { keys, push: message.address.push, sub: message.address.sub };
      onReady(message.address);
    });
    const code = await ended(child);
    signal.removeEventListener('abort', stop);
    if (signal.aborted) break;
    if (!listened) return code ?? 1;
    log('started_again', { code });
    await sleep(pause * 2 ** Math.min(failures, 6), undefined, { signal }).catch(() => {});
    failures += 1;
  }
  return 0;
}

/** The child's side. It asks when it listens for the answer: what is sent to a process that still loads its code may be lost. */
export function handedOver(): Promise<Handover> {
  return new Promise((resolve) => {
    process.once('message', (message) => resolve(message as Handover));
    process.send?.(ASK);
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(1));
  });
}
