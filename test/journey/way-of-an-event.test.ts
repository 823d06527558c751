/**
 * The way of an event, step by step as design section 2 names them, for both files of the tutorial: `brine aws start`, `brine relay start` and
 * `brine minion start` as processes of their own, looked at from outside.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EventBridgeClient,
  ListRulesCommand,
  PutRuleCommand,
  PutTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeRecords, type Record as LogRecord } from '../../agent/log/records.ts';
import { dynamoClient, kmsClient } from '../../aws/clients.ts';
import { createItems } from '../../aws/items.ts';
import { createJobs } from '../../aws/jobs.ts';
import { createPlans } from '../../aws/plans.ts';
import { createRegistry } from '../../aws/registry.ts';
import { readRoots } from '../../aws/roots.ts';
import { tableNames, topologyOf } from '../../aws/topology.ts';
import { callMinion } from '../../client/control.ts';
import { type Batch, type Emitted, parseBody, parseDetail } from '../../core/event.ts';
import { minionUid, parseMinionId, parseStack, type Uid } from '../../core/ids.ts';
import type { Jid } from '../../core/job/jid.ts';
import type { Plan } from '../../core/job/plan.ts';
import { decode } from '../../core/json.ts';
import { Dict, fromPlain, toPlain } from '../../core/value.ts';
import { openBatch } from '../../trust/batch.ts';
import { makeJoin, type RelayAddress } from '../../trust/join.ts';
import { loadIdentity } from '../../trust/keys.ts';
import { verifyPlatform } from '../../trust/platform.ts';
import { installedDist } from '../support/bundled.ts';
import { eventually } from '../support/eventually.ts';
import { endProcesses, type Running, startProcess } from '../support/processes.ts';

const root = join(import.meta.dirname, '../..');
const seed = join(root, 'examples/seed');
const stack = parseStack('000000000000/us-east-1/brine');
const topology = topologyOf(stack);
const mysql1 = parseMinionId('mysql1');
const client = { region: 'us-east-1', credentials: { accessKeyId: 'AKIAWAY', secretAccessKey: 'way' } };

interface Seen {
  readonly source: string;
  readonly envelope: string;
  readonly batch: Batch | null;
  readonly event: Emitted;
  readonly seq: number;
}

let home: string;
let aws: Running;
let minion: Running;
let socket: string;
let identity: string;
let roots: Awaited<ReturnType<typeof readRoots>>;
let reading: Promise<void>;
const stop = new AbortController();
/** Everything that the bus took, by a rule of its own. */
const bus: Seen[] = [];
/** Whom the relay says to have come. */
const present: string[] = [];

const brine = (name: string, words: readonly string[], env: Record<string, string>, cwd: string) => {
  const text = `const { main } = await import(${JSON.stringify(join(installedDist(), 'cli/main.js'))}); await main(process.argv.slice(1));`;
  return startProcess(name, ['--input-type=module', '-e', text, ...words], { cwd, env: { ...env, BRINE_LOG: 'all' } });
};

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'brine-way-'));
  for (const dir of ['relay', 'minion/state', 'minion/work/tmp']) mkdirSync(join(home, dir), { recursive: true });
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAWAY', AWS_SECRET_ACCESS_KEY: 'way' };
  aws = brine('aws', ['aws', 'start', '--project', seed, '--port', '0'], keys, home);
  const [, endpoint = ''] = await aws.waitFor(/AWS_ENDPOINT_URL='(.*)'/, 60_000);
  process.env.AWS_ENDPOINT_URL = endpoint;
  await aws.waitFor(/^ready/, 60_000);
  const env = { ...keys, AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1' };
  reading = (await watchBus()).done;

  const free = ['--push', 'tcp://127.0.0.1:0', '--sub', 'tcp://127.0.0.1:0'];
  const relay = brine('relay', ['relay', 'start', ...free], env, join(home, 'relay'));
  const address = JSON.parse((await relay.waitFor(/^\{"push".*/, 60_000))[0]) as RelayAddress;
  roots = await readRoots(kmsClient(client), topology.aliases);
  const joined = makeJoin({ stack, relays: [address], roots, expires: Date.now() + 3_600_000 });
  const { key, fingerprint } = await loadIdentity(join(home, 'minion/state/identity'));
  identity = key;
  const record = { id: mysql1, key, fingerprint, acceptedAt: Date.now(), earlier: [], grains: null, version: 1 };
  await createRegistry(table('registry')).putMinion({ ...record, state: 'accepted' }, 0);
  writeFileSync(join(home, 'minion.yaml'), `cwd: ${home}/minion/work\n`);
  const words = ['--id', mysql1, '--data', join(home, 'minion/state'), '--config', join(home, 'minion.yaml')];
  minion = brine(
    'mysql1',
    ['minion', 'start', ...words, '--grains', 'os=CentOS', '--join', joined],
    { AWS_ENDPOINT_URL: endpoint },
    home,
  );
  [, socket = ''] = await minion.waitFor(/control socket (\S+)/, 60_000);
  await minion.waitFor(/mysql1: accepted/, 60_000);
}, 180_000);

afterAll(async () => {
  stop.abort();
  await reading;
  await endProcesses();
  rmSync(home, { recursive: true, force: true });
}, 30_000);

const table = (name: keyof ReturnType<typeof tableNames>) => createItems(dynamoClient(client), tableNames('brine')[name]);

async function watchBus(): Promise<{ readonly done: Promise<void> }> {
  const [sqs, events] = [new SQSClient({ ...client, useQueueUrlAsEndpoint: false }), new EventBridgeClient(client)];
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'way' }));
  const arn = 'arn:aws:sqs:us-east-1:000000000000:way';
  const Policy = JSON.stringify({
    Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn }],
  });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const EventPattern = JSON.stringify({ source: [{ prefix: 'brine.' }] });
  await events.send(new PutRuleCommand({ EventBusName: topology.bus, Name: 'way', EventPattern }));
  await events.send(new PutTargetsCommand({ EventBusName: topology.bus, Rule: 'way', Targets: [{ Id: 'to', Arn: arn }] }));
  const read = async () => {
    while (!stop.signal.aborted) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }), {
        abortSignal: stop.signal,
      });
      for (const { Body = '', ReceiptHandle } of Messages) {
        take(Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  };
  return { done: read().catch(() => {}) };
}

function take(envelope: string): void {
  const { source, detail } = JSON.parse(envelope) as { source: string; detail: unknown };
  const { batches, presence } = parseDetail(detail);
  if (presence && source === 'brine.relay') present.push(...presence.new);
  for (const batch of batches)
    for (const [i, event] of parseBody(batch.body).entries())
      bus.push({ source, envelope, batch, event, seq: 'cert' in batch ? i : batch.seq + i });
}

async function onBus(tag: RegExp | string): Promise<Seen> {
  const find = () => bus.find(({ event }) => (typeof tag === 'string' ? event.tag === tag : tag.test(event.tag)));
  return (await eventually(find, (found) => found !== undefined, 30_000)) as Seen;
}

function log(): LogRecord[] {
  return decodeRecords(readFileSync(join(home, 'minion/state/log/log'))).records.map((placed) => placed.record);
}

interface Told {
  readonly uid: string;
  readonly matched: readonly { readonly glob: string; readonly files: readonly string[] }[];
  readonly plan: Plan;
}

/** A line of a process' log, by its message and something in it: `{"part": …, "message": …} {fields}`. */
async function said(process: Running, message: string, part: string): Promise<Record<string, unknown>> {
  const [, fields = ''] = await process.waitFor(new RegExp(`"message":"${message}"\\} (.*${part}.*)`), 30_000);
  return JSON.parse(fields) as Record<string, unknown>;
}

const TUTORIAL = [
  {
    sls: 'start.sls',
    tag: 'testtag',
    data: { id: 'mysql1' },
    glob: 'testtag',
    reaction: { kind: 'local', fun: 'cmd.run', id: 'delete_file', args: ['rm -rf ./tmp/*'] },
    target: ['compound', 'G@os:CentOS'],
    addressees: ['mysql1'],
  },
  {
    sls: 'monitor.sls',
    tag: 'test1xtag',
    data: { state: 'refresh' },
    glob: 'test1*tag',
    reaction: { kind: 'runner', fun: 'state.over', id: 'overstate_run', args: [] },
    target: null,
    addressees: [],
  },
] as const;

describe.each(TUTORIAL)(
  'the way of $tag, which meets $sls',
  { timeout: 60_000 },
  ({ sls, tag, data, glob, reaction, target, addressees }) => {
    let uid: Uid;
    let told: Told;
    let jid: Jid;

    it('1 agent/modules/event: event.fire_master makes an event', async () => {
      writeFileSync(join(home, 'minion/work/tmp/left'), 'x');
      const call = { fun: 'event.fire_master', arg: [fromPlain(data), tag], kwarg: new Dict() };
      expect(await callMinion(socket, call)).toEqual({ return: true, retcode: 0 });
    });

    it('2 agent/log: it is in the log, and cannot be lost', () => {
      const records = log().flatMap((record) => (record.t === 'event' ? parseBody(record.body) : []));
      expect(records.filter((event) => event.tag === tag).map((event) => toPlain(event.data))).toEqual([data]);
    });

    it("3 trust, agent/link: it leaves in a batch that the host's identity has signed", async () => {
      const { batch, seq } = await onBus(tag);
      if (!batch || 'cert' in batch) throw new Error('a batch of a host was wanted');
      expect(openBatch(batch, { stack, key: identity }).ok).toBe(true);
      uid = minionUid(batch.id, batch.incarnation, seq);
    });

    it('4 relay/session: the session is that of mysql1, which the relay tells', async () => {
      await eventually(
        () => present,
        (ids) => ids.includes(mysql1),
      );
    });

    it('5 relay/uplink: EventBridge has it, so it is acknowledged; the relay has nothing on disk', async () => {
      const seq = Number(uid.split(':')[2]);
      await eventually(
        () => Math.max(0, ...log().map((record) => (record.t === 'acked' ? record.upTo : 0))),
        (upTo) => upTo >= seq,
      );
      expect(readdirSync(join(home, 'relay'))).toEqual([]);
    });

    it('6 EventBridge: a rule of reactor.conf lets it in', async () => {
      const events = new EventBridgeClient(client);
      const { Rules = [] } = await events.send(
        new ListRulesCommand({ EventBusName: topology.bus, NamePrefix: 'brine-reactor-' }),
      );
      const { envelope: Event } = await onBus(tag);
      const results = await Promise.all(
        Rules.map(({ EventPattern = '' }) => events.send(new TestEventPatternCommand({ EventPattern, Event }))),
      );
      expect(results.map(({ Result }) => Result)).toContain(true);
    });

    it('7 functions/reactor: it is verified again, and matched exactly', async () => {
      told = (await said(aws, 'plan', `"uid":"${uid}"`)) as unknown as Told;
      expect(told.matched.map((match) => [match.glob, match.files])).toEqual([[glob, [`/srv/reactor/${sls}`]]]);
    });

    it('8 core/sls and 9 core/reactor/react: the file becomes one reaction', () => {
      expect(told.plan.jobs.map((job) => job.reaction)).toMatchObject([{ ...reaction, sls: `/srv/reactor/${sls}` }]);
      expect(told.plan.problems).toEqual([]);
    });

    it('10 core/target and registry: it has its addressees', () => {
      const [job] = told.plan.jobs;
      expect(job?.reaction.target ? [job.reaction.target.tgt_type, job.reaction.target.tgt] : null).toEqual(target);
      expect(job?.addressees.map(({ id }) => id)).toEqual(addressees);
      jid = job?.jid as Jid;
    });

    it('11 plan store, aws/queue: the plan is stored under the uid, and then sent', async () => {
      const stored = await createPlans(table('plans'), Date.now).get(uid);
      expect(stored?.jobs.map((job) => job.jid)).toEqual([jid]);
      expect(await said(aws, 'sent', `"uid":"${uid}"`)).toMatchObject({ sent: 1, gone: [] });
    });

    if (addressees.length > 0) {
      it('12 agent/poller: the message is believed, and accepted', async () => {
        expect(await said(minion, 'accepted', `"jid":"${jid}"`)).toMatchObject({ uid, fun: 'cmd.run' });
      });

      it('13 agent/dispatch, modules: accepted, started, run, done', async () => {
        expect(await said(minion, 'done', `"jid":"${jid}"`)).toMatchObject({ outcome: 'done', retcode: 0 });
        const steps = log().flatMap((record) => ('jid' in record && record.jid === jid ? [record.t] : []));
        expect(steps).toEqual(['accepted', 'started', 'done']);
        expect(readdirSync(join(home, 'minion/work/tmp'))).toEqual([]);
      });

      it('14 agent/log: done is the return, which goes the same way', async () => {
        const { event, batch } = await onBus(`salt/job/${jid}/ret/mysql1`);
        if (!batch || 'cert' in batch) throw new Error('a batch of a host was wanted');
        expect(openBatch(batch, { stack, key: identity }).ok).toBe(true);
        expect(toPlain((event.data as Dict).get('retcode') ?? null)).toBe(0);
      });

      it('15 functions/recorder: the job store has the answer', async () => {
        const jobs = createJobs(table('jobs'), Date.now);
        const answer = await eventually(
          () => jobs.answer(jid, mysql1),
          (found) => found !== null,
          30_000,
        );
        expect(toPlain(decode(answer?.load ?? ''))).toMatchObject({ id: 'mysql1', jid, fun: 'cmd.run', retcode: 0 });
        expect((await jobs.job(jid))?.minions).toEqual(['mysql1']);
      });
    } else {
      it("runner: a job for @runner, whose answer is Salt's since 2015.8", async () => {
        const { event, batch } = await onBus(`salt/run/${jid}/ret`);
        if (!batch || !('cert' in batch)) throw new Error("the platform's own event was wanted");
        expect(verifyPlatform(batch, { stack, roots, now: Date.now() }).ok).toBe(true);
        expect(String((event.data as Dict).get('return'))).toContain('Overstate was removed from Salt in 2015.8');
        expect((await onBus(`salt/run/${jid}/new`)).event.data).toBeInstanceOf(Dict);
      });
    }
  },
);
