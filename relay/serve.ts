/** The relay as a child process: takes its key and addresses from the parent that starts it again, serves until told to stop. */
import type { EventBus } from '../core/ports.ts';
import type { CurveKeys } from '../trust/curve.ts';
import type { RelaySettings } from './config.ts';
import { openRelayControl } from './control.ts';
import { createLately, type Known } from './lately.ts';
import type { Log } from './log.ts';
import type { ControlQueue, Enroll } from './ports.ts';
import { createRelay } from './relay.ts';

export interface RelayPorts {
  readonly bus: EventBus;
  readonly enroll: Enroll;
  readonly control?: ControlQueue;
}

/** What the parent hands over: the key stays with it while children come and go, and so do the ports that were chosen. */
export interface Handover {
  readonly keys: CurveKeys;
  readonly push: string;
  readonly sub: string;
  /** Keys that an earlier child's enroll accepted. */
  readonly lately?: readonly Known[];
}

/** Exit code of a child that holds too much memory: start me again (EX_TEMPFAIL). */
export const START_AGAIN = 75;

/** Resolves when the parent asked it to stop; the process may then end with 0. */
export async function serveRelay(
  settings: RelaySettings,
  { keys, push, sub, lately }: Handover,
  ports: RelayPorts,
  log: Log,
): Promise<void> {
  let end = (_code: number): void => {};
  const over = new Promise<number>((resolve) => {
    end = resolve;
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(0));
  // Without its parent nobody would start it again, and its key would be gone.
  process.once('disconnect', () => end(0));
  const { stack, pack, limits } = settings;
  const clock = { now: () => Date.now() };
  const relay = await createRelay({
    stack,
    push,
    sub,
    keys,
    clock,
    log,
    limits,
    pack,
    lately: createLately(lately, (accepted) => process.send?.({ accepted })),
    ...ports,
    onMemory: () => end(START_AGAIN),
  });
  process.send?.({ address: relay.address });
  const control = await openRelayControl({ relay, stack, name: settings.name, env: process.env });
  process.exitCode = await over;
  control?.close();
  await relay.close();
  if (process.connected) process.disconnect();
}

/** One JSON line on standard error; readable on a terminal all the same. */
export function logLine(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), part: 'relay', message, ...fields })}\n`);
}
