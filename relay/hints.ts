/** The relay's control queue: `{again: id}`, `{bell: id}` and `{bell: [id, …]}`. Hints, believed by nobody: a false one costs a hello or a poll. Trust section 4. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import { decodePlain } from '../core/json.ts';
import type { Log } from './log.ts';
import type { ControlQueue } from './ports.ts';

export interface Hints {
  again(id: string): void;
  bell(id: string): void;
  /** Whether the queue could be read. */
  hearing(yes: boolean): void;
}

const hint = v.union([
  v.strictObject({ again: v.string() }),
  v.strictObject({ bell: v.union([v.string(), v.array(v.string())]) }),
]);

/** Seconds of a long poll. */
const WAIT = 20;
const PAUSE = 2000;

/** Reads until the signal; what fails is tried again, what cannot be read is deleted. */
export async function readHints(
  queue: ControlQueue,
  hints: Hints,
  { signal, log, pause = PAUSE }: { readonly signal: AbortSignal; readonly log: Log; readonly pause?: number },
) {
  // The first look does not wait: minions are told soon whether anybody can ring for them here.
  let wait = 0;
  while (!signal.aborted) {
    try {
      const messages = await queue.receive(wait, signal);
      hints.hearing(true);
      wait = WAIT;
      for (const { text } of messages) giveHint(text, hints);
      await Promise.all(messages.map(({ handle }) => queue.delete(handle)));
    } catch (error) {
      if (signal.aborted) return;
      hints.hearing(false);
      wait = 0;
      log('control_queue_failed', { code: codeOf(error) });
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }
}

function codeOf(error: unknown): string {
  if (error instanceof BrineError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

export function giveHint(text: string, hints: Pick<Hints, 'again' | 'bell'>): boolean {
  let plain: unknown;
  try {
    plain = decodePlain(text);
  } catch {
    return false;
  }
  const found = v.safeParse(hint, plain);
  if (!found.success) return false;
  if ('again' in found.output) hints.again(found.output.again);
  else for (const id of [found.output.bell].flat()) hints.bell(id);
  return true;
}
