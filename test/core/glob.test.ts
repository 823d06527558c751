import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { matchGlob } from '../../core/glob.ts';

const oracle: { cases: { id: string; tag: string; glob: string; expected: boolean }[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/oracle/fnmatch.json'), 'utf8'),
);

it.each(oracle.cases)('$id: does $glob match $tag? $expected', ({ tag, glob, expected }) => {
  expect(matchGlob(tag, glob)).toBe(expected);
});

it('takes what a host wrote as it is', () => {
  expect(matchGlob('a*b', 'a*b', [[0, 3]])).toBe(true);
  expect(matchGlob('axb', 'a*b', [[0, 3]])).toBe(false);
});
