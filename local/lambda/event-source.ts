/** An SQS event source: polls the queue, hands batches to the function, deletes what it took; what failed becomes visible again. */
import { setMaxListeners } from 'node:events';
import { type Message, type MessageAttribute, md5, type Queue } from '../sqs/queue.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { handleOf, systemAttributes } from '../sqs/wire.ts';
import type { Invocations, Outcome } from './invocations.ts';

export interface Mapping {
  readonly id: string;
  readonly name: string;
  readonly functionArn: string;
  readonly role: string;
  readonly queueArn: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** ReportBatchItemFailures. */
  readonly partial: boolean;
  readonly concurrency: number;
}

export class EventSource {
  readonly mapping: Mapping;
  readonly #sqs: Sqs;
  readonly #invocations: Invocations;
  readonly #stop = new AbortController();

  constructor(mapping: Mapping, sqs: Sqs, invocations: Invocations) {
    this.mapping = mapping;
    this.#sqs = sqs;
    this.#invocations = invocations;
    setMaxListeners(0, this.#stop.signal); // one for each poll
    for (let i = 0; i < mapping.concurrency; i += 1) void this.#poll();
  }

  close(): void {
    this.#stop.abort();
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const queue = this.#sqs.queues.get(this.mapping.queueArn.split(':').at(-1) ?? '');
      if (!queue) {
        await pause(50, signal);
        continue;
      }
      const batch = queue.take(
        this.mapping.batchSize,
        queue.now(),
        queue.settings.VisibilityTimeout,
        (message) => void this.#sqs.bury(queue, message),
      );
      if (batch.length === 0) await queue.wait(20_000, signal);
      else await this.#run(queue, batch).catch(() => pause(1000, signal)); // the disk is full: they come again
    }
  }

  async #run(queue: Queue, batch: readonly Message[]): Promise<void> {
    const outcome = await this.#invocations.run(
      this.mapping.name,
      JSON.stringify({ Records: batch.map((message) => this.#record(message)) }),
    );
    if (!outcome.ok) return;
    const failed = this.mapping.partial ? failuresOf(outcome, batch) : new Set<string>();
    await this.#sqs.delete(
      queue,
      batch.map(({ id }) => id).filter((id) => !failed.has(id)),
    );
  }

  #record(message: Message) {
    return {
      messageId: message.id,
      receiptHandle: handleOf(message),
      body: message.body,
      attributes: systemAttributes(message),
      messageAttributes: Object.fromEntries(Object.entries(message.attributes).map(([name, value]) => [name, lowerCased(value)])),
      md5OfBody: md5(message.body),
      eventSource: 'aws:sqs',
      eventSourceARN: this.mapping.queueArn,
      awsRegion: this.mapping.queueArn.split(':')[3],
    };
  }
}

/** In an event the names begin in lower case. */
function lowerCased({ DataType, StringValue, BinaryValue }: MessageAttribute) {
  return {
    dataType: DataType,
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
  };
}

/** `batchItemFailures`; an id that is unknown, or an answer of another form, fails the whole batch, as on AWS. */
function failuresOf(outcome: Extract<Outcome, { ok: true }>, batch: readonly Message[]): ReadonlySet<string> {
  const all = new Set(batch.map((message) => message.id));
  try {
    const answer = JSON.parse(outcome.payload) as { batchItemFailures?: { itemIdentifier: string }[] } | null;
    const failed = (answer?.batchItemFailures ?? []).map((item) => item.itemIdentifier);
    return failed.some((id) => !all.has(id)) ? all : new Set(failed);
  } catch {
    return all;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
