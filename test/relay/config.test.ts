import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseRelaySettings } from '../../relay/config.ts';
import { giveHint } from '../../relay/hints.ts';
import { loadRelayKeys } from '../../relay/key-file.ts';
import { createBucket, createDoor, defaultLimits } from '../../relay/limits.ts';
import { STACK } from '../support/roots.ts';

it('flags go before the environment', () => {
  const settings = parseRelaySettings(['--push', 'tcp://127.0.0.1:0', '--memory=300'], {
    BRINE_STACK: STACK,
    BRINE_RELAY_PUSH: 'tcp://127.0.0.1:1',
    BRINE_RELAY_NAME: 'edge-1',
  });
  expect(settings).toMatchObject({ stack: STACK, push: 'tcp://127.0.0.1:0', sub: 'tcp://0.0.0.0:4505', name: 'edge-1' });
  expect(settings.limits).toEqual({ memory: 300_000_000 });
});

it('says all problems at once', () => {
  const say = () => parseRelaySettings(['--push', 'here', '--rate', '-1', '--bogus', '--key'], {});
  expect(say).toThrow(expect.objectContaining({ code: 'relay.settings' }));
  for (const word of ['--push', '--rate', '--bogus', '--key: its value', '--stack']) expect(say).toThrow(word);
});

it('any arguments are settings or their refusal', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('--push', '--rate=1', '--stack', STACK))), (args) => {
      try {
        parseRelaySettings(args, {});
      } catch (error) {
        expect(error).toMatchObject({ code: 'relay.settings' });
      }
    }),
  );
});

it('a key file is made once, for its owner alone, and what is no key is said', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'brine-relay-'));
  const file = join(dir, 'in', 'key');
  const keys = await loadRelayKeys(file);
  expect(await loadRelayKeys(file)).toEqual(keys);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await writeFile(file, 'x');
  await expect(loadRelayKeys(file)).rejects.toMatchObject({ code: 'relay.settings', where: { file } });
  await rm(dir, { recursive: true });
  expect((await loadRelayKeys(null)).publicKey).not.toBe((await loadRelayKeys(null)).publicKey);
});

it('sessions stay below the limit of open files', () => {
  expect(defaultLimits(1024).maxSessions).toBe(412);
  expect(defaultLimits(100).maxSessions).toBe(1);
});

it('nobody enters while as many descriptors are open as may be, and somebody does when one is closed', () => {
  fc.assert(
    fc.property(
      fc.nat(20),
      fc.array(fc.tuple(fc.constantFrom('in', 'out', 'later'), fc.nat(3)), { maxLength: 100 }),
      (most, acts) => {
        let [open, now] = [0, 0];
        const door = createDoor(most, () => open);
        for (const [act, count] of acts) {
          if (act === 'in' && door.enter(now)) open += 1;
          if (act === 'out') open = Math.max(0, open - count);
          if (act === 'later') now += count * 100;
          expect(open).toBeLessThanOrEqual(most);
        }
        expect(door.enter(now + 100)).toBe(open < most);
      },
    ),
  );
});

it('a bucket lets through what its rate says, and a large batch when it is full', () => {
  const bucket = createBucket(10, 20);
  expect([bucket.take(20, 1000), bucket.take(1, 1000), bucket.take(1, 1100)]).toEqual([true, false, true]);
  expect([bucket.take(50, 60_000), bucket.take(1, 60_000), bucket.take(1, 64_000)]).toEqual([true, false, true]);
});

it.each([
  ['{"again":"web1"}', 'again web1'],
  ['{"bell":"web1"}', 'bell web1'],
  ['{"again":1}', ''],
  ['{"again":"web1","run":"x"}', ''],
  ['', ''],
  ['null', ''],
])('the control queue’s %s is %s', (text, said) => {
  let heard = '';
  const hints = {
    again: (id: string) => {
      heard = `again ${id}`;
    },
    bell: (id: string) => {
      heard = `bell ${id}`;
    },
  };
  expect([giveHint(text, hints), heard]).toEqual([said !== '', said]);
});
