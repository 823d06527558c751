/** SQS over its JSON protocol: queues, what is kept of them, and long polls. Messages are on disk before they are acknowledged. */
import type { Access } from '../iam/access.ts';
import { AwsError, type Caller, type Service, type ServiceRequest } from '../service.ts';
import { type Journal, noJournal } from '../store/journal.ts';
import { checkName, inRange, parseSettings, settingsOut } from './checks.ts';
import { perform } from './operations.ts';
import { type Chance, type Message, newMessage, Queue } from './queue.ts';
import type { InputOf } from './shapes.ts';
import { messageOut, noQueue } from './wire.ts';

export interface SqsOptions {
  readonly account: string;
  readonly region: string;
  readonly endpoint: () => string;
  readonly access: Access;
  readonly chance: Chance;
  readonly now: () => number;
  readonly limits: SqsLimits;
}

/** Of those of SQS's limits that a test cannot wait for or fill. */
export interface SqsLimits {
  /** Messages of a queue that were received and not yet deleted. */
  readonly inFlight: number;
  /** Milliseconds before a deleted queue's name can be used again. */
  readonly recreate: number;
}

export const SQS_LIMITS: SqsLimits = { inFlight: 120_000, recreate: 60_000 };

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
  /** Name → when it was deleted. */
  readonly deleted = new Map<string, number>();
  journal: Journal = noJournal;
  readonly #options: SqsOptions;

  constructor(options: SqsOptions) {
    this.#options = options;
  }

  async handle(request: ServiceRequest) {
    const output = await perform(this, request);
    if (output === null) throw new AwsError('InvalidAction', `The action ${request.operation} is not valid for this endpoint.`);
    return { body: output ?? {} };
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

  /** For what is asked about no queue in particular. */
  authorizeAll(caller: Caller, action: string): void {
    this.#options.access.authorize(caller, { action: `sqs:${action}`, resource: this.arnOf('*') });
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

  async create({ QueueName, ...input }: InputOf<'CreateQueue'>, caller: Caller): Promise<Input> {
    const name = checkName(QueueName);
    const [Attributes, tags] = [input.Attributes ?? {}, input.tags ?? {}];
    this.#options.access.authorize(caller, { action: 'sqs:CreateQueue', resource: this.arnOf(name) });
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
          { queryCode: 'QueueAlreadyExists' },
        );
      return { QueueUrl: this.urlOf(there) };
    }
    const deletedAt = this.deleted.get(name);
    if (deletedAt !== undefined && this.#options.now() - deletedAt < this.#options.limits.recreate)
      throw new AwsError(
        'QueueDeletedRecently',
        'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
        { queryCode: 'AWS.SimpleQueueService.QueueDeletedRecently' },
      );
    this.deleted.delete(name);
    this.checkDead(Attributes.RedrivePolicy);
    const queue = this.make(name, Attributes, tags, this.#options.now());
    await this.save(queue);
    return { QueueUrl: this.urlOf(queue) };
  }

  make(name: string, attributes: Record<string, string>, tags: Record<string, string>, at: number): Queue {
    const queue = new Queue(name, this.arnOf(name), parseSettings(attributes), this.#options);
    queue.createdAt = at;
    queue.changedAt = at;
    for (const [key, value] of Object.entries(tags)) queue.tags.set(key, value);
    this.queues.set(name, queue);
    return queue;
  }

  /** A dead-letter queue is there before the queue that names it. */
  checkDead(redrive: string | undefined): void {
    const arn = redrive ? parseSettings({ RedrivePolicy: redrive }).RedrivePolicy?.deadLetterTargetArn : undefined;
    if (arn === undefined || this.queues.has(arn.split(':').at(-1) ?? '')) return;
    throw new AwsError(
      'InvalidParameterValue',
      `Value ${redrive} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
    );
  }

  save(queue: Queue): Promise<void> {
    return this.journal.append(recordOf(queue));
  }

  async receive(queue: Queue, input: InputOf<'ReceiveMessage'>, signal: AbortSignal): Promise<Input> {
    const max = inRange('MaxNumberOfMessages', input.MaxNumberOfMessages ?? 1, 1, 10);
    const wait = inRange('WaitTimeSeconds', input.WaitTimeSeconds ?? queue.settings.ReceiveMessageWaitTimeSeconds, 0, 20);
    const visibility = inRange('VisibilityTimeout', input.VisibilityTimeout ?? queue.settings.VisibilityTimeout, 0, 43_200);
    if (queue.isFull(this.#options.limits.inFlight, this.#options.now()))
      throw new AwsError('OverLimit', 'The number of messages in flight has reached its limit.');
    const until = this.#options.now() + wait * 1000;
    const take = () => queue.take(max, this.#options.now(), visibility, (message) => this.bury(queue, message));
    let taken = take();
    while (taken.length === 0 && this.#options.now() < until && !signal.aborted && this.queues.get(queue.name) === queue) {
      await queue.wait(until - this.#options.now(), signal);
      if (signal.aborted) return {};
      taken = take();
    }
    return taken.length === 0 ? {} : { Messages: taken.map((message) => messageOut(message, input)) };
  }

  async delete(queue: Queue, asked: readonly string[]): Promise<void> {
    const ids = asked.filter((id) => queue.remove(id));
    if (ids.length > 0) await this.journal.append({ op: 'delete', queue: queue.name, ids } satisfies SqsRecord);
  }

  async purge(queue: Queue): Promise<undefined> {
    queue.messages.clear();
    await this.journal.append({ op: 'purge', queue: queue.name } satisfies SqsRecord);
  }

  /** Received too often: to the dead-letter queue, with what it was. */
  bury(queue: Queue, message: Message): void {
    const dead = this.queues.get(queue.settings.RedrivePolicy?.deadLetterTargetArn.split(':').at(-1) ?? '');
    // What cannot be written now is found in the journal at the next start.
    if (dead) void this.move(queue, dead, message).catch(() => {});
    else void this.delete(queue, [message.id]).catch(() => {});
  }

  /** It is in the other queue before it is gone from this one: a crash in between leaves it twice. */
  async move(from: Queue, to: Queue, message: Message): Promise<void> {
    if (!from.remove(message.id)) return;
    const moved = { ...message, visibleAt: this.#options.now(), count: 0 };
    to.add(moved);
    await Promise.all([
      this.journal.append({ op: 'send', queue: to.name, message: moved } satisfies SqsRecord),
      this.journal.append({ op: 'delete', queue: from.name, ids: [message.id] } satisfies SqsRecord),
    ]);
  }

  async forget(queue: Queue): Promise<undefined> {
    const now = this.#options.now();
    this.queues.delete(queue.name);
    for (const [name, at] of this.deleted) if (now - at > this.#options.limits.recreate) this.deleted.delete(name);
    this.deleted.set(queue.name, now);
    queue.close();
    await this.journal.append({ op: 'gone', name: queue.name } satisfies SqsRecord);
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
      if (record.op === 'send') queue?.add({ ...record.message });
      else if (record.op === 'delete') for (const id of record.ids) queue?.remove(id);
      else queue?.messages.clear();
    }
  }

  *snapshot(): Iterable<SqsRecord> {
    for (const queue of this.queues.values()) {
      yield recordOf(queue);
      const now = this.#options.now();
      for (const message of queue.messages.values()) {
        // Nobody may ever have asked for it: a host that was away for longer than its jobs are kept.
        if (queue.isExpired(message, now)) queue.remove(message.id);
        else yield { op: 'send', queue: queue.name, message };
      }
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
