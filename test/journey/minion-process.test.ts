/** A minion as a process of its own: how it ends, what a kill leaves behind, a disk that is really full, and two of them on one directory. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { dynamoClient, sqsClient } from '../../aws/clients.ts';
import { createItems } from '../../aws/items.ts';
import { createRegistry } from '../../aws/registry.ts';
import { tableNames } from '../../aws/topology.ts';
import { callMinion } from '../../client/control.ts';
import { locateSystem } from '../../client/locate.ts';
import { createOperator, type Operator } from '../../client/operator.ts';
import { jobAnswers, sendJob } from '../../client/run-job.ts';
import { parseMinionId } from '../../core/ids.ts';
import { newUlid } from '../../core/ulid.ts';
import { type Dict, fromPlain, type Value } from '../../core/value.ts';
import { type Dev, startDev } from '../../local/dev.ts';
import { loadProject } from '../../project/load.ts';
import { loadIdentity } from '../../trust/keys.ts';
import { installedDist } from '../support/bundled.ts';
import { eventually } from '../support/eventually.ts';
import { endProcesses, type Running, startProcess } from '../support/processes.ts';

const RETRY = `again:
  local.cmd.run:
    - tgt: retry
    - on_crash: retry
    - arg:
      - echo x >>{{ data['data']['file'] }}; [ $(wc -l <{{ data['data']['file'] }}) -gt 1 ] || { kill -9 {{ data['data']['agent'] }}; kill -9 0; }; echo ran
`;
let home: string;
let dev: Dev;
let operator: Operator;
const said: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'brine-minion-'));
  mkdirSync(join(home, 'srv/reactor'), { recursive: true });
  writeFileSync(join(home, 'reactor.conf'), "reactor:\n  - 'retry':\n    - /srv/reactor/retry.sls\n");
  writeFileSync(join(home, 'srv/reactor/retry.sls'), RETRY);
  dev = await startDev({
    project: loadProject(home).project,
    minions: [],
    dir: join(home, '.brine'),
    dataDir: null,
    credentials: { accessKeyId: 'AKIAMINION', secretAccessKey: 'minion' },
    log: (_part, message, fields) => said.push({ message, fields }),
  });
  operator = createOperator(locateSystem({ env: environment(), cwd: home }));
}, 60_000);

afterEach(endProcesses);

afterAll(async () => {
  await endProcesses();
  await dev?.close();
  rmSync(home, { recursive: true, force: true });
}, 30_000);

function environment(): Record<string, string> {
  const { endpoint, region, credentials } = dev.aws;
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

const registry = () =>
  createRegistry(
    createItems(dynamoClient({ region: dev.aws.region, credentials: dev.aws.credentials }), tableNames('brine').registry),
  );

/** Its key is accepted before it asks. */
async function accept(name: string, dataDir = join(home, name)): Promise<string> {
  const id = parseMinionId(name);
  mkdirSync(dataDir, { recursive: true });
  const { key, fingerprint } = await loadIdentity(join(dataDir, 'identity'));
  const record = { id, key, fingerprint, acceptedAt: Date.now(), earlier: [], grains: null, version: 1 };
  await registry().putMinion({ ...record, state: 'accepted' }, 0);
  return dataDir;
}

const words = (name: string, dataDir: string) => [
  '--input-type=module',
  '-e',
  `const { main } = await import(${JSON.stringify(join(installedDist(), 'cli/main.js'))}); await main(process.argv.slice(1));`,
  'minion',
  'start',
  '--id',
  name,
  '--data',
  dataDir,
  '--join',
  dev.join,
  '--config',
  join(home, `${name}.yaml`),
];

async function startMinion(
  name: string,
  dataDir: string,
  { stopTimeout = 30, allow = '*' }: { stopTimeout?: number; allow?: string } = {},
): Promise<{ minion: Running; socket: string }> {
  writeFileSync(join(home, `${name}.yaml`), `stop_timeout: ${stopTimeout}\nallow: ['${allow}']\n`);
  const minion = startProcess(name, words(name, dataDir), {
    env: { AWS_ENDPOINT_URL: dev.aws.endpoint, BRINE_LOG: 'all' },
  });
  await minion.waitFor(/: accepted/, 30_000);
  const [, socket = ''] = await minion.waitFor(/control socket (\S+)/);
  return { minion, socket };
}

async function send(name: string, fun: string, arg: readonly Value[], kwarg: Record<string, unknown> = {}) {
  return sendJob(operator, {
    request: newUlid(Date.now(), crypto.getRandomValues(new Uint8Array(10))),
    tgt: name,
    tgt_type: 'glob',
    fun,
    arg,
    kwarg: fromPlain(kwarg) as Dict,
  });
}

async function answer(job: { jid: string; minions: readonly string[] }): Promise<Dict> {
  for await (const { load } of jobAnswers(operator, job, { signal: AbortSignal.timeout(60_000) })) return load;
  throw new Error(`no answer to ${job.jid}`);
}

async function call(socket: string, fun: string, arg: readonly unknown[], kwarg: Record<string, unknown> = {}) {
  return callMinion(socket, { fun, arg: arg.map(fromPlain), kwarg: fromPlain(kwarg) as Dict });
}

function stateOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] ?? '';
  } catch {
    return 'gone';
  }
}

/** A queue's messages come again after a second, not after half a minute. */
async function soonAgain(name: string): Promise<void> {
  const queue = (await registry().minion(parseMinionId(name)))?.queue as string;
  const sqs = sqsClient({ region: dev.aws.region, credentials: dev.aws.credentials });
  const QueueUrl = `${dev.aws.endpoint}/000000000000/${queue}`;
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '1' } }));
  sqs.destroy();
}

it('told to end, it takes no more jobs, waits for those that run, sends their returns and ends with 0', async () => {
  const data = await accept('calm');
  const { minion } = await startMinion('calm', data);
  const job = await send('calm', 'cmd.run', [`echo began >${home}/calm-began; sleep 1; echo whole`]);
  await minion.waitFor(/"started"/);
  const ending = minion.end('SIGTERM');
  const late = await send('calm', 'cmd.run', [`echo late >${home}/calm-late`]);
  expect((await answer(job)).get('return')).toBe('whole');
  expect(await ending).toEqual({ code: 0, signal: null });
  expect(existsSync(join(home, 'calm-late'))).toBe(false);
  // It stayed in SQS and is run by the next.
  await soonAgain('calm');
  await startMinion('calm', data);
  expect((await answer(late)).get('retcode')).toBe(0n);
});

it('a job for a function that its settings do not allow is answered as refused, and not run', async () => {
  await startMinion('strict', await accept('strict'), { allow: 'test.*' });
  const load = await answer(await send('strict', 'cmd.run', [`echo ran >${home}/strict-ran`]));
  expect([load.get('outcome'), load.get('success'), load.get('return')]).toEqual([
    'refused',
    false,
    "ERROR: refused: this minion's settings do not allow cmd.run (allow).",
  ]);
  expect(existsSync(join(home, 'strict-ran'))).toBe(false);
  expect((await answer(await send('strict', 'test.ping', []))).get('return')).toBe(true);
});

it('what still runs after stop_timeout is told as interrupted, and its command left to itself', async () => {
  const data = await accept('hasty');
  const { minion } = await startMinion('hasty', data, { stopTimeout: 0 });
  const job = await send('hasty', 'cmd.run', [`echo $$ >${home}/hasty-pid; exec sleep 60`]);
  await minion.waitFor(/"started"/);
  while (!existsSync(join(home, 'hasty-pid')) || readFileSync(join(home, 'hasty-pid'), 'utf8') === '')
    await new Promise((resolve) => setTimeout(resolve, 10));
  const pid = Number(readFileSync(join(home, 'hasty-pid'), 'utf8'));
  const ended = await minion.end('SIGTERM');
  const load = await answer(job);
  try {
    expect(ended).toEqual({ code: 0, signal: null });
    expect([load.get('outcome'), load.get('success'), load.get('retcode')]).toEqual(['interrupted', false, 1n]);
    expect(load.get('return')).toMatch(
      /^The agent was stopped while this job ran; its command was left to itself \(pid \d+\)\.$/,
    );
    expect(() => process.kill(pid, 0)).not.toThrow();
  } finally {
    process.kill(pid, 'SIGKILL');
  }
  await startMinion('hasty', data); // says nothing more of it
  expect((await answer(await send('hasty', 'test.ping', []))).get('return')).toBe(true);
});

it('a second one on the same directory is refused with one message, and the first goes on', async () => {
  const data = await accept('twice');
  const { minion } = await startMinion('twice', data);
  const second = startProcess('second', words('twice', data), { env: { AWS_ENDPOINT_URL: dev.aws.endpoint } });
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(second.output).toEqual([
    `brine: ${data}: expected a directory that nobody uses, found that another agent runs on it (pid ${minion.pid}) (hint: stop it with: kill ${minion.pid}; or name another directory with --data)`,
  ]);
  expect((await answer(await send('twice', 'test.ping', []))).get('return')).toBe(true);
});

it('an adopted child keeps the time that its job gave it, and ends with all that it started', async () => {
  const data = await accept('adopt');
  const { minion } = await startMinion('adopt', data);
  const job = await send('adopt', 'cmd.run', [`(sleep 60 & echo $! >${home}/adopt-pid; wait)`], { timeout: 1 });
  await minion.waitFor(/"started"/);
  while (!existsSync(join(home, 'adopt-pid')) || readFileSync(join(home, 'adopt-pid'), 'utf8') === '')
    await new Promise((resolve) => setTimeout(resolve, 10));
  await minion.end('SIGKILL');
  await startMinion('adopt', data);
  const load = await answer(job);
  expect([String(load.get('return')).slice(-28), load.get('retcode')]).toEqual([' : Timed out after 1 seconds', 1n]);
  const pid = readFileSync(join(home, 'adopt-pid'), 'utf8').trim();
  await eventually(
    () => stateOf(pid),
    (state) => state === 'gone' || state === 'Z',
  );
});

it('on_crash: retry runs a job again that a crash cut off, where nothing is left of its command', async () => {
  const data = await accept('retry');
  const { minion, socket } = await startMinion('retry', data);
  const file = join(home, 'retry-count');
  await call(socket, 'event.fire_master', [{ file, agent: minion.pid }, 'retry']);
  expect(await minion.exited).toEqual({ code: null, signal: 'SIGKILL' });
  const { minion: next } = await startMinion('retry', data);
  await next.waitFor(/"done"/);
  expect(readFileSync(file, 'utf8')).toBe('x\nx\n');
  expect(next.output.find((line) => line.includes('"done"'))).toContain('"outcome":"done","retcode":0');
});

const mounts = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt']).status === 0;
if (!mounts) console.log('a full disk: skipped, this machine lets nobody mount a small file system of his own (unshare -rm)');

it.skipIf(!mounts)(
  'a full disk: events are refused, jobs stay in SQS, a running job still returns; with room all goes on',
  async () => {
    const data = await accept('full');
    writeFileSync(join(home, 'full.yaml'), 'stop_timeout: 5\n');
    const quoted = [process.execPath, ...words('full', data)].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const mount = `mkdir ${home}/keep && cp ${data}/identity ${home}/keep && mount -t tmpfs -o size=3m none ${data} && cp ${home}/keep/identity ${data} && exec ${quoted}`;
    const minion = startProcess('full', ['-rm', 'sh', '-c', mount], {
      command: 'unshare',
      env: { AWS_ENDPOINT_URL: dev.aws.endpoint, BRINE_LOG: 'all' },
    });
    await minion.waitFor(/: accepted/, 30_000);
    const [, socket = ''] = await minion.waitFor(/control socket (\S+)/);
    await soonAgain('full');
    const running = await send('full', 'cmd.run', [
      `dd if=/dev/zero of=${data}/fill bs=4k 2>/dev/null; touch ${home}/filled; sleep 1; echo survived`,
    ]);
    while (!existsSync(join(home, 'filled'))) await new Promise((resolve) => setTimeout(resolve, 10));

    const refused = await call(socket, 'event.send', ['full/event'], { a: 'x'.repeat(5000) });
    expect([refused.return, refused.retcode]).toEqual([false, 1]);
    // Larger than what is left of the log's last page.
    const later = await send('full', 'cmd.run', [`: ${'x'.repeat(9000)}; echo x >>${home}/full-count; echo later`]);
    await minion.waitFor(/not_taken.*the log cannot be written/, 30_000);
    expect(existsSync(join(home, 'full-count'))).toBe(false);
    expect((await answer(running)).has('return')).toBe(true);

    await call(socket, 'cmd.run', [`rm ${data}/fill`]);
    expect((await answer(later)).get('return')).toBe('later');
    expect(readFileSync(join(home, 'full-count'), 'utf8')).toBe('x\n');
    expect((await call(socket, 'event.send', ['full/event'], { a: 1 })).return).toBe(true);
  },
);
