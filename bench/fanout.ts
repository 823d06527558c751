/**
 * `npx tsx bench/fanout.ts`: one job to 10,000 registered hosts, by a grain; from the operator's call to the last message on the last queue, against
 * the embedded AWS with the functions as a process of their own. Beside it the same number of plain SendMessage calls, 32 at a time.
 */
import { join } from 'node:path';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { dynamoClient, sqsClient } from '../aws/clients.ts';
import { createItems } from '../aws/items.ts';
import { createQueues } from '../aws/queues.ts';
import { createRegistry } from '../aws/registry.ts';
import { stackParts, tableNames } from '../aws/topology.ts';
import { createOperator } from '../client/operator.ts';
import { sendJob } from '../client/run-job.ts';
import { parseBoot, parseIncarnation, parseMinionId, parseStack } from '../core/ids.ts';
import { newUlid } from '../core/ulid.ts';
import { Dict } from '../core/value.ts';
import { startAws } from '../local/aws.ts';
import { deploy } from '../local/deploy.ts';
import { startHostChild } from '../local/host-child.ts';
import { RuntimeApi } from '../local/lambda/runtime-api.ts';
import { loadProject } from '../project/load.ts';
import { createIdentity } from '../trust/keys.ts';
import { queueName } from '../trust/queue-name.ts';
import { cpuSeconds } from './world.ts';

const hosts = Number(process.env.HOSTS ?? 10_000);
const rounds = Number(process.env.ROUNDS ?? 3);
const AT_ONCE = 32;
const credentials = { accessKeyId: 'AKIAFANOUT', secretAccessKey: 'fanout' };
const stack = parseStack('000000000000/us-east-1/brine');
const parts = stackParts(stack);
const options = { region: parts.region, credentials };
let api: RuntimeApi | undefined;
const aws = await startAws({
  dir: null,
  credentials,
  unsigned: (services) => {
    api = new RuntimeApi(services);
    return [api];
  },
});
process.env.AWS_ENDPOINT_URL = aws.endpoint;
const { project } = loadProject(join(import.meta.dirname, '../examples/seed'));
await deploy({ stack, project, credentials, access: aws.services.iam.access });
const host = await startHostChild(aws, api as unknown as RuntimeApi, {
  stack,
  project,
  log: (part, message, fields) => {
    if (message === 'function_failed' || message.endsWith('_failed')) console.log(part, message, fields);
  },
});

async function all<T>(items: readonly T[], one: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items].reverse();
  const worker = async () => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await one(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** As enroll leaves them: a record with a run and grains, and a queue. */
async function register(): Promise<void> {
  const registry = createRegistry(createItems(dynamoClient(options), tableNames(parts.name).registry));
  const queues = createQueues(sqsClient(options), parts);
  const incarnation = parseIncarnation('aaaaaaaaaaaa2');
  const grains = JSON.stringify({ os: 'CentOS', roles: ['web'], filler: 'x'.repeat(1100) });
  await all(
    Array.from({ length: hosts }, (_, i) => i),
    async (i) => {
      const { key, fingerprint } = createIdentity();
      const id = parseMinionId(`web${String(i).padStart(5, '0')}.eu-west-1.example.com`);
      const queue = queueName(stack, { id, key, incarnation });
      const now = Date.now();
      await queues.create(queue);
      await registry.putMinion(
        {
          id,
          state: 'accepted',
          key,
          fingerprint,
          acceptedAt: now,
          run: { incarnation, boot: parseBoot(incarnation), from: now },
          earlier: [],
          queue,
          grains: grains.replace('"web"', `"web","n${i % 10}"`),
          version: 1,
        },
        0,
      );
    },
  );
}

const { sqs } = aws.services;
const enqueue = sqs.enqueue.bind(sqs);
let sent = 0;
let last = 0;
sqs.enqueue = async (queue, message) => {
  await enqueue(queue, message);
  if (!queue.name.startsWith('brine-m-')) return;
  sent += 1;
  last = performance.now();
};

/** Seconds that the functions' process and this one, the embedded AWS, have used. */
function cpuNow(): readonly number[] {
  const { user, system } = process.cpuUsage();
  return [cpuSeconds(host.pid() ?? process.pid), (user + system) / 1e6];
}

async function plainly(): Promise<number> {
  const client = sqsClient(options);
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'plain' }));
  const MessageBody = 'x'.repeat(1500);
  const from = performance.now();
  await all(
    Array.from({ length: hosts }, (_, i) => i),
    () => client.send(new SendMessageCommand({ QueueUrl, MessageBody })),
  );
  return performance.now() - from;
}

try {
  const registering = performance.now();
  await register();
  console.log(`${hosts} hosts registered in ${((performance.now() - registering) / 1000).toFixed(1)} s`);
  const operator = createOperator({ region: parts.region, endpoint: aws.endpoint, credentials, stack, where: 'here' });
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    sent = 0;
    const from = performance.now();
    const cpu = cpuNow();
    const request = newUlid(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
    const job = await sendJob(operator, {
      request,
      tgt: 'G@os:CentOS',
      tgt_type: 'compound',
      fun: 'test.ping',
      arg: [],
      kwarg: new Dict(),
    });
    const answered = performance.now() - from;
    while (sent < job.minions.length) await new Promise((resolve) => setTimeout(resolve, 20));
    took.push(last - from);
    const [functions, embedded] = cpuNow().map((seconds, i) => seconds - (cpu[i] ?? 0)) as [number, number];
    console.log(`  CPU: functions ${functions.toFixed(1)} s, embedded AWS ${embedded.toFixed(1)} s`);
    console.log(
      `${job.minions.length} hosts: the operator answered after ${(answered / 1000).toFixed(2)} s, the last queue had its message after ${((last - from) / 1000).toFixed(2)} s`,
    );
  }
  const median = took.sort((a, b) => a - b)[Math.floor(took.length / 2)] as number;
  const beside = await plainly();
  console.log(
    `median ${(median / 1000).toFixed(2)} s (bar: 10); ${hosts} plain SendMessage calls ${(beside / 1000).toFixed(2)} s: ${(median / beside).toFixed(2)} times as long`,
  );
} finally {
  await host.close();
  await aws.close();
}
process.exit(0);
