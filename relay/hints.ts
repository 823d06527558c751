/** The relay's control queue: `{again: id}` and `{bell: id}`. Hints, believed by nobody: a false one costs a hello or a poll. Trust section 4. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { decodePlain } from '../core/json.ts';
import type { Log } from './log.ts';
import type { ControlQueue } from './ports.ts';

export interface Hints {
  again(id: string): void;
  bell(id: string): void;
}

const hint = v.union([v.strictObject({ again: v.string() }), v.strictObject({ bell: v.string() })]);

/** Reads until the signal; what fails is tried again, what cannot be read is deleted. */
export async function readHints(
  queue: ControlQueue,
  hints: Hints,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
) {
  while (!signal.aborted) {
    try {
      const asked = performance.now();
      const messages = await queue.receive(signal);
      for (const { text, handle } of messages) {
        giveHint(text, hints);
        await queue.delete(handle);
      }
      // A long poll that gives nothing at once: the queue is not there (yet).
      if (messages.length === 0 && performance.now() - asked < 1000) await sleep(5000, undefined, { signal }).catch(() => {});
    } catch (error) {
      if (signal.aborted) return;
      log('control_queue_failed', { code: error instanceof Error ? error.name : 'unknown' });
      await sleep(5000, undefined, { signal }).catch(() => {});
    }
  }
}

export function giveHint(text: string, hints: Hints): boolean {
  let plain: unknown;
  try {
    plain = decodePlain(text);
  } catch {
    return false;
  }
  const found = v.safeParse(hint, plain);
  if (!found.success) return false;
  if ('again' in found.output) hints.again(found.output.again);
  else hints.bell(found.output.bell);
  return true;
}
