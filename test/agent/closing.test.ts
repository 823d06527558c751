/** What an agent tells, hands on and how it ends, half by half: a real agent with its log and its link, over a relay whose bus takes, hesitates or takes nothing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Agent, createAgent, FLUSH } from '../../agent/agent.ts';
import { AgentLog } from '../../agent/log/log.ts';
import type { JobQueue } from '../../agent/ports.ts';
import { callMinion } from '../../client/control.ts';
import { parseBody } from '../../core/event.ts';
import { minionUid, parseIncarnation } from '../../core/ids.ts';
import { makeJid } from '../../core/job/jid.ts';
import type { JobBody } from '../../core/job/job.ts';
import type { ReceivedMessage } from '../../core/ports.ts';
import { Dict } from '../../core/value.ts';
import type { Relay } from '../../relay/relay.ts';
import { encodeJob, signJob } from '../../trust/job.ts';
import { createBus, createEnroll, random, SHORT, startRelay, type TestBus, until } from '../support/edge.ts';
import { createPlatform, INCARNATION, STACK, WEB1 } from '../support/roots.ts';

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

/** These, and then nothing. */
const only = (messages: readonly string[], deleted: string[]): JobQueue => {
  let given = false;
  return {
    receive: async (signal) => {
      if (given) return silence(signal);
      given = true;
      return messages.map((text, i) => ({ text, handle: String(i), count: 1, sentAt: Date.now() }));
    },
    delete: async (handle) => void deleted.push(handle),
  };
};

async function startAgent(queue: JobQueue = { receive: silence, delete: async () => {} }): Promise<Agent> {
  const agent = await createAgent({
    id: WEB1,
    dataDir: join(dir, 'state'),
    join: { stack: STACK, relays: [relay.address], roots: platform.roots, expires: Date.now() + 60_000 },
    grains: {},
    settings: { allow: ['*'], workDir: dir, shellByDefault: true, stopTimeout: 30 },
    clock: { now: Date.now },
    random,
    openQueue: () => queue,
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
const events = () => bus.details().flatMap(({ batches }) => batches.flatMap(({ body }) => parseBody(body)));
const tags = () => bus.details().flatMap(({ tag }) => tag);

it('refusals are one event a minute for each code, and each is deleted', async () => {
  const deleted: string[] = [];
  await startAgent(only(['x', '{}', '[]', 'y'.repeat(1_048_577), '0'], deleted));
  await until(() => deleted.length === 5);
  const refused = () => events().filter(({ tag }) => tag === 'salt/minion/web1/refused');
  await until(() => refused().length >= 2, tags);
  expect(refused().map(({ data }) => (data as Dict).get('code'))).toEqual(['trust.schema', 'trust.size']);
});

it('whatever is written to its control socket is answered by a line, and ends nothing', async () => {
  const agent = await startAgent();
  const lines = [
    '',
    'x',
    '[]',
    '{}',
    '{"n":1,"call":7}',
    '{"call":{"fun":1}}',
    '{"aside":"retry","seq":-1}',
    '{"logs":"x"}',
    '[[[',
    '\0',
  ];
  const socket = connect(agent.socket);
  const heard: string[] = [];
  createInterface({ input: socket }).on('line', (line) => heard.push(line));
  for (const line of lines) socket.write(`${line}\n`);
  socket.write('{"n":9,"status":true}\n{"half a line');
  await until(() => heard.some((line) => line.includes('"n":9')));
  expect(heard.filter((line) => line.includes('"error"')).length).toBeGreaterThanOrEqual(8);
  socket.destroy();
  expect((await fire(agent, 'myco/still')).return).toBe(true);
});

it('what a command starts knows by uids which event it comes from', async () => {
  const uid = minionUid(WEB1, INCARNATION, 7);
  const root = minionUid(WEB1, INCARNATION, 3);
  const incarnation = parseIncarnation('cccccccccccc2');
  mkdirSync(join(dir, 'state/log'), { recursive: true });
  writeFileSync(join(dir, 'state/incarnation'), `${incarnation}\n`);
  writeFileSync(join(dir, 'state/log/log'), '');
  const at = Date.now();
  const head = { jid: makeJid(at, ['x']), id: WEB1, incarnation, fun: 'cmd.run', uid, user: '', at, expires: at + 60_000 };
  const body = {
    arg: ['echo $BRINE_CAUSE'],
    kwarg: new Dict(),
    target: { tgt: '*', tgt_type: 'glob', literal: [], delimiter: ':' },
  };
  const job = await signJob(platform.signer('reactor'), { ...head, cause: { root, parent: root, hops: 2 } }, body as JobBody);
  await startAgent(only([encodeJob(job)], []));
  const returned = () => events().filter(({ tag }) => tag === `salt/job/${head.jid}/ret/web1`);
  await until(() => returned().length > 0, tags);
  expect(returned().map(({ data }) => (data as Dict).get('return'))).toEqual([`${root} ${uid}`]);
});

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
