/** `brine events`: which events it shows and how it writes them. What the bus and a minion give is in test/journey/table.test.ts. */
import { describe, expect, it } from 'vitest';
import { parseSince } from '../../cli/since.ts';

const NOW = Date.UTC(2026, 10, 22, 15, 0, 0);

describe('--since', () => {
  it.each<[string, number]>([
    ['90', NOW - 90_000],
    ['90s', NOW - 90_000],
    ['15m', NOW - 900_000],
    ['1.5h', NOW - 5_400_000],
    ['1d', NOW - 86_400_000],
    ['2026-11-22T14:00Z', NOW - 3_600_000],
    ['2026-11-22', Date.UTC(2026, 10, 22)],
  ])('%s', (text, at) => {
    expect(parseSince(text, NOW)).toBe(at);
  });

  it.each(['', 'yesterday', '5x', '-1', '1e3h'])('%j is no time', (text) => {
    expect(() => parseSince(text, NOW)).toThrow(expect.objectContaining({ code: 'usage.argument' }));
  });
});
