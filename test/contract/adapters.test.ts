/** The ports as AWS answers on a bad day: throttled calls, entries of a batch that fail, a link that dies in the middle of a poll. */
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateEventBusCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dynamoClient, eventsClient, lambdaClient, sqsClient } from '../../aws/clients.ts';
import { createEventBus } from '../../aws/event-bus.ts';
import { createItems } from '../../aws/items.ts';
import { createQueues } from '../../aws/queues.ts';
import { createReactorInvoker } from '../../aws/reactor-invoker.ts';
import { stackParts } from '../../aws/topology.ts';
import { callAws } from '../../client/aws-json.ts';
import { createOperator } from '../../client/operator.ts';
import { parseStack } from '../../core/ids.ts';
import { type Aws, startAws } from '../../local/aws.ts';
import { type Call, throttled } from '../../local/faults.ts';
import { AwsError } from '../../local/service.ts';

const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };
const parts = stackParts(parseStack('000000000000/us-east-1/bad'));
const config = { region: 'us-east-1', credentials };
let aws: Aws;
/** How often each operation fails from now on, and what came in. */
let failing: Map<string, { times: number; error: (service: string) => AwsError }>;
let calls: string[];

beforeEach(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.01); // the pauses between tries are a share of some seconds, by chance
  failing = new Map();
  calls = [];
  const faults = ({ service, operation }: Call) => {
    calls.push(operation);
    const fault = failing.get(operation);
    if (!fault || fault.times === 0) return null;
    fault.times -= 1;
    return fault.error(service);
  };
  aws = await startAws({ dir: null, credentials, faults });
  process.env.AWS_ENDPOINT_URL = aws.endpoint;
});

afterEach(async () => {
  vi.restoreAllMocks();
  delete process.env.AWS_ENDPOINT_URL;
  await aws.close();
});

const unavailable = () => new AwsError('InternalFailure', 'come back later', { status: 500 });
const count = (operation: string) => calls.filter((call) => call === operation).length;

async function table() {
  const client = dynamoClient(config);
  const keys = ['pk', 'sk'] as const;
  await client.send(
    new CreateTableCommand({
      TableName: 'items',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    }),
  );
  return createItems(client, 'items');
}

describe.each([
  ['throttled', throttled],
  ['failed in AWS', unavailable],
])('a call that was %s twice', (_how, error) => {
  it('is made again: a message is sent once', async () => {
    const client = sqsClient(config);
    await client.send(new CreateQueueCommand({ QueueName: 'bad-m-a' }));
    failing.set('SendMessage', { times: 2, error });
    const queues = createQueues(client, parts);
    expect(await queues.send('bad-m-a', 'x')).toBe('sent');
    expect(count('SendMessage')).toBe(3);
    expect(aws.services.sqs.queues.get('bad-m-a')?.messages.size).toBe(1);
  });

  it('is made again: an item is put, a condition that does not hold is an answer and no failure', async () => {
    const items = await table();
    failing.set('PutItem', { times: 2, error });
    expect(await items.putIf({ pk: 'a', sk: 'b', version: 1 }, 'absent')).toBe(true);
    failing.set('PutItem', { times: 2, error });
    expect(await items.putIf({ pk: 'a', sk: 'b', version: 2 }, 'absent')).toBe(false);
    expect(await items.putIf({ pk: 'a', sk: 'b', version: 2 }, { version: 1 })).toBe(true);
    failing.set('GetItem', { times: 2, error });
    expect(await items.get('a', 'b')).toMatchObject({ version: 2 });
  });

  it('is made again: what the command line asks without the SDK', async () => {
    await createQueues(sqsClient(config), parts).create('bad-m-a');
    failing.set('ReceiveMessage', { times: 2, error });
    const system = { ...config, endpoint: aws.endpoint, where: 'here' };
    expect(await callAws(system, 'AmazonSQS.ReceiveMessage', { QueueUrl: 'x/bad-m-a', WaitTimeSeconds: 0 })).toEqual({});
    expect(count('ReceiveMessage')).toBe(3);
  });

  it('is made again: entries are put, a function is asked', async () => {
    const client = eventsClient(config);
    await client.send(new CreateEventBusCommand({ Name: 'bad' }));
    failing.set('PutEvents', { times: 2, error });
    expect(await createEventBus(client, 'bad').put([{ source: 'brine.relay', detail: '{}' }])).toEqual([null]);
    failing.set('POST /2015-03-31/functions/none/invocations', { times: 2, error });
    const asked = createReactorInvoker(lambdaClient(config), 'none')('{}');
    await expect(asked).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

it('what stays throttled is thrown as AWS named it, after five tries', async () => {
  const items = await table();
  failing.set('PutItem', { times: 100, error: throttled });
  await expect(items.put({ pk: 'a', sk: 'b' })).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
  expect(count('PutItem')).toBe(5);
});

it('of a batch of entries those that failed are named, at their places', async () => {
  const client = eventsClient(config);
  await client.send(new CreateEventBusCommand({ Name: 'bad' }));
  let n = 0;
  failing.set('PutEventsEntry', { times: 3, error: throttled });
  const entries = Array.from({ length: 5 }, () => ({ source: 'brine.relay' as const, detail: `{"n":${n++}}` }));
  const answers = await createEventBus(client, 'bad').put(entries);
  expect(answers).toEqual(['ThrottlingException', 'ThrottlingException', 'ThrottlingException', null, null]);
  expect(count('PutEvents')).toBe(1);
});

it('a partition and a table of more than 1 MB are read to their end, page after page', async () => {
  const items = await table();
  const text = 'x'.repeat(300_000);
  for (let i = 0; i < 6; i += 1) await items.put({ pk: 'a', sk: `${i}`, text });
  expect((await items.query('a')).map(({ sk }) => sk)).toEqual(['0', '1', '2', '3', '4', '5']);
  expect(await items.scan()).toHaveLength(6);
  expect(count('Query')).toBeGreaterThan(1);
  expect(count('Scan')).toBeGreaterThan(1);
});

it('an endpoint that takes the call and says nothing is an error of the link, in time', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(silent.address() as { port: number }).port}`;
  const client = sqsClient(config);
  // Half a minute is long for a test.
  (client.config.requestHandler as NodeHttpHandler).updateHttpClientConfig('socketTimeout', 200);
  const queues = createQueues(client, parts);
  await expect(queues.receive('bad-m-a', { waitSeconds: 20 })).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(sockets.size).toBe(5);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

it('a queue URL is a name: the endpoint of the environment is asked, whatever host stands in the URL', async () => {
  const queues = createQueues(sqsClient(config), parts);
  await queues.create('bad-m-a');
  const url = await queues.url('bad-m-a');
  expect(url).toContain(aws.endpoint);
  const job = sqsClient(config);
  const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/000000000000/bad-m-a';
  expect((await job.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 }))).Messages).toBeUndefined();
});

it('the operator’s URL is a name too: the endpoint is asked under it, also where it is a host that no DNS has and no URL may name', async () => {
  const host = '86hoeuehdeh5nly84mytmkozx4dmi246.lambda-url.us-east-1.127.0.0.1:4566';
  const asked: string[] = [];
  const emulator = createHttpServer(async (request, response) => {
    const { authorization = '' } = request.headers;
    asked.push(`${request.method} ${request.headers.host} ${request.url} ${/SignedHeaders=[\w;-]*host/.test(authorization)}`);
    const text = (await buffer(request)).toString();
    response.end(
      request.method === 'GET'
        ? JSON.stringify({ FunctionUrl: `http://${host}/` })
        : `{"code":"ok","text":"${text.length} bytes"}`,
    );
  });
  await new Promise<void>((resolve) => emulator.listen(0, '127.0.0.1', resolve));
  const here = `127.0.0.1:${(emulator.address() as { port: number }).port}`;
  const system = { region: 'us-east-1', endpoint: `http://${here}`, credentials, where: here };
  expect(await createOperator(system).call({ action: 'minions' })).toMatchObject({ code: 'ok', text: '20 bytes' });
  expect(asked).toEqual([`GET ${here} /2021-10-31/functions/brine-operator/url true`, `POST ${host} / true`]);
  await new Promise((resolve) => emulator.close(resolve));
});
