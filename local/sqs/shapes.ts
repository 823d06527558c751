/** What SQS's operations want, by name. */
import * as v from 'valibot';
import { many, strings, text, texts } from '../shape.ts';

const number = v.nullish(v.number());
const attribute = v.object({ DataType: text, StringValue: v.optional(text), BinaryValue: v.optional(v.pipe(text, v.base64())) });
const QueueUrl = v.optional(text);
const ofQueue = v.object({ QueueUrl });

const message = {
  MessageBody: v.optional(text),
  DelaySeconds: number,
  MessageAttributes: v.nullish(v.record(text, attribute)),
  MessageGroupId: v.nullish(text),
};
const batch = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.object({ QueueUrl, Entries: v.optional(v.pipe(v.array(v.object({ Id: text, ...entries })), v.maxLength(many))) });
const handle = { ReceiptHandle: v.optional(text) };
const visibility = { ...handle, VisibilityTimeout: number };

export const SHAPES = {
  CreateQueue: v.object({ QueueName: v.optional(text), Attributes: v.nullish(strings), tags: v.nullish(strings) }),
  GetQueueUrl: v.object({ QueueName: v.optional(text) }),
  ListQueues: v.object({ QueueNamePrefix: v.nullish(text), MaxResults: number, NextToken: v.nullish(text) }),
  DeleteQueue: ofQueue,
  GetQueueAttributes: v.object({ QueueUrl, AttributeNames: v.nullish(texts) }),
  SetQueueAttributes: v.object({ QueueUrl, Attributes: strings }),
  TagQueue: v.object({ QueueUrl, Tags: strings }),
  UntagQueue: v.object({ QueueUrl, TagKeys: texts }),
  ListQueueTags: ofQueue,
  SendMessage: v.object({ QueueUrl, ...message }),
  SendMessageBatch: batch(message),
  ReceiveMessage: v.object({
    QueueUrl,
    MaxNumberOfMessages: number,
    WaitTimeSeconds: number,
    VisibilityTimeout: number,
    AttributeNames: v.nullish(texts),
    MessageSystemAttributeNames: v.nullish(texts),
    MessageAttributeNames: v.nullish(texts),
  }),
  DeleteMessage: v.object({ QueueUrl, ...handle }),
  DeleteMessageBatch: batch(handle),
  ChangeMessageVisibility: v.object({ QueueUrl, ...visibility }),
  ChangeMessageVisibilityBatch: batch(visibility),
  PurgeQueue: ofQueue,
  StartMessageMoveTask: v.object({ SourceArn: v.optional(text), DestinationArn: v.nullish(text) }),
  ListDeadLetterSourceQueues: ofQueue,
} as const;

export type Action = keyof typeof SHAPES;
export type InputOf<Name extends Action> = v.InferOutput<(typeof SHAPES)[Name]>;
export type MessageInput = Omit<InputOf<'SendMessage'>, 'QueueUrl'>;
