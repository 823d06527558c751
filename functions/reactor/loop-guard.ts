/** Counts consequences of reactions for each signer: a loop through several hosts or a shell script is cut even when it hides its cause. */
import type { Event } from '../../core/event.ts';
import type { Clock } from '../../core/ports.ts';

/** Caused events a minute from one signer with one tag shape. */
const LIMIT = 600;

export function createLoopGuard(clock: Clock): { tooMany(event: Event): boolean } {
  const counts = new Map<string, { minute: number; count: number }>();
  return {
    tooMany(event) {
      const signer = event.origin.kind === 'minion' ? event.origin.id : event.origin.role;
      const key = `${signer} ${event.tag.replace(/\d+/g, '#')}`;
      const minute = Math.floor(clock.now() / 60_000);
      const seen = counts.get(key);
      const count = seen?.minute === minute ? seen.count + 1 : 1;
      if (counts.size > 10_000) counts.clear();
      counts.set(key, { minute, count });
      return count > LIMIT;
    },
  };
}
