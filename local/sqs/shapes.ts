/** What SQS's operations want, by name. */
import * as v from 'valibot';
import { many, strings, struct, text, texts } from '../shape.ts';

const number = v.nullish(v.number());
const attribute = struct({ DataType: text, StringValue: v.optional(text), BinaryValue: v.optional(v.pipe(text, v.base64())) });
const QueueUrl = v.optional(text);
const ofQueue = struct({ QueueUrl });

const message = {
  MessageBody: v.optional(text),
  DelaySeconds: number,
  MessageAttributes: v.nullish(v.record(text, attribute)),
  MessageGroupId: v.nullish(text),
  MessageDeduplicationId: v.nullish(text),
};
const batch = <Entries extends v.ObjectEntries>(entries: Entries) =>
  struct({ QueueUrl, Entries: v.optional(v.pipe(v.array(struct({ Id: text, ...entries })), v.maxLength(many))) });
const handle = { ReceiptHandle: v.optional(text) };
const visibility = { ...handle, VisibilityTimeout: number };

export const SHAPES = {
  CreateQueue: struct({ QueueName: v.optional(text), Attributes: v.nullish(strings), tags: v.nullish(strings) }),
  GetQueueUrl: struct({ QueueName: v.optional(text) }),
  ListQueues: struct({ QueueNamePrefix: v.nullish(text), MaxResults: number, NextToken: v.nullish(text) }),
  DeleteQueue: ofQueue,
  GetQueueAttributes: struct({ QueueUrl, AttributeNames: v.nullish(texts) }),
  SetQueueAttributes: struct({ QueueUrl, Attributes: strings }),
  TagQueue: struct({ QueueUrl, Tags: strings }),
  UntagQueue: struct({ QueueUrl, TagKeys: texts }),
  ListQueueTags: ofQueue,
  SendMessage: struct({ QueueUrl, ...message }),
  SendMessageBatch: batch(message),
  ReceiveMessage: struct({
    QueueUrl,
    MaxNumberOfMessages: number,
    WaitTimeSeconds: number,
    VisibilityTimeout: number,
    AttributeNames: v.nullish(texts),
    MessageSystemAttributeNames: v.nullish(texts),
    MessageAttributeNames: v.nullish(texts),
  }),
  DeleteMessage: struct({ QueueUrl, ...handle }),
  DeleteMessageBatch: batch(handle),
  ChangeMessageVisibility: struct({ QueueUrl, ...visibility }),
  ChangeMessageVisibilityBatch: batch(visibility),
  PurgeQueue: ofQueue,
  StartMessageMoveTask: struct({ SourceArn: v.optional(text), DestinationArn: v.nullish(text) }),
  ListDeadLetterSourceQueues: ofQueue,
} as const;

export type Action = keyof typeof SHAPES;
export type InputOf<Name extends Action> = v.InferOutput<(typeof SHAPES)[Name]>;
export type MessageInput = Omit<InputOf<'SendMessage'>, 'QueueUrl'>;
