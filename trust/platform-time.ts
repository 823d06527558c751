/** Platform time: the host's clock plus what the last signed answer taught. Every time in a message is meant so. */
import type { Clock } from '../core/ports.ts';

/** An answer that took longer says too little about now. */
const TOO_SLOW = 30_000;

export interface PlatformTime extends Clock {
  /** Milliseconds to add to the host's clock. */
  offset(): number;
  /** `now` of a verified answer; `sent` and `received` are the host's own times around it. */
  learn(answer: { readonly now: number; readonly sent: number; readonly received: number }): void;
}

export function createPlatformTime(clock: Clock, offset = 0): PlatformTime {
  let shift = offset;
  return {
    now: () => clock.now() + shift,
    offset: () => shift,
    learn: ({ now, sent, received }) => {
      if (received < sent || received - sent >= TOO_SLOW) return;
      shift = Math.round(now - (sent + received) / 2);
    },
  };
}
