/**
 * AWS's rates of calls (aws-facts 1.1 and 2, us-east-1). They hold only where somebody asks for them: a project of three hundred rules would be six
 * hundred calls, and `brine dev` has to be ready in two seconds.
 */
import { type Faults, throttled } from './faults.ts';

/** Calls a second. */
export interface Rates {
  /** EventBridge's operations but PutEvents. */
  readonly control: number;
  readonly putEvents: number;
  /** Of SQS, about tags of queues. */
  readonly tags: number;
}

export const AWS_RATES: Rates = { control: 50, putEvents: 10_000, tags: 30 };

/** A second's worth may come at once; what comes faster is throttled. */
export function limitRates(rates: Partial<Rates>, now: () => number): Faults {
  const buckets = new Map<keyof Rates, { left: number; at: number }>();
  return ({ service, operation }) => {
    const group = groupOf(service, operation);
    const rate = group === null ? undefined : rates[group];
    if (group === null || rate === undefined) return null;
    const at = now();
    const bucket = buckets.get(group) ?? { left: rate, at };
    buckets.set(group, bucket);
    bucket.left = Math.min(rate, bucket.left + ((at - bucket.at) / 1000) * rate);
    bucket.at = at;
    if (bucket.left < 1) return throttled(service);
    bucket.left -= 1;
    return null;
  };
}

function groupOf(service: string, operation: string): keyof Rates | null {
  if (service === 'sqs') return /^(TagQueue|UntagQueue|ListQueueTags)$/.test(operation) ? 'tags' : null;
  // What EventBridge asks about itself is no call.
  if (service !== 'events' || operation === 'Deliver' || operation === 'PutEventsEntry') return null;
  return operation === 'PutEvents' ? 'putEvents' : 'control';
}
