/**
 * From a rule to its targets. A missing target or permission goes to the target's dead-letter queue at once; what fails otherwise is tried again with
 * longer and longer pauses, and is on disk before the event is acknowledged (aws-facts 1.5).
 */
import { randomUUID } from 'node:crypto';
import type { Faults } from '../faults.ts';
import type { Lambda } from '../lambda/lambda.ts';
import { AwsError, type Caller } from '../service.ts';
import type { Sqs } from '../sqs/sqs.ts';
import type { EventText } from './entry.ts';
import { inputOf, type Target } from './input.ts';

export interface Route {
  readonly ruleArn: string;
  readonly target: Target;
  readonly event: EventText;
}

export interface Ways {
  readonly sqs: Sqs;
  readonly lambda: Lambda;
  /** To another bus of this account; its rules are asked in turn. */
  readonly toBus: (name: string, event: EventText) => Promise<void>;
  readonly faults: Faults;
  readonly next: () => number;
  /** Multiplies the pauses between tries. */
  readonly retryScale: number;
  readonly write: (record: OwedRecord) => Promise<void>;
}

/** A delivery that failed and is tried again. */
interface Owed {
  readonly id: string;
  readonly ruleArn: string;
  readonly target: Target;
  /** What the target is given. */
  readonly text: string;
  readonly at: number;
  attempts: number;
}

export type OwedRecord =
  | { readonly op: 'owed'; readonly owed: Owed }
  | { readonly op: 'retried'; readonly id: string; readonly attempts: number }
  | { readonly op: 'settled'; readonly id: string };

const [FIRST, LONGEST] = [1000, 300_000];
const RETRIES = 185;
const MAX_AGE = 86_400;

export class Deliveries {
  readonly #ways: Ways;
  readonly #owed = new Map<string, Owed>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  /** Resolves when the target has it, its dead-letter queue has it, or it is written down to be tried again. */
  async deliver({ ruleArn, target, event }: Route): Promise<void> {
    const owed = { id: randomUUID(), ruleArn, target, text: inputOf(target, event, ruleArn), at: Date.now(), attempts: 0 };
    const error = await this.#try(owed, event);
    if (error === null) return;
    if (isFinal(error)) return this.#bury(owed, error, null);
    await this.#ways.write({ op: 'owed', owed });
    this.#owed.set(owed.id, owed);
    this.#later(owed, error);
  }

  apply(record: OwedRecord): void {
    if (record.op === 'owed') this.#owed.set(record.owed.id, { ...record.owed });
    else if (record.op === 'settled') this.#owed.delete(record.id);
    else {
      const owed = this.#owed.get(record.id);
      if (owed) owed.attempts = record.attempts;
    }
  }

  *snapshot(): Iterable<OwedRecord> {
    for (const owed of this.#owed.values()) yield { op: 'owed', owed };
  }

  /** Goes on with what a crash left behind. */
  resume(): void {
    for (const owed of this.#owed.values()) void this.#again(owed).catch(() => {});
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #try({ ruleArn, target, text }: Owed, event: EventText | null): Promise<unknown> {
    const { sqs, lambda, toBus, faults } = this.#ways;
    const caller: Caller = { kind: 'service', service: 'events.amazonaws.com', sourceArn: ruleArn };
    const service = target.Arn.split(':')[2] ?? '';
    try {
      const fault = faults({ service, operation: 'Deliver', target: target.Arn });
      if (fault) throw fault;
      if (service === 'sqs') await sqs.deliver(target.Arn, text, caller);
      else if (service === 'lambda') await lambda.deliver(target.Arn, text, caller);
      else if (service === 'events') await toBus(target.Arn.split('/').at(-1) ?? '', event ?? eventIn(text));
      else throw new AwsError('ValidationException', `this EventBridge has no target of the kind ${service}`);
      return null;
    } catch (error) {
      return error;
    }
  }

  #later(owed: Owed, error: unknown): void {
    const { MaximumRetryAttempts = RETRIES, MaximumEventAgeInSeconds = MAX_AGE } = owed.target.RetryPolicy ?? {};
    const exhausted =
      owed.attempts >= MaximumRetryAttempts
        ? 'MaximumRetryAttempts'
        : Date.now() - owed.at > MaximumEventAgeInSeconds * 1000
          ? 'MaximumEventAgeInSeconds'
          : null;
    if (exhausted) return void this.#give(owed, error, exhausted).catch(() => {});
    if (this.#closed) return;
    const pause = Math.min(FIRST * 2 ** owed.attempts, LONGEST) * (0.5 + this.#ways.next() / 2) * this.#ways.retryScale;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#again(owed).catch(() => {}); // the disk is full: it is in the journal still
    }, pause);
    this.#timers.add(timer);
  }

  async #again(owed: Owed): Promise<void> {
    owed.attempts += 1;
    await this.#ways.write({ op: 'retried', id: owed.id, attempts: owed.attempts });
    const error = await this.#try(owed, null);
    if (error === null) await this.#settle(owed);
    else if (isFinal(error)) await this.#give(owed, error, null);
    else this.#later(owed, error);
  }

  async #give(owed: Owed, error: unknown, exhausted: string | null): Promise<void> {
    await this.#bury(owed, error, exhausted);
    await this.#settle(owed);
  }

  async #settle({ id }: Owed): Promise<void> {
    this.#owed.delete(id);
    await this.#ways.write({ op: 'settled', id });
  }

  /** To the target's dead-letter queue, with what AWS says of it; without one it is lost, as on AWS. */
  async #bury({ ruleArn, target, text, attempts }: Owed, error: unknown, exhausted: string | null): Promise<void> {
    if (!target.DeadLetterConfig?.Arn) return;
    const values = {
      RULE_ARN: ruleArn,
      TARGET_ARN: target.Arn,
      ERROR_CODE: codeOf(error),
      ERROR_MESSAGE: String((error as Error).message).slice(0, 500),
      ...(exhausted && { EXHAUSTED_RETRY_CONDITION: exhausted, RETRY_ATTEMPTS: String(attempts) }),
    };
    const attributes = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, { DataType: 'String', StringValue: value }]),
    );
    const caller: Caller = { kind: 'service', service: 'events.amazonaws.com', sourceArn: ruleArn };
    await this.#ways.sqs.deliver(target.DeadLetterConfig.Arn, text, caller, attributes).catch(() => {});
  }
}

/** Missing targets and permissions are not tried again. */
function isFinal(error: unknown): boolean {
  return error instanceof AwsError && error.status < 500 && !isThrottling(error);
}

function isThrottling({ code, status }: AwsError): boolean {
  return status === 429 || /Throttl|TooManyRequests|ThroughputExceeded/.test(code);
}

function codeOf(error: unknown): string {
  if (!(error instanceof AwsError)) return 'SDK_CLIENT_ERROR';
  if (isThrottling(error)) return 'THROTTLING';
  if (error.status === 403) return 'NO_PERMISSIONS';
  return error.status < 500 ? 'NO_RESOURCE' : 'SDK_CLIENT_ERROR';
}

function eventIn(text: string): EventText {
  return { event: JSON.parse(text) as object, text };
}
