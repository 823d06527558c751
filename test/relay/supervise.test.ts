import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { installedDist } from '../support/bundled.ts';
import { STACK } from '../support/roots.ts';

let parent: ChildProcess | undefined;
afterEach(() => parent?.kill('SIGKILL'));

function start(...args: string[]) {
  parent = spawn(process.execPath, [join(installedDist(), 'test/support/relay-entry.js'), '--stack', STACK, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: parent.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return { parent, next: async () => JSON.parse(String((await lines.next()).value)) as object };
}

function childOf(pid: number | undefined): number {
  return Number(execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).trim());
}

it('a relay that was killed listens again where it was, with the key that minions pinned; SIGTERM ends both', async () => {
  const relay = start('--push', 'tcp://127.0.0.1:0', '--sub', 'tcp://127.0.0.1:0');
  const first = await relay.next();
  process.kill(childOf(relay.parent.pid), 'SIGKILL');
  expect(await relay.next()).toEqual(first);
  process.kill(childOf(relay.parent.pid), 'SIGKILL');
  expect(await relay.next()).toEqual(first);
  const child = childOf(relay.parent.pid);
  relay.parent.kill('SIGTERM');
  expect((await once(relay.parent, 'exit'))[0]).toBe(0);
  expect(() => process.kill(child, 0)).toThrow();
});

it('a relay that holds more memory than it may is started again, where it was', async () => {
  const relay = start('--push', 'tcp://127.0.0.1:0', '--sub', 'tcp://127.0.0.1:0', '--memory', '1');
  const first = await relay.next();
  expect(await relay.next()).toEqual(first);
  relay.parent.kill('SIGTERM');
  expect((await once(relay.parent, 'exit'))[0]).toBe(0);
});

it('a relay that cannot listen at all ends with it, and does not try for ever', async () => {
  const relay = start('--push', 'tcp://192.0.2.1:1', '--sub', 'tcp://127.0.0.1:0');
  expect((await once(relay.parent, 'exit'))[0]).toBe(1);
});
