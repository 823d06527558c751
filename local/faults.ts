/** What AWS does now and then and a quiet laptop never: it throttles. Seeded, so that a run can be had again. */
import { AwsError } from './service.ts';

export interface Call {
  readonly service: string;
  readonly operation: string;
  /** For a delivery by EventBridge itself: the target's ARN. */
  readonly target?: string;
}

/** An error for a call that is to fail, else null. */
export type Faults = (call: Call) => AwsError | null;

/** Each service's own words (the SDK knows all of them as throttling, and tries again). */
const THROTTLED: Readonly<Record<string, readonly [code: string, status: number]>> = {
  sqs: ['RequestThrottled', 400],
  dynamodb: ['ProvisionedThroughputExceededException', 400],
  events: ['ThrottlingException', 400],
  kms: ['ThrottlingException', 400],
  sts: ['Throttling', 400],
  iam: ['Throttling', 400],
  lambda: ['TooManyRequestsException', 429],
};

export function throttled(service: string): AwsError {
  const [code, status] = THROTTLED[service] ?? ['ThrottlingException', 400];
  return new AwsError(code, 'Rate exceeded', { status });
}

/** A share of all calls, by chance. */
export function randomThrottles(share: number, next: () => number): Faults {
  return share > 0 ? ({ service }) => (next() < share ? throttled(service) : null) : () => null;
}
