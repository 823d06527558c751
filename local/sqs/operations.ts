/** SQS's operations, each with its checks; what they do to queues is in `sqs.ts`. */
import { AwsError, type ServiceRequest } from '../service.ts';
import { checkBody, inRange, parseSettings, settingsOut, sizeOf } from './checks.ts';
import { attributesMd5, type Message, md5, newMessage, type Queue } from './queue.ts';
import type { Sqs } from './sqs.ts';
import { handleId, noQueue } from './wire.ts';

type Input = Readonly<Record<string, unknown>>;

interface ListInput {
  readonly QueueNamePrefix?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

interface Entry {
  readonly Id: string;
  readonly MessageGroupId?: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: Message['attributes'];
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

/** The entries of a batch; AWS's errors for none, too many, or two of one id. */
function entriesOf(input: Input): readonly Entry[] {
  const entries = (input.Entries ?? []) as Entry[];
  if (entries.length === 0)
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.', {
      queryCode: 'AWS.SimpleQueueService.EmptyBatchRequest',
    });
  if (entries.length > 10) {
    throw new AwsError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.', {
      queryCode: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
    });
  }
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.', {
      queryCode: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
    });
  }
  return entries;
}

async function send(sqs: Sqs, queue: Queue, entry: Omit<Entry, 'Id' | 'ReceiptHandle' | 'VisibilityTimeout'>): Promise<Input> {
  const attributes = entry.MessageAttributes ?? {};
  checkBody(entry.MessageBody, attributes, queue.settings.MaximumMessageSize);
  const delay = inRange('DelaySeconds', entry.DelaySeconds ?? queue.settings.DelaySeconds, 0, 900);
  const message = newMessage(entry.MessageBody, attributes, {
    now: queue.now(),
    delay,
    sender: 'brine',
    group: entry.MessageGroupId,
  });
  await sqs.enqueue(queue, message);
  const digest = attributesMd5(attributes);
  return { MessageId: message.id, MD5OfMessageBody: md5(message.body), ...(digest && { MD5OfMessageAttributes: digest }) };
}

/** Each entry by itself: what fails is named, the rest go on. */
async function batch(entries: readonly Entry[], one: (entry: Entry) => Promise<Input>): Promise<Input> {
  const Successful: Input[] = [];
  const Failed: Input[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...(await one(entry)) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}

type Operation = (sqs: Sqs, request: ServiceRequest) => Promise<Input | undefined> | Input | undefined;

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateQueue: (sqs, request) => sqs.create(request),
  GetQueueUrl: (sqs, request) => {
    const queue = sqs.queues.get(String(request.input.QueueName));
    if (!queue) throw noQueue();
    sqs.authorize(request.caller, 'GetQueueUrl', queue);
    return { QueueUrl: sqs.urlOf(queue) };
  },
  ListQueues: (sqs, request) => {
    const { QueueNamePrefix = '', MaxResults, NextToken } = request.input as ListInput;
    const max = MaxResults === undefined ? 1000 : inRange('MaxResults', MaxResults, 1, 1000);
    const names = [...sqs.queues.keys()].filter((name) => name.startsWith(QueueNamePrefix)).sort();
    const from = NextToken === undefined ? 0 : names.findIndex((name) => name > NextToken);
    const page = from < 0 ? [] : names.slice(from, from + max);
    const more = page.length > 0 && names.at(-1) !== page.at(-1);
    const QueueUrls = page.map((name) => sqs.urlOf(sqs.queues.get(name) as Queue));
    // A token is given only to those who asked for pages.
    return { QueueUrls, ...(more && MaxResults !== undefined && { NextToken: page.at(-1) }) };
  },
  DeleteQueue: async (sqs, request) => {
    const queue = sqs.queueOf(request);
    sqs.forget(queue);
    await sqs.journal.append({ op: 'gone', name: queue.name });
    return undefined;
  },
  GetQueueAttributes: (sqs, request) => {
    const queue = sqs.queueOf(request);
    const names = (request.input.AttributeNames ?? []) as string[];
    const now = queue.now();
    const all: Record<string, string> = {
      ...settingsOut(queue),
      ApproximateNumberOfMessages: String([...queue.messages.values()].filter((message) => message.visibleAt <= now).length),
      ApproximateNumberOfMessagesNotVisible: String(
        [...queue.messages.values()].filter((message) => message.visibleAt > now && message.count > 0).length,
      ),
      ApproximateNumberOfMessagesDelayed: String(
        [...queue.messages.values()].filter((message) => message.visibleAt > now && message.count === 0).length,
      ),
      CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    };
    return {
      Attributes: Object.fromEntries(Object.entries(all).filter(([key]) => names.includes('All') || names.includes(key))),
    };
  },
  SetQueueAttributes: async (sqs, request) => {
    const queue = sqs.queueOf(request);
    Object.assign(
      queue.settings,
      parseSettings({ ...settingsOut(queue), ...(request.input.Attributes as Record<string, string>) }),
    );
    await sqs.save(queue);
    return undefined;
  },
  TagQueue: async (sqs, request) => {
    const queue = sqs.queueOf(request);
    for (const [key, value] of Object.entries((request.input.Tags ?? {}) as Record<string, string>)) queue.tags.set(key, value);
    await sqs.save(queue);
    return undefined;
  },
  UntagQueue: async (sqs, request) => {
    const queue = sqs.queueOf(request);
    for (const key of (request.input.TagKeys ?? []) as string[]) queue.tags.delete(key);
    await sqs.save(queue);
    return undefined;
  },
  ListQueueTags: (sqs, request) => ({ Tags: Object.fromEntries(sqs.queueOf(request).tags) }),
  SendMessage: (sqs, request) => send(sqs, sqs.queueOf(request), request.input as unknown as Entry),
  SendMessageBatch: (sqs, request) => {
    const queue = sqs.queueOf(request);
    const entries = entriesOf(request.input);
    const size = entries.reduce((sum, entry) => sum + sizeOf(String(entry.MessageBody ?? ''), entry.MessageAttributes ?? {}), 0);
    if (size > 1_048_576) {
      throw new AwsError('BatchRequestTooLong', 'Batch requests cannot be longer than 1048576 bytes.', {
        queryCode: 'AWS.SimpleQueueService.BatchRequestTooLong',
      });
    }
    return batch(entries, (entry) => send(sqs, queue, entry));
  },
  ReceiveMessage: (sqs, request) => sqs.receive(request),
  DeleteMessage: async (sqs, request) => {
    await sqs.delete(sqs.queueOf(request), [request.input.ReceiptHandle as string]);
    return undefined;
  },
  DeleteMessageBatch: (sqs, request) => {
    const queue = sqs.queueOf(request);
    return batch(entriesOf(request.input), async (entry) => {
      await sqs.delete(queue, [entry.ReceiptHandle]);
      return {};
    });
  },
  ChangeMessageVisibility: (sqs, request) => {
    changeVisibility(sqs.queueOf(request), request.input as unknown as Entry);
    return undefined;
  },
  ChangeMessageVisibilityBatch: (sqs, request) => {
    const queue = sqs.queueOf(request);
    return batch(entriesOf(request.input), async (entry) => {
      changeVisibility(queue, entry);
      return {};
    });
  },
  PurgeQueue: async (sqs, request) => {
    const queue = sqs.queueOf(request);
    queue.messages.clear();
    await sqs.journal.append({ op: 'purge', queue: queue.name });
    return undefined;
  },
  StartMessageMoveTask: (sqs, request) => moveMessages(sqs, request),
  ListDeadLetterSourceQueues: (sqs, request) => {
    const queue = sqs.queueOf(request);
    const sources = [...sqs.queues.values()].filter((other) => other.settings.RedrivePolicy?.deadLetterTargetArn === queue.arn);
    return { queueUrls: sources.map((other) => sqs.urlOf(other)) };
  },
};

function changeVisibility(queue: Queue, entry: Pick<Entry, 'ReceiptHandle' | 'VisibilityTimeout'>): void {
  const seconds = inRange('VisibilityTimeout', entry.VisibilityTimeout, 0, 43_200);
  const message = queue.messages.get(handleId(entry.ReceiptHandle));
  if (!message)
    throw new AwsError('MessageNotInflight', 'The specified message is not in flight.', {
      queryCode: 'AWS.SimpleQueueService.MessageNotInflight',
    });
  queue.postpone(message, queue.now() + seconds * 1000);
}

/** Redrive of a dead-letter queue: to the queue that is named, else back to where the messages came from. */
async function moveMessages(sqs: Sqs, request: ServiceRequest): Promise<Input> {
  const { SourceArn, DestinationArn } = request.input as { SourceArn?: string; DestinationArn?: string };
  const named = (arn: string | undefined) => sqs.queues.get(arn?.split(':').at(-1) ?? '');
  const source = named(SourceArn);
  const sources = [...sqs.queues.values()].filter((other) => other.settings.RedrivePolicy?.deadLetterTargetArn === SourceArn);
  if (!source || sources.length === 0)
    throw new AwsError(
      'ResourceNotFoundException',
      'The resource that you specified for the SourceArn parameter is no dead-letter queue.',
    );
  const destination = DestinationArn === undefined ? sources[0] : named(DestinationArn);
  if (!destination)
    throw new AwsError(
      'ResourceNotFoundException',
      "The resource that you specified for the DestinationArn parameter doesn't exist.",
    );
  sqs.authorize(request.caller, 'StartMessageMoveTask', source);
  for (const message of [...source.messages.values()]) await sqs.move(source, destination, message);
  return { TaskHandle: Buffer.from(`${SourceArn}`).toString('base64') };
}
