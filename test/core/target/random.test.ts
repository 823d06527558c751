/** Random targets of every type against Salt's own matchers (test/fixtures/targets/make.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { match } from '../../support/oracle.ts';

const read = (path: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures', path), 'utf8'));
const { minions } = read('oracle/targets.json') as { minions: Record<string, Parameters<typeof match>[2]> };
const cases = read('targets/cases.json') as { tgtType: string; tgt: unknown; minion: string; expected: boolean }[];

it.each([...new Set(cases.map((one) => one.tgtType))])('%s', (type) => {
  const own = cases.filter((one) => one.tgtType === type);
  expect(own.length).toBeGreaterThan(10);
  expect(own.filter(({ tgt, minion, expected }) => match(type, tgt, minions[minion] as never) !== expected)).toEqual([]);
});
