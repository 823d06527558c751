/** Queues by name. A name that does not exist is an answer, not a failure: a deleted key takes its queue with it. */
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Queues } from '../core/ports.ts';
import { minionQueuePolicy } from './roles.ts';
import { shortcut } from './shortcut.ts';
import { HINT_RETENTION, JOB_RETENTION, type StackParts } from './topology.ts';

export function createQueues(client: SQSClient, parts: StackParts): Queues & { url(queue: string): Promise<string | null> } {
  const urls = new Map<string, Promise<string | null>>();
  const send = shortcut(client, 'sqs');
  /** What the URLs of an account's queues begin with, once one is known: thousands of hosts' queues need not be asked for. */
  let base: string | null = null;
  const learn = (QueueUrl: string | undefined): string | null => {
    base = QueueUrl?.slice(0, QueueUrl.lastIndexOf('/') + 1) ?? base;
    return QueueUrl ?? null;
  };
  const find = async (queue: string): Promise<string | null> => {
    try {
      return learn((await client.send(new GetQueueUrlCommand({ QueueName: queue }))).QueueUrl);
    } catch (error) {
      if (!isMissing(error)) throw error;
      return null;
    }
  };
  const url = (queue: string): Promise<string | null> => {
    const known = urls.get(queue) ?? find(queue);
    urls.set(queue, known);
    known.then(
      (found) => found === null && urls.delete(queue),
      () => urls.delete(queue),
    );
    return known;
  };
  const address = async (queue: string): Promise<string | null> => (base === null ? url(queue) : base + queue);
  return {
    url,
    async send(queue, text) {
      const QueueUrl = await address(queue);
      if (QueueUrl === null) return 'missing';
      try {
        await send(new SendMessageCommand({ QueueUrl, MessageBody: text }));
        return 'sent';
      } catch (error) {
        if (!isMissing(error)) throw error;
        urls.delete(queue);
        return 'missing';
      }
    },
    async receive(queue, { waitSeconds, visibilitySeconds, signal }) {
      const QueueUrl = await url(queue);
      if (QueueUrl === null) return [];
      const input = {
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['ApproximateReceiveCount' as const, 'SentTimestamp' as const],
        ...(visibilitySeconds !== undefined && { VisibilityTimeout: visibilitySeconds }),
      };
      const { Messages = [] } = await send(new ReceiveMessageCommand(input), signal ? { abortSignal: signal } : {});
      return Messages.map((message) => ({
        text: message.Body ?? '',
        handle: message.ReceiptHandle ?? '',
        count: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
        sentAt: Number(message.Attributes?.SentTimestamp ?? 0),
      }));
    },
    async delete(queue, handle) {
      const QueueUrl = await url(queue);
      if (QueueUrl !== null) await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handle }));
    },
    async create(queue) {
      const Attributes = {
        MessageRetentionPeriod: String(JOB_RETENTION),
        VisibilityTimeout: '30',
        ReceiveMessageWaitTimeSeconds: '20',
        Policy: minionQueuePolicy(parts, queue),
      };
      const made = await client.send(new CreateQueueCommand({ QueueName: queue, Attributes }));
      urls.set(queue, Promise.resolve(learn(made.QueueUrl)));
    },
    async createControl(queue) {
      const Attributes = { MessageRetentionPeriod: String(HINT_RETENTION), VisibilityTimeout: '30' };
      const made = await client.send(new CreateQueueCommand({ QueueName: queue, Attributes }));
      urls.set(queue, Promise.resolve(learn(made.QueueUrl)));
    },
    async remove(queue) {
      const QueueUrl = await url(queue);
      urls.delete(queue);
      if (QueueUrl === null) return;
      await client.send(new DeleteQueueCommand({ QueueUrl })).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(error.name);
}
