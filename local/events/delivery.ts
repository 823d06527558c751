/**
 * From a rule to its targets. A missing target or permission goes to the target's dead-letter queue at once; what fails otherwise is tried again with
 * longer and longer pauses, and is on disk before the event is acknowledged (aws-facts 1.5).
 */
import { randomUUID } from 'node:crypto';
import type { Faults } from '../faults.ts';
import type { Lambda } from '../lambda/lambda.ts';
import { AwsError, type Caller } from '../service.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { type Debt, Owed, type OwedRecord } from '../store/owed.ts';
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
  readonly write: (record: DeliveryRecord) => Promise<void>;
}

/** A delivery that failed and is tried again. */
interface Delivery extends Debt {
  readonly ruleArn: string;
  readonly target: Target;
  /** What the target is given. */
  readonly text: string;
  readonly at: number;
}

export type DeliveryRecord = OwedRecord<Delivery>;

const [FIRST, LONGEST] = [1000, 300_000];
const RETRIES = 185;
const MAX_AGE = 86_400;

export class Deliveries {
  readonly #ways: Ways;
  readonly #owed: Owed<Delivery>;

  constructor(ways: Ways) {
    this.#ways = ways;
    this.#owed = new Owed(ways.write);
  }

  /** Resolves when the target has it, its dead-letter queue has it, or it is written down to be tried again. */
  async deliver({ ruleArn, target, event }: Route): Promise<void> {
    const delivery = { id: randomUUID(), ruleArn, target, text: inputOf(target, event, ruleArn), at: Date.now(), attempts: 0 };
    const error = await this.#try(delivery, event);
    if (error === null) return;
    if (isFinal(error)) return this.#bury(delivery, error, null);
    await this.#owed.add(delivery);
    this.#later(delivery, error);
  }

  apply(record: DeliveryRecord): void {
    this.#owed.apply(record);
  }

  snapshot(): Iterable<DeliveryRecord> {
    return this.#owed.snapshot();
  }

  /** Goes on with what a crash left behind. */
  resume(): void {
    for (const delivery of this.#owed.left()) this.#owed.now(() => this.#again(delivery));
  }

  close(): void {
    this.#owed.close();
  }

  async #try({ ruleArn, target, text }: Delivery, event: EventText | null): Promise<unknown> {
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

  #later(delivery: Delivery, error: unknown): void {
    const { MaximumRetryAttempts = RETRIES, MaximumEventAgeInSeconds = MAX_AGE } = delivery.target.RetryPolicy ?? {};
    const exhausted =
      delivery.attempts >= MaximumRetryAttempts
        ? 'MaximumRetryAttempts'
        : Date.now() - delivery.at > MaximumEventAgeInSeconds * 1000
          ? 'MaximumEventAgeInSeconds'
          : null;
    if (exhausted) return this.#owed.now(() => this.#give(delivery, error, exhausted));
    const pause = Math.min(FIRST * 2 ** delivery.attempts, LONGEST) * (0.5 + this.#ways.next() / 2) * this.#ways.retryScale;
    this.#owed.later(() => this.#again(delivery), pause);
  }

  async #again(delivery: Delivery): Promise<void> {
    await this.#owed.count(delivery);
    const error = await this.#try(delivery, null);
    if (error === null) await this.#owed.settle(delivery);
    else if (isFinal(error)) await this.#give(delivery, error, null);
    else this.#later(delivery, error);
  }

  async #give(delivery: Delivery, error: unknown, exhausted: string | null): Promise<void> {
    await this.#bury(delivery, error, exhausted);
    await this.#owed.settle(delivery);
  }

  /** To the target's dead-letter queue, with what AWS says of it; without one it is lost, as on AWS. */
  async #bury({ ruleArn, target, text, attempts }: Delivery, error: unknown, exhausted: string | null): Promise<void> {
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
