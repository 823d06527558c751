/** A minion's own queue over SQS, with the credentials that its hello was answered with. */
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { QueueCredentials, ReceivedMessage } from '../core/ports.ts';
import { sqsClient } from './clients.ts';
import { shortcut } from './shortcut.ts';

export interface OwnQueue {
  receive(signal: AbortSignal): Promise<readonly ReceivedMessage[]>;
  delete(handle: string): Promise<void>;
}

export function openJobQueue(
  region: string,
  { queue, credentials }: { readonly queue: string; readonly credentials: QueueCredentials },
  waitSeconds = 20,
): OwnQueue {
  const send = shortcut(sqsClient({ region, credentials }), 'sqs');
  return {
    async receive(signal) {
      const input = {
        QueueUrl: queue,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['SentTimestamp' as const, 'ApproximateReceiveCount' as const],
      };
      const { Messages = [] } = await send(new ReceiveMessageCommand(input), { abortSignal: signal });
      return Messages.map((message) => ({
        text: message.Body ?? '',
        handle: message.ReceiptHandle ?? '',
        count: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
        sentAt: Number(message.Attributes?.SentTimestamp ?? 0),
      }));
    },
    async delete(handle) {
      await send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: handle }));
    },
  };
}
