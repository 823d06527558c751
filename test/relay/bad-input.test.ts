import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCurveKeys } from '../../trust/curve.ts';
import { makeJoin } from '../../trust/join.ts';
import { installedBrine } from '../support/bundled.ts';
import { createBus, createEnroll, startRelay } from '../support/edge.ts';
import { createPlatform, createRoot, flip, STACK } from '../support/roots.ts';

const bin = installedBrine();
let dir = '';
let busy = 0;
const taken = net.createServer();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'brine-bad-'));
  writeFileSync(join(dir, 'short.key'), 'short\n');
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  busy = (taken.address() as net.AddressInfo).port;
});
afterAll(() => {
  taken.close();
  rmSync(dir, { recursive: true });
});

const joinString = (expires: number) =>
  makeJoin({
    stack: STACK,
    relays: [{ push: 'tcp://127.0.0.1:1', sub: 'tcp://127.0.0.1:1', key: createCurveKeys().publicKey }],
    roots: { jobs: [createRoot().publicKey], enroll: [createRoot().publicKey] },
    expires,
  });

/** One run of the command in a directory of its own, where nothing of a checkout is at hand. */
function run(args: readonly string[], env: Record<string, string>): Promise<{ code: unknown; said: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [bin, ...args],
      { cwd: dir, env: { PATH: process.env.PATH, HOME: dir, ...env } },
      (error, out, err) => resolve({ code: error?.code ?? 0, said: out + err }),
    );
  });
}

const aws = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-west-1' };
const relay = ['relay', 'start', '--stack', STACK, '--sub', 'tcp://127.0.0.1:0'];
const minion = (text: string) => ['minion', 'start', '--id', 'web9', '--data', join(dir, 'web9'), '--join', text];

it.each<[string, () => readonly string[], number, RegExp]>([
  ['an address that is none', () => [...relay, '--push', 'x'], 64, /--push: expected tcp:\/\/host:port, found .*"x.*hint/],
  [
    'a key file of something else',
    () => [...relay, '--push', 'tcp://127.0.0.1:0', '--key', 'short.key'],
    64,
    /short\.key: expected 40 char.*hint/,
  ],
  [
    'an endpoint that is not there',
    () => [...relay, '--push', 'tcp://127.0.0.1:0'],
    69,
    /AWS_ENDPOINT_URL: expected AWS at http:\/\/127\.0\.0\.1:1, found ECONNREFUSED \(hint/,
  ],
  ['a stale join string', () => minion(joinString(Date.UTC(2020, 0))), 1, /good until 2020-01-01.*hint: .*brine relay join/],
  ['a join string that is not whole', () => minion(flip(joinString(Date.now() + 60_000), 60)), 1, /checksum differs.*hint/],
  ['half a join string', () => minion('brine1.AAAA'), 1, /expected a join string that begins with brine1\., found.*hint/],
  ['no join string', () => ['minion', 'start', '--id', 'web9'], 1, /a minion needs --join STRING/],
])('%s: one message with place, found, wanted and hint, and no stack trace', async (_, args, code, message) => {
  const found = await run(args(), { ...aws, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
  expect(found).toMatchObject({ code, said: expect.stringMatching(message) });
  expect(found.said).not.toMatch(/\n\s+at /);
  expect(found.said.trim().split('\n').length).toBe(1);
});

it('a port in use is named, with what to do', async () => {
  const enroll = createEnroll(createPlatform());
  await expect(startRelay({ bus: createBus(), enroll, push: `tcp://127.0.0.1:${busy}` })).rejects.toMatchObject({
    code: 'relay.listen',
    message: expect.stringMatching(`^tcp://127.0.0.1:${busy}: expected a free address .*in use.*hint: `),
  });
});
