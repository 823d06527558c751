/**
 * Keys that enroll accepted within a day: no strangers, so a herd that comes back is not held up. In memory alone; the parent of a relay's process keeps
 * them while it is started again. A hint for whom to ask first, and nothing is believed because of it.
 */
const LATELY = 24 * 3_600_000;
const REMEMBERED = 100_000;

/** A key, and when it was accepted last. */
export type Known = readonly [key: string, at: number];

export interface Lately {
  has(key: string, now: number): boolean;
  add(known: Known): void;
  all(): readonly Known[];
}

export function createLately(before: Iterable<Known> = [], told: (known: Known) => void = () => {}): Lately {
  const keys = new Map<string, number>(before);
  return {
    has: (key, now) => now - (keys.get(key) ?? Number.NEGATIVE_INFINITY) < LATELY,
    add: ([key, at]) => {
      keys.delete(key);
      keys.set(key, at);
      if (keys.size > REMEMBERED) keys.delete(keys.keys().next().value as string);
      told([key, at]);
    },
    all: () => [...keys],
  };
}
