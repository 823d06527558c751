/** docs/performance.md's arithmetic of polls and bells. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BACKSTOP, backstopFor, doorbellCost, longPollCost, SILENT_FLEET } from '../../core/waiting-cost.ts';

it('10,000 hosts that poll plainly cost $518 a month', () => {
  expect(longPollCost({ minions: 10_000 })).toBeCloseTo(518.4, 1);
});

it('10,000 hosts that wait for a bell cost $40 at most, their bells and the relays’ own polls counted', () => {
  expect(backstopFor(SILENT_FLEET, 40)).toBeLessThanOrEqual(BACKSTOP);
  expect(backstopFor(SILENT_FLEET, 40)).toBeGreaterThan(BACKSTOP - 60);
  expect(doorbellCost(SILENT_FLEET, 3600 / BACKSTOP)).toBeCloseTo(35.9, 1);
});

it('a fleet that polls as `backstopFor` says costs its budget, whatever its size', () => {
  const fleet = fc.record({
    minions: fc.integer({ min: 1, max: 100_000 }),
    relays: fc.integer({ min: 1, max: 20 }),
    jobs: fc.integer({ min: 0, max: 1000 }),
  });
  fc.assert(
    fc.property(fleet, fc.double({ min: 1, max: 10_000, noNaN: true }), (given, budget) => {
      const seconds = backstopFor(given, budget);
      if (seconds === Number.POSITIVE_INFINITY) return doorbellCost(given, 0) >= budget;
      return Math.abs(doorbellCost(given, 3600 / seconds) - budget) < 1e-6 * budget;
    }),
  );
});
