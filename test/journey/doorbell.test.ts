/** Step 12 with the doorbell: a relay process, a minion whose regular poll is an hour away, and SQS watched from inside. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Agent, createAgent } from '../../agent/agent.ts';
import { defaultTiming } from '../../agent/link/timing.ts';
import type { PollTiming } from '../../agent/poller.ts';
import { dynamoClient, kmsClient } from '../../aws/clients.ts';
import { createItems } from '../../aws/items.ts';
import { openJobQueue } from '../../aws/job-queue.ts';
import { createRegistry } from '../../aws/registry.ts';
import { readRoots } from '../../aws/roots.ts';
import { queueNames, tableNames, topologyOf } from '../../aws/topology.ts';
import { createOperator } from '../../client/operator.ts';
import { expectOk, jobAnswers, sendJob } from '../../client/run-job.ts';
import { parseMinionId, parseStack } from '../../core/ids.ts';
import { newUlid } from '../../core/ulid.ts';
import { Dict } from '../../core/value.ts';
import { type Aws, startAws } from '../../local/aws.ts';
import { deploy } from '../../local/deploy.ts';
import { startHost } from '../../local/dev.ts';
import type { Host } from '../../local/host.ts';
import { loadProject } from '../../project/load.ts';
import type { RelayAddress } from '../../trust/join.ts';
import { loadIdentity } from '../../trust/keys.ts';
import { installedDist } from '../support/bundled.ts';
import { endProcesses, type Running, startProcess } from '../support/processes.ts';

const root = join(import.meta.dirname, '../..');
const stack = parseStack('000000000000/us-east-1/brine');
const topology = topologyOf(stack);
const credentials = { accessKeyId: 'AKIABELL', secretAccessKey: 'bell' };
const web1 = parseMinionId('web1');
const HOUR = 3_600_000;
let home: string;
let aws: Aws;
let host: Host;
let relay: { readonly process: Running; readonly address: RelayAddress };
let agent: Agent | undefined;
/** Bells that are sent go nowhere while this is set. */
let mute = false;
const said: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
const heard = new Set<() => void>();

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'brine-bell-'));
  aws = await startAws({ dir: null, credentials });
  process.env.AWS_ENDPOINT_URL = aws.endpoint;
  const { sqs, iam } = aws.services;
  const enqueue = sqs.enqueue.bind(sqs);
  sqs.enqueue = (queue, message) =>
    mute && queue.name === queueNames('brine').relay('1') ? Promise.resolve() : enqueue(queue, message);
  const { project } = loadProject(join(root, 'examples/seed'));
  await deploy({ stack, project, credentials, access: iam.access });
  host = startHost(aws, { stack, project, log: () => {} });
  relay = await startRelay();
}, 60_000);

afterEach(async () => {
  mute = false;
  await agent?.close({ stopTimeout: 1 });
  agent = undefined;
  said.length = 0;
});

afterAll(async () => {
  await endProcesses();
  await host.close();
  await aws.close();
  rmSync(home, { recursive: true });
}, 30_000);

async function startRelay(at?: RelayAddress, name = '1'): Promise<typeof relay> {
  const listen = at ?? { push: 'tcp://127.0.0.1:0', sub: 'tcp://127.0.0.1:0' };
  const flags = [
    `--stack=${stack}`,
    `--name=${name}`,
    `--key=${join(home, `relay${name}.key`)}`,
    `--push=${listen.push}`,
    `--sub=${listen.sub}`,
  ];
  const process = startProcess('relay', [join(installedDist(), 'relay/main.js'), ...flags], {
    env: {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
  const [line] = await process.waitFor(/^\{"push".*/, 30_000);
  return { process, address: JSON.parse(line) as RelayAddress };
}

async function startMinion(polling: Partial<PollTiming>, by = relay.address): Promise<void> {
  const dataDir = mkdtempSync(join(home, 'minion-'));
  const { key, fingerprint } = await loadIdentity(join(dataDir, 'identity'));
  const options = { region: topology.region, credentials };
  const registry = createRegistry(createItems(dynamoClient(options), tableNames(topology.name).registry));
  await registry.removeMinion(web1);
  await registry.putMinion(
    { id: web1, state: 'accepted', key, fingerprint, acceptedAt: Date.now(), earlier: [], grains: null, version: 1 },
    0,
  );
  agent = await createAgent({
    id: web1,
    dataDir,
    join: {
      stack,
      relays: [by],
      roots: await readRoots(kmsClient(options), topology.aliases),
      expires: Date.now() + HOUR,
    },
    grains: {},
    settings: { allow: ['*'], workDir: join(dataDir, 'work'), shellByDefault: true, stopTimeout: 1 },
    clock: { now: Date.now },
    random: { bytes: (count) => randomBytes(count) },
    openQueue: (access) => openJobQueue(topology.region, access, 1),
    env: { PATH: process.env.PATH },
    timing: { ...defaultTiming, ping: 200, reconnect: [50, 200] },
    polling: { backstop: HOUR, linger: 0, distrust: HOUR, ...polling },
    report: (message, fields) => {
      said.push({ message, fields });
      for (const look of heard) look();
    },
  });
}

/** The minion has said this so often. */
function hears(message: string, times = 1): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (count(message) < times) return;
      heard.delete(look);
      resolve();
    };
    heard.add(look);
    look();
  });
}

function count(message: string): number {
  return said.filter((line) => line.message === message).length;
}

const operator = () => createOperator({ region: topology.region, endpoint: aws.endpoint, credentials, stack, where: 'here' });

async function ping(): Promise<string> {
  const request = newUlid(Date.now(), randomBytes(10));
  const { jid } = await sendJob(operator(), {
    request,
    tgt: 'web1',
    tgt_type: 'glob',
    fun: 'test.ping',
    arg: [],
    kwarg: new Dict(),
  });
  return jid;
}

it('a job that is sent while the minion waits comes by the bell, its regular poll being an hour away', async () => {
  await startMinion({});
  await hears('waits_for_bell');
  for (const n of [1, 2]) {
    await ping();
    await hears('done', n);
    await hears('waits_for_bell', n + 1);
  }
  expect(count('bell_missed')).toBe(0);
}, 60_000);

it('a lost bell costs at most the regular poll, after which the minion polls plainly until a bell is heard', async () => {
  await startMinion({ backstop: 1500 });
  await hears('waits_for_bell');
  mute = true;
  await ping();
  await hears('done');
  expect(count('bell_missed')).toBe(1);
  const waited = count('waits_for_bell');
  await ping();
  await hears('done', 2);
  expect(count('waits_for_bell')).toBe(waited);
  mute = false;
  await ping();
  await hears('done', 3);
  await hears('waits_for_bell', waited + 1);
}, 60_000);

it('a relay that was killed leaves the minion polling plainly, and its return goes out by the next one', async () => {
  await startMinion({});
  await hears('waits_for_bell');
  await relay.process.end('SIGKILL');
  const jid = await ping();
  await hears('done');
  relay = await startRelay(relay.address);
  const signal = AbortSignal.timeout(50_000);
  const returns = [];
  for await (const { load } of jobAnswers(operator(), { jid, minions: ['web1'] }, { signal })) returns.push(load.get('return'));
  expect(returns).toEqual([true]);
  await hears('waits_for_bell', 2);
}, 60_000);

it('a second relay is told of, and rings for the minions that it has', async () => {
  const second = await startRelay(undefined, '2');
  const { push, sub, key } = second.address;
  expectOk(await operator().call({ action: 'key', op: 'join', relays: [{ push, sub, key, name: '2' }] }));
  await startMinion({}, second.address);
  await hears('waits_for_bell');
  await ping();
  await hears('done');
  expect(count('bell_missed')).toBe(0);
}, 60_000);
