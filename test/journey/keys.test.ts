/** A key's whole life, with a real minion process: pending, accepted while it waits, deleted; then its session and its queue are gone. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sqsClient } from '../../aws/clients.ts';
import { callMinion } from '../../client/control.ts';
import { Dict } from '../../core/value.ts';
import { installedBrine } from '../support/bundled.ts';
import { eventually } from '../support/eventually.ts';
import { type Exit, endProcesses, type Running, startProcess } from '../support/processes.ts';

const brine = installedBrine();
let home: string;
let env: Record<string, string>;
let joined: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'brine-keys-'));
  mkdirSync(join(home, 'project'));
  writeFileSync(join(home, 'project/reactor.conf'), 'reactor: []\n');
  const dev = startProcess('dev', [brine, 'dev'], { cwd: join(home, 'project'), env: { AWS_ENDPOINT_URL: undefined } });
  await dev.waitFor(/is ready/, 60_000);
  const file = JSON.parse(readFileSync(join(home, 'project/.brine/dev.json'), 'utf8'));
  joined = file.join;
  env = {
    AWS_ENDPOINT_URL: file.endpoint,
    AWS_REGION: file.region,
    AWS_ACCESS_KEY_ID: file.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: file.credentials.secretAccessKey,
  };
}, 90_000);

afterAll(async () => {
  await endProcesses();
  rmSync(home, { recursive: true });
});

async function type(words: readonly string[], input?: string): Promise<Exit & { text: string }> {
  const shell = startProcess(words.join(' '), [brine, ...words], { cwd: home, env });
  if (input !== undefined) shell.write(input);
  const exit = await shell.exited;
  return { ...exit, text: shell.output.join('\n') };
}

const startMinion = (id: string): Running =>
  startProcess(id, [brine, 'minion', 'start', '--id', id, '--data', join(home, id), '--join', joined], {
    cwd: home,
    env: { ...env, BRINE_LOG: 'all' },
  });

const status = (id: string) => type(['minion', 'status', '--minion', id]);

it('pending → accepted while it waits → deleted: session, credentials and queue end', async () => {
  const web9 = startMinion('web9');
  await web9.waitFor(/web9: pending.*SHA256:/, 60_000);
  const socket = (await web9.waitFor(/control socket (\S+)/))[1] as string;
  const sockets = { BRINE_DATA: join(home, 'web9') };
  Object.assign(env, sockets);
  // The fingerprint is the same on both sides.
  const here = await status('web9');
  const print = /SHA256:[A-Za-z0-9+/=]+/.exec(here.text)?.[0] as string;
  expect([here.code, here.text]).toEqual([1, expect.stringContaining(`brine key accept web9 '${print}'`)]);
  expect((await type(['key', 'finger', 'web9'])).text).toBe(`Unaccepted Keys:\nweb9:  ${print}`);

  expect((await type(['key', 'accept', 'web9', print, '--yes'])).text).toContain(
    'Unaccepted Keys:\nweb9\nKey for minion web9 accepted.',
  );
  await web9.waitFor(/web9: accepted/, 60_000);
  expect((await type(['run', 'web9', 'test.ping'])).text).toContain('web9:\n    True');
  const accepted = await status('web9');
  const queue = /queue\s+\S+\/(brine-m-\w+)/.exec(accepted.text)?.[1] as string;
  expect([accepted.code, queue]).toEqual([0, expect.stringMatching(/^brine-m-/)]);
  const sqs = sqsClient({
    region: env.AWS_REGION as string,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID as string, secretAccessKey: env.AWS_SECRET_ACCESS_KEY as string },
  });
  process.env.AWS_ENDPOINT_URL = env.AWS_ENDPOINT_URL;
  const there = () =>
    sqs.send(new GetQueueUrlCommand({ QueueName: queue })).then(
      () => true,
      (error: Error) => error.name,
    );
  expect(await there()).toBe(true);

  expect((await type(['key', 'delete', 'web9', '--yes'])).text).toContain('Accepted Keys:\nweb9\nKey for minion web9 deleted.');
  // Its session is asked again, and the answer is that it waits like anybody; the process goes on.
  await eventually(
    async () => (await status('web9')).text,
    (text) => text.startsWith('web9: pending'),
  );
  expect(await there()).toMatch(/NonExistent|DoesNotExist/);
  expect((await type(['run', 'web9', 'test.ping'])).code).toBe(2);
  // What it fires meanwhile stays in its own log, and reaches nobody.
  await callMinion(socket, { fun: 'event.fire_master', arg: ['x', 'late/event'], kwarg: new Dict() });
  expect((await status('web9')).text).toContain('1 events wait');
  sqs.destroy();
  expect((await web9.end('SIGTERM')).code).toBe(0);
}, 180_000);

it('two hosts under one name: the id alone is not enough, the fingerprint is; a glob shows both and asks', async () => {
  const [one, two] = [
    startMinion('twin'),
    startProcess('twin2', [brine, 'minion', 'start', '--id', 'twin', '--data', join(home, 'twin2'), '--join', joined], {
      cwd: home,
      env,
    }),
  ];
  await Promise.all([one, two].map((minion) => minion.waitFor(/twin: pending/, 60_000)));
  const unclear = await type(['key', 'accept', 'twin']);
  expect([unclear.code, unclear.text]).toEqual([1, expect.stringMatching(/twin has several keys: SHA256:\S+, SHA256:/)]);
  const prints = [...new Set(unclear.text.match(/SHA256:[A-Za-z0-9+/=]+/g))];
  expect(prints).toHaveLength(2);
  const both = await type(['key', 'reject', 'twin*'], 'n\n');
  expect([both.code, both.text]).toEqual([1, expect.stringContaining('name one: brine key reject twin')]);
  const asked = await type(['key', 'delete', 'twin*'], 'n\n');
  expect([asked.code, asked.text]).toEqual([
    1,
    expect.stringMatching(/going to be deleted:\nUnaccepted Keys:\ntwin: {2}SHA256:\S+, SHA256:\S+\n/),
  ]);
  expect((await type(['key', 'list'])).text).toContain('Unaccepted Keys:\ntwin');
  expect((await type(['key', 'accept', 'twin', prints[0] as string, '--yes'])).code).toBe(0);
  expect((await type(['key', 'finger', 'twin'])).text).toContain(`Accepted Keys:\ntwin:  ${prints[0]}`);
  // The other one asks for an id that is taken, and is told so.
  const told = [one, two].map((minion) =>
    minion.waitFor(/twin: (accepted$|denied: another key is accepted under this id; .*)/, 60_000),
  );
  const denied = 'denied: another key is accepted under this id; compare with brine key finger twin';
  expect((await Promise.all(told)).map(([, state]) => state).sort()).toEqual(['accepted', denied]);
  const gone = await type(['key', 'delete', '*', '--yes']);
  expect(gone.text).toContain('Key for minion twin deleted.');
  expect(await type(['key', 'delete', 'twin9'])).toMatchObject({
    code: 2,
    text: expect.stringContaining("The key glob 'twin9' does not match any minion keys."),
  });
  await Promise.all([one, two].map((minion) => minion.end('SIGTERM')));
}, 180_000);
