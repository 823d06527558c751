/** What `--data` holds survives SIGKILL of everything: each thing that AWS acknowledged is there after it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateEventBusCommand, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetPublicKeyCommand } from '@aws-sdk/client-kms';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  InvokeCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dynamoClient, eventsClient, kmsClient, lambdaClient, sqsClient, stsClient } from '../../aws/clients.ts';
import { type Aws, startAws } from '../../local/aws.ts';
import { throttled } from '../../local/faults.ts';
import { installedBrine } from '../support/bundled.ts';
import { eventually } from '../support/eventually.ts';
import { endProcesses, startProcess } from '../support/processes.ts';

const root = join(import.meta.dirname, '../..');
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-durable-'));
});

afterEach(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  await endProcesses();
  rmSync(dir, { recursive: true, force: true });
});

function clientsAt(endpoint: string) {
  process.env.AWS_ENDPOINT_URL = endpoint;
  const config = { region: 'us-east-1', credentials };
  return {
    sqs: sqsClient(config),
    events: eventsClient(config),
    dynamo: dynamoClient(config),
    lambda: lambdaClient(config),
    kms: kmsClient(config),
    sts: stsClient(config),
  };
}
type Clients = ReturnType<typeof clientsAt>;

const arn = (service: string, name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`;

/** A queue, a table, a function that nobody runs, and a bus whose rule feeds queue and function. */
async function furnish({ sqs, events, dynamo, lambda }: Clients): Promise<void> {
  const allow = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' };
  await sqs.send(new CreateQueueCommand({ QueueName: 'sent' }));
  await sqs.send(new CreateQueueCommand({ QueueName: 'fed', Attributes: { Policy: JSON.stringify({ Statement: [allow] }) } }));
  await dynamo.send(
    new CreateTableCommand({
      TableName: 'items',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
  const fn = { FunctionName: 'later', Role: 'arn:aws:iam::000000000000:role/later', Code: { ZipFile: new Uint8Array() } };
  await lambda.send(new CreateFunctionCommand({ ...fn, Runtime: 'nodejs22.x', Handler: 'x.x' }));
  const principal = { Principal: 'events.amazonaws.com', StatementId: 'r', Action: 'lambda:InvokeFunction' };
  await lambda.send(new AddPermissionCommand({ FunctionName: 'later', ...principal }));
  await events.send(new CreateEventBusCommand({ Name: 'kept' }));
  const rule = { EventBusName: 'kept', Name: 'all', EventPattern: '{"source":["test"]}' };
  await events.send(new PutRuleCommand(rule));
  const Targets = [
    { Id: 'q', Arn: arn('sqs', 'fed') },
    { Id: 'f', Arn: arn('lambda', 'function:later') },
  ];
  await events.send(new PutTargetsCommand({ EventBusName: 'kept', Rule: 'all', Targets }));
}

/** Everything of a queue. */
async function drain({ sqs }: Clients, name: string): Promise<readonly string[]> {
  const QueueUrl = `x/${name}`;
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return bodies;
    for (const { Body = '', ReceiptHandle } of Messages) {
      bodies.push(Body);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

/** What the function `later` is given, until it has had every one of these. */
async function serve(aws: Aws, wanted: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const stop = AbortSignal.timeout(10_000);
  const seen = new Set<string>();
  const missing = () => [...wanted].some((id) => !seen.has(id));
  while (missing()) {
    const taken = await aws.services.lambda.invocations.take('later', stop);
    if (!taken) break;
    const event = JSON.parse(taken.payload) as { id: string; detail?: { n: string } };
    seen.add(event.detail?.n ?? event.id);
    aws.services.lambda.invocations.settle(taken.id, { ok: true, payload: 'null' });
  }
  return seen;
}

it('each acknowledged message, item, event and asynchronous invocation is there after three SIGKILLs of brine aws start --data', async () => {
  const acknowledged = {
    sent: new Set<string>(),
    items: new Set<string>(),
    events: new Set<string>(),
    invoked: new Set<string>(),
  };
  const count = () => Object.values(acknowledged).reduce((sum, { size }) => sum + size, 0);
  let publicKey: string | undefined;
  for (let round = 0; round < 3; round += 1) {
    const argv = [installedBrine(), 'aws', 'start', '--data', dir, '--port', '0', '--project', join(root, 'examples/seed')];
    const env = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey };
    const started = startProcess('aws', argv, { env: { ...env, AWS_ENDPOINT_URL: undefined } });
    const endpoint = (await started.waitFor(/AWS_ENDPOINT_URL='(.+)'/, 60_000))[1] as string;
    const clients = clientsAt(endpoint);
    if (round === 0) await furnish(clients);
    const key = await clients.kms.send(new GetPublicKeyCommand({ KeyId: 'alias/brine-jobs' }));
    const text = Buffer.from(key.PublicKey ?? []).toString('base64');
    expect(text).toBe(publicKey ?? text);
    publicKey = text;
    const enough = count() + 60 + round * 17;
    const writing = write(clients, acknowledged, round);
    await eventually(count, (now) => now >= enough, 30_000);
    await started.end('SIGKILL');
    await writing;
    for (const client of Object.values(clients)) client.destroy();
  }
  const aws = await startAws({ dir: join(dir, 'aws'), credentials });
  const clients = clientsAt(aws.endpoint);
  const sent = new Set(await drain(clients, 'sent'));
  const fed = new Set((await drain(clients, 'fed')).map((body) => (JSON.parse(body) as { detail: { n: string } }).detail.n));
  const served = await serve(aws, new Set([...acknowledged.events, ...acknowledged.invoked]));
  const lost = {
    sent: [...acknowledged.sent].filter((id) => !sent.has(id)),
    fed: [...acknowledged.events].filter((id) => !fed.has(id)),
    served: [...acknowledged.events, ...acknowledged.invoked].filter((id) => !served.has(id)),
    items: [] as string[],
  };
  for (const id of acknowledged.items) {
    const { Item } = await clients.dynamo.send(new GetItemCommand({ TableName: 'items', Key: { pk: { S: id } } }));
    if (Item?.text?.S !== 'x'.repeat(500)) lost.items.push(id);
  }
  await aws.close();
  expect(lost).toEqual({ sent: [], fed: [], served: [], items: [] });
  for (const { size } of Object.values(acknowledged)) expect(size).toBeGreaterThan(10);
}, 120_000);

/** Four at once, one after the other each, until the AWS is gone. */
async function write(
  { sqs, dynamo, events, lambda }: Clients,
  acknowledged: Readonly<Record<'sent' | 'items' | 'events' | 'invoked', Set<string>>>,
  round: number,
): Promise<void> {
  const entry = (n: string) => ({ EventBusName: 'kept', Source: 'test', DetailType: 't', Detail: JSON.stringify({ n }) });
  const put = async (id: string) => {
    const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries: [entry(id)] }));
    if (FailedEntryCount !== 0) throw new Error('not taken');
  };
  const Payload = (id: string) => new TextEncoder().encode(JSON.stringify({ id }));
  const kinds = {
    sent: (id: string) => sqs.send(new SendMessageCommand({ QueueUrl: 'x/sent', MessageBody: id })),
    items: (id: string) =>
      dynamo.send(new PutItemCommand({ TableName: 'items', Item: { pk: { S: id }, text: { S: 'x'.repeat(500) } } })),
    events: put,
    invoked: (id: string) =>
      lambda.send(new InvokeCommand({ FunctionName: 'later', InvocationType: 'Event', Payload: Payload(id) })),
  };
  await Promise.all(
    Object.entries(kinds).map(async ([kind, one]) => {
      for (let i = 0; ; i += 1) {
        const id = `${kind}-${round}-${i}`;
        const taken = await one(id).then(
          () => true,
          () => false,
        );
        if (!taken) return;
        acknowledged[kind as keyof typeof kinds].add(id);
      }
    }),
  );
}

it('a retry that was owed is made after a crash, and counted', async () => {
  const first = await startAws({ dir, credentials });
  const clients = clientsAt(first.endpoint);
  await furnish(clients);
  const Destination = arn('sqs', 'sent');
  await clients.lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'later',
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination } },
    }),
  );
  const Payload = new TextEncoder().encode('{"big":20261124121530123456}');
  await clients.lambda.send(new InvokeCommand({ FunctionName: 'later', InvocationType: 'Event', Payload }));
  const fail = async (aws: Aws) => {
    const taken = await aws.services.lambda.invocations.take('later', AbortSignal.timeout(10_000));
    aws.services.lambda.invocations.settle(taken?.id ?? '', { ok: false, type: 'Unhandled', payload: '{}' });
  };
  await fail(first);
  await first.close();
  const second = await startAws({ dir, credentials, retryScale: 0 });
  const policies = new Map([['x', JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }] })]]);
  second.services.iam.access.roles.set('later', { trust: '', policies });
  await fail(second);
  const again = clientsAt(second.endpoint);
  const { Messages } = await again.sqs.send(new ReceiveMessageCommand({ QueueUrl: 'x/sent', WaitTimeSeconds: 10 }));
  expect(Messages?.[0]?.Body).toContain('"approximateInvokeCount":2');
  expect(Messages?.[0]?.Body).toContain('"requestPayload":{"big":20261124121530123456}');
  await second.close();
}, 30_000);

it('a delivery that EventBridge owed is made after a crash', async () => {
  const first = await startAws({
    dir,
    credentials,
    faults: ({ operation }) => (operation === 'Deliver' ? throttled('sqs') : null),
  });
  const before = clientsAt(first.endpoint);
  await furnish(before);
  const Entries = [{ EventBusName: 'kept', Source: 'test', DetailType: 't', Detail: '{"n":"owed"}' }];
  expect((await before.events.send(new PutEventsCommand({ Entries }))).FailedEntryCount).toBe(0);
  expect(await drain(before, 'fed')).toEqual([]);
  await first.close();
  const second = await startAws({ dir, credentials });
  expect([...(await serve(second, new Set(['owed'])))]).toEqual(['owed']);
  const after = clientsAt(second.endpoint);
  expect(
    await eventually(
      () => drain(after, 'fed'),
      ({ length }) => length === 1,
    ),
  ).toHaveLength(1);
  await second.close();
}, 30_000);

it('a session outlives a crash, and TTLs are acted on after it', async () => {
  const clock = { at: Date.now() };
  const start = () => startAws({ dir, credentials, now: () => clock.at });
  const first = await start();
  const before = clientsAt(first.endpoint);
  await furnish(before);
  first.services.iam.access.roles.set('worker', { trust: '{"Statement":[]}', policies: new Map() });
  const RoleArn = 'arn:aws:iam::000000000000:role/worker';
  const { Credentials: given } = await before.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'w1' }));
  const TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: true };
  await before.dynamo.send(new UpdateTimeToLiveCommand({ TableName: 'items', TimeToLiveSpecification }));
  const soon = Math.floor(clock.at / 1000) + 10;
  for (const [pk, ttl] of [
    ['old', soon],
    ['new', soon + 100_000],
  ] as const)
    await before.dynamo.send(new PutItemCommand({ TableName: 'items', Item: { pk: { S: pk }, ttl: { N: String(ttl) } } }));
  await before.dynamo.send(new PutItemCommand({ TableName: 'items', Item: { pk: { S: 'for ever' } } }));
  await first.close();
  const second = await start();
  const after = clientsAt(second.endpoint);
  const session = { accessKeyId: given?.AccessKeyId ?? '', secretAccessKey: given?.SecretAccessKey ?? '' };
  const sts = stsClient({ region: 'us-east-1', credentials: { ...session, sessionToken: given?.SessionToken ?? '' } });
  expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe('arn:aws:sts::000000000000:assumed-role/worker/w1');
  clock.at += 60_000;
  expect(await second.services.dynamodb.sweep()).toBe(1);
  const { Items = [] } = await after.dynamo.send(new ScanCommand({ TableName: 'items' }));
  expect(Items.map(({ pk }) => pk?.S).sort()).toEqual(['for ever', 'new']);
  await second.close();
}, 30_000);
