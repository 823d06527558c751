import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import type { RelayAddress } from '../../trust/join.ts';
import { installedDist } from '../support/bundled.ts';
import { startMinion, type TestMinion, until } from '../support/edge.ts';
import { createPlatform, STACK } from '../support/roots.ts';

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

it('keys that were accepted are no strangers to a relay that was started again', async () => {
  process.env.STRANGERS = '0.001'; // one, and then none for a quarter of an hour
  const relay = start('--push', 'tcp://127.0.0.1:0', '--sub', 'tcp://127.0.0.1:0');
  delete process.env.STRANGERS;
  const address = (await relay.next()) as RelayAddress;
  const hosts: TestMinion[] = [];
  const startHost = (id: string) => {
    const host = startMinion(id, { platform: createPlatform(), relays: [address] });
    hosts.push(host);
    return host;
  };
  // That relay's roots are not those that the host pins: an answer of enroll is what it does not believe.
  const codes = ({ said }: TestMinion) => said.flatMap(([, fields]) => (fields as { code?: string } | undefined)?.code ?? []);
  const first = startHost('known1');
  await until(
    () => codes(first).filter((code) => code === 'trust.certificate').length >= 3,
    () => first.said,
  );
  process.kill(childOf(relay.parent.pid), 'SIGKILL');
  expect(await relay.next()).toEqual(address);
  const before = codes(first).length;
  await until(
    () => codes(first).slice(before).includes('trust.certificate'),
    () => first.said,
  );
  const second = startHost('known2');
  await until(() => codes(second).length > 0);
  expect(codes(second)[0]).toBe('trust.certificate');
  await Promise.all(hosts.map(({ link }) => link.close()));
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
