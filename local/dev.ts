/** The whole system in one process on loopback: embedded AWS, functions, a relay, and as many minions as asked. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Agent, createAgent } from '../agent/agent.ts';
import { dynamoClient, eventsClient, kmsClient, lambdaClient, sqsClient } from '../aws/clients.ts';
import { createEventBus } from '../aws/event-bus.ts';
import { createItems } from '../aws/items.ts';
import { openJobQueue } from '../aws/job-queue.ts';
import { createQueues } from '../aws/queues.ts';
import { createRegistry } from '../aws/registry.ts';
import { createControlQueue, createEnroll } from '../aws/relay-clients.ts';
import { readRoots } from '../aws/roots.ts';
import { queueNames, stackParts, tableNames, topologyOf } from '../aws/topology.ts';
import { type MinionId, parseStack, type Stack } from '../core/ids.ts';
import type { Clock } from '../core/ports.ts';
import type { Project } from '../core/reactor/reactions.ts';
import { renderOnHost } from '../core/sls/render-on-host.ts';
import type { Value } from '../core/value.ts';
import { openRelayControl } from '../relay/control.ts';
import { createRelay, type Relay } from '../relay/relay.ts';
import { createCurveKeys } from '../trust/curve.ts';
import { type Join, makeJoin, type RelayAddress } from '../trust/join.ts';
import { loadIdentity } from '../trust/keys.ts';
import { type Aws, startAws } from './aws.ts';
import { deploy, putRules } from './deploy.ts';
import { createHost, type Host } from './host.ts';
import type { Rates } from './rates.ts';

export interface DevMinion {
  readonly id: MinionId;
  readonly grains: Readonly<Record<string, Value>>;
}

/** One line of any part: `relay`, `reactor`, `minion web1` … */
export type DevLog = (part: string, message: string, fields: Readonly<Record<string, unknown>>) => void;

export interface DevOptions {
  readonly project: Project;
  readonly minions: readonly DevMinion[];
  /** `.brine` of the project: minions' state and work directories. */
  readonly dir: string;
  /** null: the embedded AWS forgets everything at the end. */
  readonly dataDir: string | null;
  readonly port?: number;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly chance?: { readonly seed: number; readonly duplicates: number; readonly throttles?: number };
  /** AWS's rates of calls that are to hold; true: all of them. */
  readonly rates?: Partial<Rates> | true;
  readonly retryScale?: number;
  /** Time as functions, relay and minions see it; AWS keeps its own. */
  readonly clock?: Clock;
  readonly log: DevLog;
}

export interface Dev {
  readonly aws: Aws;
  readonly stack: Stack;
  readonly relays: readonly RelayAddress[];
  readonly join: string;
  readonly agents: ReadonlyMap<MinionId, Agent>;
  replaceProject(project: Project): Promise<void>;
  close(): Promise<void>;
}

/** What was started is ended again when a part of it cannot start. */
export async function startDev(options: DevOptions): Promise<Dev> {
  const started: (() => unknown)[] = [];
  const close = async () => {
    const failed: unknown[] = [];
    for (const end of started.splice(0).reverse())
      await Promise.resolve()
        .then(end)
        .catch((error) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  };
  try {
    return { ...(await startParts(options, started)), close };
  } catch (error) {
    await close().catch(() => {}); // what could not start is said
    throw error;
  }
}

/** Pushes how each part is ended, in the order of their starts. */
async function startParts(options: DevOptions, started: (() => unknown)[]): Promise<Omit<Dev, 'close'>> {
  const { project, dir, dataDir, log, clock = { now: Date.now } } = options;
  const credentials = options.credentials ?? keptCredentials(dataDir);
  const aws = await startAws({
    dir: dataDir && join(dataDir, 'aws'),
    credentials,
    ...(options.port !== undefined && { port: options.port }),
    ...(options.chance && { chance: options.chance }),
    ...(options.rates && { rates: options.rates }),
    ...(options.retryScale !== undefined && { retryScale: options.retryScale }),
  });
  started.push(() => aws.close());
  // Every part finds its AWS by the standard variable, here too. A person's profile must not lead a development process astray.
  process.env.AWS_ENDPOINT_URL = aws.endpoint;
  for (const name of Object.keys(process.env))
    if (/^AWS_(PROFILE|CONFIG_FILE|SHARED_CREDENTIALS_FILE|ENDPOINT_URL_.+)$/.test(name)) delete process.env[name];
  const stack = parseStack(`${aws.account}/${aws.region}/brine`);
  await deploy({ stack, project, credentials, access: aws.services.iam.access });
  const host = startHost(aws, { stack, project, log, clock });
  started.push(() => host.close());
  const relay = await startRelay(aws, { stack, log, clock });
  started.push(() => relay.close());
  const control = await openRelayControl({ relay, stack, name: '1', env: process.env });
  started.push(() => control?.close());
  const joined = await joinOf(stack, { credentials, relays: [relay.address] });
  await acceptMinions(options, { stack, credentials });
  const agents = new Map<MinionId, Agent>();
  if (dataDir === null)
    started.push(() => {
      for (const { id } of options.minions) rmSync(join(dir, 'minions', id, 'state'), { recursive: true, force: true });
    });
  started.push(() => Promise.all([...agents.values()].map((agent) => agent.close({ stopTimeout: 1 }))));
  const starts = await Promise.allSettled(
    options.minions.map(async (minion) =>
      agents.set(minion.id, await startAgent(minion, { options, joined, region: aws.region })),
    ),
  );
  for (const start of starts) if (start.status === 'rejected') throw start.reason;
  return {
    aws,
    stack,
    relays: [relay.address],
    join: makeJoin(joined),
    agents,
    replaceProject: async (next) => {
      await putRules({ stack, project: next, credentials });
      host.replaceProject(next);
    },
  };
}

/** The keys this AWS is asked with: given by the environment, else made once and kept beside the data, mode 0600. */
export function keptCredentials(dataDir: string | null): { accessKeyId: string; secretAccessKey: string } {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
  const path = dataDir && join(dataDir, 'credentials.json');
  if (path && existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  const made = {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  if (path) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, JSON.stringify(made), { mode: 0o600 });
    renameSync(`${path}.new`, path); // whole or not at all: a kill in between must not end every later start
  }
  return made;
}

interface HostParts {
  readonly stack: Stack;
  readonly project: Project;
  readonly log: DevLog;
  readonly clock?: Clock;
}

export function startHost(aws: Aws, { clock, ...parts }: HostParts): Host {
  const { lambda, sts } = aws.services;
  return createHost({
    ...parts,
    ...(clock && { clock }),
    credentialsOf: async (role) => sts.open(role, role, { seconds: 3600 }),
    next: (fn, signal) => lambda.invocations.take(fn, signal),
    answer: async (id, { ok, payload }) =>
      void lambda.invocations.settle(id, ok ? { ok: true, payload } : { ok: false, type: 'Unhandled', payload }),
  });
}

async function startRelay(
  aws: Aws,
  { stack, log, clock }: { readonly stack: Stack; readonly log: DevLog; readonly clock: Clock },
): Promise<Relay> {
  const parts = stackParts(stack);
  // The relay gets its own role's credentials and nothing else, here too.
  const options = {
    region: parts.region,
    credentials: async () => aws.services.sts.open(`${parts.name}-relay`, 'relay', { seconds: 43_200 }),
  };
  const queues = createQueues(sqsClient(options), parts);
  return createRelay({
    stack,
    push: 'tcp://127.0.0.1:0',
    sub: 'tcp://127.0.0.1:0',
    keys: createCurveKeys(),
    bus: createEventBus(eventsClient(options), parts.name),
    enroll: createEnroll(lambdaClient(options), `${parts.name}-enroll`),
    control: createControlQueue(queues, queueNames(parts.name).relay('1')),
    clock,
    log: (message, fields = {}) => log('relay', message, fields),
  });
}

async function joinOf(
  stack: Stack,
  { credentials, relays }: { credentials: { accessKeyId: string; secretAccessKey: string }; relays: readonly RelayAddress[] },
): Promise<Join> {
  const { region, aliases, name } = topologyOf(stack);
  const roots = await readRoots(kmsClient({ region, credentials }), aliases);
  const registry = createRegistry(createItems(dynamoClient({ region, credentials }), tableNames(name).registry));
  for (const relay of relays) await registry.putRelay(relay);
  return { stack, relays, roots, expires: Date.now() + 30 * 86_400_000 };
}

/** Demo minions are accepted before they ask: their keys were made on this machine by this process. */
async function acceptMinions(
  { minions, dir }: DevOptions,
  { stack, credentials }: { stack: Stack; credentials: { accessKeyId: string; secretAccessKey: string } },
): Promise<void> {
  const { region, name } = stackParts(stack);
  const registry = createRegistry(createItems(dynamoClient({ region, credentials }), tableNames(name).registry));
  await Promise.all(
    minions.map(async ({ id }) => {
      const state = join(dir, 'minions', id, 'state');
      mkdirSync(state, { recursive: true, mode: 0o700 });
      const { key, fingerprint } = await loadIdentity(join(state, 'identity'));
      const known = await registry.minion(id);
      if (known?.key === key) return;
      if (known) await registry.removeMinion(id);
      await registry.putMinion(
        { id, state: 'accepted', key, fingerprint, acceptedAt: Date.now(), earlier: [], grains: null, version: 1 },
        0,
      );
    }),
  );
}

function startAgent(
  minion: DevMinion,
  { options, joined, region }: { options: DevOptions; joined: Join; region: string },
): Promise<Agent> {
  const home = join(options.dir, 'minions', minion.id);
  return createAgent({
    id: minion.id,
    dataDir: join(home, 'state'),
    join: joined,
    grains: minion.grains,
    settings: { allow: ['*'], workDir: join(home, 'work'), shellByDefault: true, stopTimeout: 1 },
    clock: options.clock ?? { now: Date.now },
    random: { bytes: (count) => randomBytes(count) },
    openQueue: (access) => openJobQueue(region, access),
    env: process.env,
    report: (message, fields) => options.log(`minion ${minion.id}`, message, fields),
    render: renderOnHost,
  });
}
