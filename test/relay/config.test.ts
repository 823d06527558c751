import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseRelaySettings } from '../../relay/config.ts';
import { giveHint } from '../../relay/hints.ts';
import { loadRelayKeys } from '../../relay/key-file.ts';
import { createLately, type Known } from '../../relay/lately.ts';
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

it('a key is known for a day after it was accepted, and is handed on', () => {
  const told: Known[] = [];
  const first = createLately([['a', 1]], (known) => told.push(known));
  first.add(['b', 5]);
  first.add(['a', 7]);
  const day = 86_400_000;
  const second = createLately(first.all());
  expect([told, second.all()]).toEqual([
    [
      ['b', 5],
      ['a', 7],
    ],
    [
      ['b', 5],
      ['a', 7],
    ],
  ]);
  expect(['a', 'b', 'c'].map((key) => second.has(key, day + 6))).toEqual([true, false, false]);
  for (let i = 0; i < 100_000; i += 1) second.add([`k${i}`, 9]);
  expect([second.all().length, second.has('a', 9), second.has('k0', 9)]).toEqual([100_000, false, true]);
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
