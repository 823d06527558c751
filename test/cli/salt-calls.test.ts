/** All recorded calls of Salt 3008.5, byte for byte: `BRINE_SALT_CALLS=all`, some minutes. test/cli/salt.test.ts types a part of them each time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { masked } from '../support/mask.ts';
import { saltCalls, saltFiles, typeCalls } from '../support/salt-calls.ts';
import { type Screen, type System, startSystem } from '../support/screens.ts';

const calls = saltCalls();

describe.runIf(process.env.BRINE_SALT_CALLS === 'all')('all that was recorded', () => {
  let system: System;
  let screens: ReadonlyMap<string, Screen>;
  beforeAll(async () => {
    const minions = { mysql1: { os: 'CentOS' }, web1: { os: 'CentOS' }, db1: { os: 'Debian' } };
    system = await startSystem({ minions, files: saltFiles });
    screens = await typeCalls(system, calls);
  }, 900_000);
  afterAll(() => system.close());

  it.each(calls.filter((call) => call.out !== undefined).map((call) => [call.id, call.argv.join(' '), call] as const))(
    '%s: %s',
    (id, _typed, { out = '', err = '', exit = 0 }) => {
      expect(masked(screens.get(id) as Screen)).toEqual(masked({ out, err, exit }));
    },
  );
});
