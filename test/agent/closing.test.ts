/** How an agent ends, half by half: a real agent with its log and its link, over a relay whose bus takes, hesitates or takes nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Agent, createAgent, FLUSH } from '../../agent/agent.ts';
import { AgentLog } from '../../agent/log/log.ts';
import { callMinion } from '../../client/control.ts';
import type { ReceivedMessage } from '../../core/ports.ts';
import { Dict } from '../../core/value.ts';
import type { Relay } from '../../relay/relay.ts';
import { createBus, createEnroll, random, SHORT, startRelay, type TestBus, until } from '../support/edge.ts';
import { createPlatform, STACK, WEB1 } from '../support/roots.ts';

let dir: string;
let bus: TestBus;
let relay: Relay;
const platform = createPlatform(() => Date.now());
const agents: Agent[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'brine-closing-'));
  bus = createBus();
  const enroll = createEnroll(platform);
  enroll.states.set('web1', 'accepted');
  relay = await startRelay({ bus, enroll });
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close({ stopTimeout: 0, flush: 0 })));
  await relay.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Nothing in its queue. */
const silence = (signal: AbortSignal) =>
  new Promise<readonly ReceivedMessage[]>((resolve) => signal.addEventListener('abort', () => resolve([]), { once: true }));

async function startAgent(): Promise<Agent> {
  const agent = await createAgent({
    id: WEB1,
    dataDir: join(dir, 'state'),
    join: { stack: STACK, relays: [relay.address], roots: platform.roots, expires: Date.now() + 60_000 },
    grains: {},
    settings: { allow: ['*'], workDir: dir, shellByDefault: true, stopTimeout: 30 },
    clock: { now: Date.now },
    random,
    openQueue: () => ({ receive: silence, delete: async () => {} }),
    env: {},
    report: () => {},
    timing: SHORT,
  });
  agents.push(agent);
  await until(() => agent.state() === 'accepted');
  return agent;
}

const fire = (agent: Agent, tag: string) =>
  callMinion(agent.socket, { fun: 'event.fire_master', arg: ['x', tag], kwarg: new Dict() });
const tags = () => bus.details().flatMap(({ tag }) => tag);

it('what is in the log when it is told to end is sent before it ends', async () => {
  expect(FLUSH).toBe(5000);
  const agent = await startAgent();
  let take = () => {};
  const taking = new Promise<void>((resolve) => {
    take = resolve;
  });
  bus.before = async () => taking.then(() => undefined);
  expect((await fire(agent, 'myco/last')).return).toBe(true);
  const closed = agent.close({ flush: 60_000 });
  setTimeout(take, 50);
  await closed;
  expect(tags()).toContain('myco/last');
  const log = new AgentLog(join(dir, 'state/log'), { now: Date.now });
  expect(log.depth).toBe(0); // it has heard that the bus took it
  await log.close();
});

it('it waits so long for a bus that takes nothing, and no longer; the next agent sends it', async () => {
  const agent = await startAgent();
  let takes = false;
  bus.before = async (entries) => (takes ? undefined : entries.map(() => 'ThrottlingException'));
  expect((await fire(agent, 'myco/kept')).return).toBe(true);
  await agent.close({ flush: 50 });
  expect(tags()).not.toContain('myco/kept');
  takes = true;
  await startAgent();
  await until(() => tags().includes('myco/kept'), tags);
});
