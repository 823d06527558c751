import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { match } from '../../support/oracle.ts';

interface Case {
  id: string;
  tgtType: string;
  tgt: unknown;
  minion: string;
  expected: boolean | { error: string };
  salt3008?: boolean | { error: string };
  quirk?: string;
}
const oracle: { minions: Record<string, { id: string; grains: object; pillar: object; nodegroups?: object }>; cases: Case[] } =
  JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/oracle/targets.json'), 'utf8'));

it.each(oracle.cases.filter((one) => one.quirk === undefined))(
  '$id: $tgtType $tgt',
  ({ tgtType, tgt, minion, expected, salt3008 }) => {
    const wanted = salt3008 ?? expected;
    const found = match(tgtType, tgt, oracle.minions[minion] as never);
    // A minion that raises does not run the job.
    expect(found).toBe(wanted === true);
  },
);
