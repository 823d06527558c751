/** One standard queue: at-least-once, in no order, with visibility, delays, long polls and a dead-letter queue. */
import { createHash, randomUUID } from 'node:crypto';

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  /** Base64. */
  readonly BinaryValue?: string | undefined;
}

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly sentAt: number;
  readonly sender: string;
  /** The tenant, for fair queues. */
  readonly group?: string | undefined;
  visibleAt: number;
  count: number;
  /** Receives of these that were second deliveries of one: no failure of its reader, so nothing that leads to the dead-letter queue. */
  repeats?: number;
  firstReceivedAt: number;
  /** Changes at each receive; an older handle still deletes, as on AWS. */
  receipt: number;
}

export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** The share of receives that leave the message visible too. */
  readonly duplicates: number;
}

/** What a queue has from the service that holds it. */
export interface World {
  readonly chance: Chance;
  readonly now: () => number;
}

export interface QueueSettings {
  VisibilityTimeout: number;
  DelaySeconds: number;
  MessageRetentionPeriod: number;
  ReceiveMessageWaitTimeSeconds: number;
  MaximumMessageSize: number;
  Policy?: string | undefined;
  RedrivePolicy?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number } | undefined;
}

export class Queue {
  readonly name: string;
  readonly arn: string;
  createdAt = 0;
  changedAt = 0;
  readonly settings: QueueSettings;
  readonly tags = new Map<string, string>();
  readonly messages = new Map<string, Message>();
  readonly #visible: string[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #chance: Chance;
  readonly now: () => number;

  constructor(name: string, arn: string, settings: QueueSettings, world: World) {
    this.name = name;
    this.arn = arn;
    this.settings = settings;
    this.now = world.now;
    this.#chance = world.chance;
  }

  add(message: Message): void {
    if (this.messages.has(message.id)) return; // read back twice
    this.messages.set(message.id, message);
    this.#schedule(message);
  }

  /** Messages that are visible now, at most `max`; those received too often are handed to `dead` instead. */
  take(max: number, now: number, visibility: number, dead: (message: Message) => void): Message[] {
    const taken: Message[] = [];
    const again: string[] = [];
    const hidden: Message[] = [];
    while (taken.length < max && this.#visible.length > 0) {
      const at = Math.floor(this.#chance.next() * this.#visible.length);
      const id = this.#visible[at] as string;
      this.#visible[at] = this.#visible.at(-1) as string;
      this.#visible.pop();
      const message = this.messages.get(id);
      if (!message || message.visibleAt > now) continue;
      if (this.isExpired(message, now)) {
        this.messages.delete(id);
        continue;
      }
      const redrive = this.settings.RedrivePolicy;
      if (redrive && message.count - (message.repeats ?? 0) >= redrive.maxReceiveCount) {
        dead(message);
        continue;
      }
      message.count += 1;
      message.receipt += 1;
      if (message.firstReceivedAt === 0) message.firstReceivedAt = now;
      if (this.#chance.duplicates > 0 && this.#chance.next() < this.#chance.duplicates) {
        message.repeats = (message.repeats ?? 0) + 1;
        again.push(id);
      } else {
        message.visibleAt = now + visibility * 1000;
        hidden.push(message);
      }
      taken.push(message);
    }
    // Only now: with no visibility timeout a message could be taken twice by one receive.
    this.#visible.push(...again);
    for (const message of hidden) this.#schedule(message);
    return taken;
  }

  isExpired(message: Message, now: number): boolean {
    return message.sentAt + this.settings.MessageRetentionPeriod * 1000 < now;
  }

  /** Whether `limit` messages were received and are neither deleted nor visible again. */
  isFull(limit: number, now: number): boolean {
    if (this.messages.size < limit) return false;
    let count = 0;
    for (const message of this.messages.values()) if (message.count > 0 && message.visibleAt > now) count += 1;
    return count >= limit;
  }

  /** Changes when a message is visible again; 0 = now. */
  postpone(message: Message, visibleAt: number): void {
    message.visibleAt = visibleAt;
    this.#schedule(message);
  }

  remove(id: string): boolean {
    return this.messages.delete(id);
  }

  /** Resolves when something may be visible, after `milliseconds`, or when the client goes away. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#visible.length > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#timers.delete(timer);
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#timers.add(timer);
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  close(): void {
    for (const done of [...this.#waiting]) done();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #schedule(message: Message): void {
    const delay = message.visibleAt - this.now();
    if (delay <= 0) {
      this.#visible.push(message.id);
      for (const done of [...this.#waiting]) done();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.messages.get(message.id) === message && message.visibleAt <= this.now() + 1) {
        message.visibleAt = Math.min(message.visibleAt, this.now());
        this.#schedule(message);
      }
    }, delay);
    timer.unref();
    this.#timers.add(timer);
  }
}

export function newMessage(
  body: string,
  attributes: Message['attributes'],
  options: { now: number; delay: number; sender: string; group?: string | undefined },
): Message {
  const { now, delay, sender, group } = options;
  return {
    id: randomUUID(),
    body,
    attributes,
    sentAt: now,
    sender,
    ...(group !== undefined && { group }),
    visibleAt: now + delay * 1000,
    count: 0,
    firstReceivedAt: 0,
    receipt: 0,
  };
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** AWS's digest of message attributes: each name, type and value with its length before it, sorted by name. */
export function attributesMd5(attributes: Message['attributes']): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const part = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name] as MessageAttribute;
    part(Buffer.from(name));
    part(Buffer.from(DataType));
    hash.update(Buffer.from([DataType.startsWith('Binary') ? 2 : 1]));
    part(DataType.startsWith('Binary') ? Buffer.from(BinaryValue ?? '', 'base64') : Buffer.from(StringValue ?? ''));
  }
  return hash.digest('hex');
}
