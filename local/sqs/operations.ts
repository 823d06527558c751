/** SQS's operations, each with its checks; what they do to queues is in `sqs.ts`. */
import { AwsError, type Caller, type ServiceRequest } from '../service.ts';
import { shaped } from '../shape.ts';
import { checkAttributeName, checkBody, checkQueueKind, inRange, parseSettings, settingsOut, sizeOf } from './checks.ts';
import { attributesMd5, md5, newMessage, type Queue } from './queue.ts';
import { type Action, type InputOf, type MessageInput, SHAPES } from './shapes.ts';
import type { Sqs } from './sqs.ts';
import { handleId, noQueue } from './wire.ts';

type Output = Readonly<Record<string, unknown>> | undefined;

interface Asked<Name extends Action> {
  readonly sqs: Sqs;
  readonly input: InputOf<Name>;
  readonly caller: Caller;
  readonly request: ServiceRequest;
  /** The queue that the request names, for who may do this with it. */
  readonly queue: () => Queue;
}

type Operations = { readonly [Name in Action]: (asked: Asked<Name>) => Promise<Output> | Output };

/** Null for an action that is not there. */
export function perform(sqs: Sqs, request: ServiceRequest): Promise<Output> | Output | null {
  if (!Object.hasOwn(SHAPES, request.operation)) return null;
  const name = request.operation as Action;
  const input = shaped(SHAPES[name], request.input);
  const run = OPERATIONS[name] as (asked: Asked<Action>) => Promise<Output> | Output;
  return run({ sqs, input, caller: request.caller, request, queue: () => sqs.queueOf(request) });
}

const OPERATIONS: Operations = {
  CreateQueue: ({ sqs, input, caller }) => sqs.create(input, caller),
  GetQueueUrl: ({ sqs, input, caller }) => {
    const queue = sqs.queues.get(input.QueueName ?? '');
    if (!queue) throw noQueue();
    sqs.authorize(caller, 'GetQueueUrl', queue);
    return { QueueUrl: sqs.urlOf(queue) };
  },
  ListQueues: ({ sqs, input, caller }) => {
    sqs.authorizeAll(caller, 'ListQueues');
    const max = input.MaxResults == null ? 1000 : inRange('MaxResults', input.MaxResults, 1, 1000);
    const { NextToken } = input;
    const names = [...sqs.queues.keys()].filter((name) => name.startsWith(input.QueueNamePrefix ?? '')).sort();
    const from = NextToken == null ? 0 : names.findIndex((name) => name > NextToken);
    const page = from < 0 ? [] : names.slice(from, from + max);
    const more = page.length > 0 && names.at(-1) !== page.at(-1);
    const QueueUrls = page.map((name) => sqs.urlOf(sqs.queues.get(name) as Queue));
    // A token is given only to those who asked for pages.
    return { QueueUrls, ...(more && input.MaxResults != null && { NextToken: page.at(-1) }) };
  },
  DeleteQueue: async ({ sqs, queue }) => sqs.forget(queue()),
  GetQueueAttributes: ({ input, queue }) => {
    const names = input.AttributeNames ?? [];
    const all = attributesOf(queue());
    for (const name of names) if (name !== 'All') checkAttributeName(name);
    return {
      Attributes: Object.fromEntries(Object.entries(all).filter(([key]) => names.includes('All') || names.includes(key))),
    };
  },
  SetQueueAttributes: async ({ sqs, input, queue }) => {
    const named = queue();
    sqs.checkDead(input.Attributes.RedrivePolicy);
    Object.assign(named.settings, parseSettings({ ...settingsOut(named), ...input.Attributes }));
    named.changedAt = named.now();
    await sqs.save(named);
    return undefined;
  },
  TagQueue: async ({ sqs, input, queue }) => {
    const named = queue();
    for (const [key, value] of Object.entries(input.Tags)) named.tags.set(key, value);
    await sqs.save(named);
    return undefined;
  },
  UntagQueue: async ({ sqs, input, queue }) => {
    const named = queue();
    for (const key of input.TagKeys) named.tags.delete(key);
    await sqs.save(named);
    return undefined;
  },
  ListQueueTags: ({ queue }) => ({ Tags: Object.fromEntries(queue().tags) }),
  SendMessage: ({ sqs, input, queue }) => send(sqs, queue(), input),
  SendMessageBatch: ({ sqs, input, queue }) => {
    const named = queue();
    const entries = entriesOf(input.Entries);
    const size = entries.reduce((sum, entry) => sum + sizeOf(entry.MessageBody ?? '', entry.MessageAttributes ?? {}), 0);
    if (size > 1_048_576) throw batchError('BatchRequestTooLong', 'Batch requests cannot be longer than 1048576 bytes.');
    return batch(entries, (entry) => send(sqs, named, entry));
  },
  ReceiveMessage: ({ sqs, input, queue, request }) => sqs.receive(queue(), input, request.signal),
  DeleteMessage: async ({ sqs, input, queue }) => {
    await sqs.delete(queue(), [handleId(input.ReceiptHandle)]);
    return undefined;
  },
  DeleteMessageBatch: ({ sqs, input, queue }) => {
    const named = queue();
    return batch(entriesOf(input.Entries), async (entry) => {
      await sqs.delete(named, [handleId(entry.ReceiptHandle)]);
      return {};
    });
  },
  ChangeMessageVisibility: ({ input, queue }) => {
    changeVisibility(queue(), input);
    return undefined;
  },
  ChangeMessageVisibilityBatch: ({ input, queue }) => {
    const named = queue();
    return batch(entriesOf(input.Entries), async (entry) => {
      changeVisibility(named, entry);
      return {};
    });
  },
  PurgeQueue: async ({ sqs, queue }) => sqs.purge(queue()),
  StartMessageMoveTask: ({ sqs, input, caller }) => moveMessages(sqs, input, caller),
  ListDeadLetterSourceQueues: ({ sqs, queue }) => ({ queueUrls: sourcesOf(sqs, queue().arn).map((other) => sqs.urlOf(other)) }),
};

function batchError(code: string, why: string): AwsError {
  return new AwsError(code, why, { queryCode: `AWS.SimpleQueueService.${code}` });
}

/** The entries of a batch; AWS's errors for none, too many, or two of one id. */
function entriesOf<Entry extends { readonly Id: string }>(entries: readonly Entry[] = []): readonly Entry[] {
  if (entries.length === 0) throw batchError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10) throw batchError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length)
    throw batchError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  if (entries.some(({ Id }) => !/^[A-Za-z0-9_-]{1,80}$/.test(Id)))
    throw batchError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  return entries;
}

async function send(sqs: Sqs, queue: Queue, entry: MessageInput): Promise<Output> {
  checkQueueKind(entry);
  const attributes = entry.MessageAttributes ?? {};
  const body = checkBody(entry.MessageBody, attributes, queue.settings.MaximumMessageSize);
  const delay = inRange('DelaySeconds', entry.DelaySeconds ?? queue.settings.DelaySeconds, 0, 900);
  const group = entry.MessageGroupId ?? undefined;
  const message = newMessage(body, attributes, { now: queue.now(), delay, sender: 'brine', group });
  await sqs.enqueue(queue, message);
  const digest = attributesMd5(attributes);
  return { MessageId: message.id, MD5OfMessageBody: md5(message.body), ...(digest && { MD5OfMessageAttributes: digest }) };
}

/** Each entry by itself: what fails is named, the rest go on. */
async function batch<Entry extends { readonly Id: string }>(
  entries: readonly Entry[],
  one: (entry: Entry) => Promise<Output>,
): Promise<Output> {
  const results = await Promise.all(
    entries.map(async (entry) => {
      try {
        return { ok: { Id: entry.Id, ...(await one(entry)) } };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        return { no: { Id: entry.Id, Code: error.code, Message: error.message, SenderFault: error.status < 500 } };
      }
    }),
  );
  return { Successful: results.flatMap(({ ok }) => ok ?? []), Failed: results.flatMap(({ no }) => no ?? []) };
}

function attributesOf(queue: Queue): Record<string, string> {
  const now = queue.now();
  const counts = {
    ApproximateNumberOfMessages: 0,
    ApproximateNumberOfMessagesNotVisible: 0,
    ApproximateNumberOfMessagesDelayed: 0,
  };
  for (const message of queue.messages.values()) {
    if (queue.isExpired(message, now)) continue;
    if (message.visibleAt <= now) counts.ApproximateNumberOfMessages += 1;
    else if (message.count > 0) counts.ApproximateNumberOfMessagesNotVisible += 1;
    else counts.ApproximateNumberOfMessagesDelayed += 1;
  }
  return {
    ...settingsOut(queue),
    ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.changedAt / 1000)),
    SqsManagedSseEnabled: 'true',
  };
}

function changeVisibility(
  queue: Queue,
  entry: Pick<InputOf<'ChangeMessageVisibility'>, 'ReceiptHandle' | 'VisibilityTimeout'>,
): void {
  const seconds = inRange('VisibilityTimeout', entry.VisibilityTimeout, 0, 43_200);
  const message = queue.messages.get(handleId(entry.ReceiptHandle));
  if (!message)
    throw new AwsError(
      'InvalidParameterValue',
      `Value ${entry.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    );
  if (message.visibleAt <= queue.now()) throw batchError('MessageNotInflight', "The specified message isn't in flight.");
  queue.postpone(message, queue.now() + seconds * 1000);
}

function sourcesOf(sqs: Sqs, dead: string): readonly Queue[] {
  return [...sqs.queues.values()].filter((other) => other.settings.RedrivePolicy?.deadLetterTargetArn === dead);
}

/** Redrive of a dead-letter queue: to the queue that is named, else back to where the messages came from. */
async function moveMessages(sqs: Sqs, input: InputOf<'StartMessageMoveTask'>, caller: Caller): Promise<Output> {
  const named = (arn: string | null | undefined) => sqs.queues.get(arn?.split(':').at(-1) ?? '');
  const refused = (why: string) => new AwsError('ResourceNotFoundException', why, { status: 404 });
  const source = named(input.SourceArn);
  const sources = sourcesOf(sqs, input.SourceArn ?? '');
  if (!source || sources.length === 0)
    throw refused('The resource that you specified for the SourceArn parameter is no dead-letter queue.');
  sqs.authorize(caller, 'StartMessageMoveTask', source);
  const destination = input.DestinationArn == null ? sources[0] : named(input.DestinationArn);
  if (!destination) throw refused("The resource that you specified for the DestinationArn parameter doesn't exist.");
  sqs.authorize(caller, 'SendMessage', destination);
  for (const message of [...source.messages.values()]) await sqs.move(source, destination, message);
  return { TaskHandle: Buffer.from(source.arn).toString('base64') };
}
