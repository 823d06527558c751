/** SQS over its JSON protocol: the operations, their checks and AWS's error codes. Messages are on disk before they are acknowledged. */
import type { Access } from '../iam/access.ts';
import { AwsError, type Caller, type Service, type ServiceRequest } from '../service.ts';
import { type Journal, noJournal } from '../store/journal.ts';
import { checkBody, checkName, inRange, parseSettings, settingsOut } from './checks.ts';
import { attributesMd5, type Chance, type Message, md5, newMessage, Queue } from './queue.ts';

export interface SqsOptions {
  readonly account: string;
  readonly region: string;
  readonly endpoint: () => string;
  readonly access: Access;
  readonly chance: Chance;
  readonly now: () => number;
}

type Input = Readonly<Record<string, unknown>>;

type SqsRecord =
  | {
      readonly op: 'queue';
      readonly name: string;
      readonly attributes: Record<string, string>;
      readonly tags: Record<string, string>;
      readonly at: number;
    }
  | { readonly op: 'gone'; readonly name: string }
  | { readonly op: 'send'; readonly queue: string; readonly message: Message }
  | { readonly op: 'delete'; readonly queue: string; readonly ids: readonly string[] }
  | { readonly op: 'purge'; readonly queue: string };

export class Sqs implements Service {
  readonly name = 'sqs';
  readonly queues = new Map<string, Queue>();
  journal: Journal = noJournal;
  readonly #options: SqsOptions;

  constructor(options: SqsOptions) {
    this.#options = options;
  }

  async handle(request: ServiceRequest) {
    const operation = OPERATIONS[request.operation];
    if (!operation) throw new AwsError('InvalidAction', `The action ${request.operation} is not valid for this endpoint.`);
    return { body: (await operation(this, request)) ?? {} };
  }

  /** For EventBridge and Lambda, which act in the same process under their own principal. */
  async deliver(arn: string, body: string, caller: Caller, attributes: Message['attributes'] = {}): Promise<void> {
    const queue = this.queues.get(arn.split(':').at(-1) ?? '');
    if (!queue) throw noQueue();
    this.authorize(caller, 'SendMessage', queue);
    await this.enqueue(
      queue,
      newMessage(body, attributes, { now: this.#options.now(), delay: queue.settings.DelaySeconds, sender: 'service' }),
    );
  }

  authorize(caller: Caller, action: string, queue: Queue): void {
    this.#options.access.authorize(caller, { action: `sqs:${action}`, resource: queue.arn, policy: queue.settings.Policy });
  }

  async enqueue(queue: Queue, message: Message): Promise<void> {
    await this.journal.append({ op: 'send', queue: queue.name, message } satisfies SqsRecord);
    queue.add(message);
  }

  queueOf(request: ServiceRequest): Queue {
    const { QueueUrl } = request.input as { QueueUrl?: unknown };
    if (typeof QueueUrl !== 'string') throw new AwsError('MissingParameter', 'The request must contain the parameter QueueUrl.');
    const queue = this.queues.get(QueueUrl.split('/').at(-1) ?? '');
    if (!queue) throw noQueue();
    this.authorize(request.caller, request.operation.replace(/Batch$/, ''), queue);
    return queue;
  }

  urlOf(queue: Queue): string {
    return `${this.#options.endpoint()}/${this.#options.account}/${queue.name}`;
  }

  arnOf(name: string): string {
    return `arn:aws:sqs:${this.#options.region}:${this.#options.account}:${name}`;
  }

  async create(request: ServiceRequest): Promise<Input> {
    const {
      QueueName,
      Attributes = {},
      tags = {},
    } = request.input as { QueueName?: unknown; Attributes?: Record<string, string>; tags?: Record<string, string> };
    const name = checkName(QueueName);
    this.#options.access.authorize(request.caller, { action: 'sqs:CreateQueue', resource: this.arnOf(name) });
    const there = this.queues.get(name);
    if (there) {
      const now = settingsOut(there);
      const other = Object.entries(Attributes).find(
        ([key, value]) => now[key] !== undefined && now[key] !== value && key !== 'Policy' && key !== 'RedrivePolicy',
      );
      if (other)
        throw new AwsError(
          'QueueNameExists',
          `A queue already exists with the same name and a different value for attribute ${other[0]}`,
        );
      return { QueueUrl: this.urlOf(there) };
    }
    const queue = this.make(name, Attributes, tags, this.#options.now());
    await this.save(queue);
    return { QueueUrl: this.urlOf(queue) };
  }

  make(name: string, attributes: Record<string, string>, tags: Record<string, string>, at: number): Queue {
    const queue = new Queue(name, this.arnOf(name), parseSettings(attributes), this.#options.chance, at);
    for (const [key, value] of Object.entries(tags)) queue.tags.set(key, value);
    this.queues.set(name, queue);
    return queue;
  }

  save(queue: Queue): Promise<void> {
    return this.journal.append(recordOf(queue));
  }

  async receive(request: ServiceRequest): Promise<Input> {
    const queue = this.queueOf(request);
    const input = request.input as { MaxNumberOfMessages?: number; WaitTimeSeconds?: number; VisibilityTimeout?: number };
    const max = inRange('MaxNumberOfMessages', input.MaxNumberOfMessages ?? 1, 1, 10);
    const wait = inRange('WaitTimeSeconds', input.WaitTimeSeconds ?? queue.settings.ReceiveMessageWaitTimeSeconds, 0, 20);
    const visibility = inRange('VisibilityTimeout', input.VisibilityTimeout ?? queue.settings.VisibilityTimeout, 0, 43_200);
    const until = this.#options.now() + wait * 1000;
    const take = () => queue.take(max, this.#options.now(), visibility, (message) => this.bury(queue, message));
    let taken = take();
    while (
      taken.length === 0 &&
      this.#options.now() < until &&
      !request.signal.aborted &&
      this.queues.get(queue.name) === queue
    ) {
      await queue.wait(until - this.#options.now(), request.signal);
      if (request.signal.aborted) return {};
      taken = take();
    }
    return taken.length === 0 ? {} : { Messages: taken.map((message) => messageOut(message)) };
  }

  async delete(queue: Queue, handles: readonly string[]): Promise<void> {
    const ids = handles.map((handle) => handleId(handle)).filter((id) => queue.remove(id));
    if (ids.length > 0) await this.journal.append({ op: 'delete', queue: queue.name, ids } satisfies SqsRecord);
  }

  /** Received too often: to the dead-letter queue, with what it was. */
  bury(queue: Queue, message: Message): void {
    const dead = this.queues.get(queue.settings.RedrivePolicy?.deadLetterTargetArn.split(':').at(-1) ?? '');
    queue.remove(message.id);
    if (!dead) return;
    const moved = { ...message, visibleAt: this.#options.now(), count: 0 };
    dead.add(moved);
    void this.journal.append({ op: 'send', queue: dead.name, message: moved } satisfies SqsRecord);
    void this.journal.append({ op: 'delete', queue: queue.name, ids: [message.id] } satisfies SqsRecord);
  }

  /** Puts a record that was read back from disk into effect. */
  apply(record: SqsRecord): void {
    if (record.op === 'queue') {
      const there = this.queues.get(record.name);
      if (there) Object.assign(there.settings, parseSettings(record.attributes));
      else this.make(record.name, record.attributes, record.tags, record.at);
    } else if (record.op === 'gone') this.queues.delete(record.name);
    else {
      const queue = this.queues.get(record.queue);
      if (record.op === 'send') queue?.add({ ...record.message, visibleAt: Math.min(record.message.visibleAt, Date.now()) });
      else if (record.op === 'delete') for (const id of record.ids) queue?.remove(id);
      else queue?.messages.clear();
    }
  }

  *snapshot(): Iterable<SqsRecord> {
    for (const queue of this.queues.values()) {
      yield recordOf(queue);
      for (const message of queue.messages.values()) yield { op: 'send', queue: queue.name, message };
    }
  }

  close(): void {
    for (const queue of this.queues.values()) queue.close();
  }
}

function recordOf(queue: Queue): SqsRecord {
  const { QueueArn: _, ...attributes } = settingsOut(queue);
  return { op: 'queue', name: queue.name, attributes, tags: Object.fromEntries(queue.tags), at: queue.createdAt };
}

function noQueue(): AwsError {
  return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.', {
    queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
  });
}

function handleId(handle: unknown): string {
  const id = typeof handle === 'string' ? /^([0-9a-f-]{36})#\d+$/.exec(handle)?.[1] : undefined;
  if (!id) throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  return id;
}

function messageOut(message: Message): Input {
  const attributes = attributesMd5(message.attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: `${message.id}#${message.receipt}`,
    MD5OfBody: md5(message.body),
    Body: message.body,
    Attributes: {
      SenderId: message.sender,
      SentTimestamp: String(message.sentAt),
      ApproximateReceiveCount: String(message.count),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    },
    ...(attributes && { MessageAttributes: message.attributes, MD5OfMessageAttributes: attributes }),
  };
}

interface Entry {
  readonly Id: string;
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
  const message = newMessage(entry.MessageBody, attributes, { now: Date.now(), delay, sender: 'brine' });
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

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateQueue: (sqs, request) => sqs.create(request),
  GetQueueUrl: (sqs, request) => {
    const queue = sqs.queues.get(String(request.input.QueueName));
    if (!queue) throw noQueue();
    sqs.authorize(request.caller, 'GetQueueUrl', queue);
    return { QueueUrl: sqs.urlOf(queue) };
  },
  ListQueues: (sqs, request) => {
    const prefix = String(request.input.QueueNamePrefix ?? '');
    return {
      QueueUrls: [...sqs.queues.values()].filter((queue) => queue.name.startsWith(prefix)).map((queue) => sqs.urlOf(queue)),
    };
  },
  DeleteQueue: async (sqs, request) => {
    const queue = sqs.queueOf(request);
    sqs.queues.delete(queue.name);
    queue.close();
    await sqs.journal.append({ op: 'gone', name: queue.name });
    return undefined;
  },
  GetQueueAttributes: (sqs, request) => {
    const queue = sqs.queueOf(request);
    const names = (request.input.AttributeNames ?? []) as string[];
    const now = Date.now();
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
    const size = entries.reduce((sum, entry) => sum + Buffer.byteLength(String(entry.MessageBody ?? '')), 0);
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
  queue.postpone(message, Date.now() + seconds * 1000);
}
