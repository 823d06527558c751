/** Calls past the client's middleware: the same answers, and the client's own errors. */
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sqsClient } from '../../aws/clients.ts';
import { shortcut } from '../../aws/shortcut.ts';
import { type Aws, startAws } from '../../local/aws.ts';
import type { ServiceRequest } from '../../local/service.ts';

const credentials = { accessKeyId: 'AKIASHORT', secretAccessKey: 'short' };
let aws: Aws;
const asked: ServiceRequest[] = [];
const before = process.env.AWS_ENDPOINT_URL;

beforeAll(async () => {
  aws = await startAws({ dir: null, credentials });
  process.env.AWS_ENDPOINT_URL = aws.endpoint;
  const { sqs } = aws.services;
  const handle = sqs.handle.bind(sqs);
  sqs.handle = (request) => {
    asked.push(request);
    return handle(request);
  };
});
afterAll(async () => {
  if (before === undefined) delete process.env.AWS_ENDPOINT_URL;
  else process.env.AWS_ENDPOINT_URL = before;
  await aws.close();
});

async function queue(name: string) {
  const client = sqsClient({ region: 'us-east-1', credentials });
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name }));
  return { client, send: shortcut(client, 'sqs'), QueueUrl };
}

it('the first call of a kind is the client’s own, those after it are not, and all of them do the same', async () => {
  const { send, QueueUrl } = await queue('same');
  asked.length = 0;
  for (const MessageBody of ['a', 'b', 'ü']) await send(new SendMessageCommand({ QueueUrl, MessageBody }));
  expect(asked.map(({ headers }) => headers['user-agent'] !== undefined)).toEqual([true, false, false]);
  const found = [];
  while (found.length < 3) {
    const { Messages = [] } = await send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }));
    found.push(...Messages.map(({ Body }) => Body));
  }
  expect(found.sort()).toEqual(['a', 'b', 'ü']);
});

it('what is refused is asked for again by the client, whose error it is', async () => {
  const { client, send, QueueUrl } = await queue('gone');
  await send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  await client.send(new DeleteQueueCommand({ QueueUrl }));
  await expect(send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
});

it('a call that is given up ends there, and is not made again', async () => {
  const { send, QueueUrl } = await queue('slow');
  await send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 }));
  asked.length = 0;
  const stop = new AbortController();
  const waiting = send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), { abortSignal: stop.signal });
  while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  expect(asked).toHaveLength(1);
});

it('one client has one way past it, however many parts ask for it', async () => {
  const { client, send } = await queue('one');
  expect(shortcut(client, 'sqs')).toBe(send);
});
