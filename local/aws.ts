/** The embedded AWS: every service behind one port on loopback, in memory or in a directory. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BrineError } from '../core/errors.ts';
import { DynamoDb } from './dynamodb.ts';
import { EventBridge } from './events/event-bridge.ts';
import { type Faults, randomThrottles } from './faults.ts';
import { Access } from './iam/access.ts';
import { Iam } from './iam/iam.ts';
import { Kms } from './kms/kms.ts';
import { Lambda } from './lambda/lambda.ts';
import { AWS_RATES, limitRates, type Rates } from './rates.ts';
import { openDoor, type Unsigned } from './server.ts';
import type { Caller } from './service.ts';
import { SQS_LIMITS, Sqs, type SqsLimits } from './sqs/sqs.ts';
import { type Journal, openJournal } from './store/journal.ts';
import { lockDirectory } from './store/lock.ts';
import { Sts } from './sts/sts.ts';

export interface AwsOptions {
  /** 0: a free one. */
  readonly port?: number;
  /** null: in memory, forgotten at the end. */
  readonly dir: string | null;
  readonly region?: string;
  readonly account?: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly now?: () => number;
  /** Seeds the order of deliveries; `duplicates` is the share of them that comes twice, `throttles` of the requests that are refused as too many. */
  readonly chance?: { readonly seed: number; readonly duplicates: number; readonly throttles?: number };
  /** AWS's rates of calls that are to hold here; true: all of them. */
  readonly rates?: Partial<Rates> | true;
  /** Fails the calls that it names, for tests. */
  readonly faults?: Faults;
  /** Multiplies AWS's waits between retries (60 s, 120 s). */
  readonly retryScale?: number;
  /** Limits of SQS that a test cannot wait for or fill; AWS's own unless given. */
  readonly sqsLimits?: Partial<SqsLimits>;
  readonly unsigned?: (aws: { lambda: Lambda; sts: Sts }) => readonly Unsigned[];
}

export interface Aws {
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly services: {
    readonly sqs: Sqs;
    readonly lambda: Lambda;
    readonly events: EventBridge;
    readonly sts: Sts;
    readonly kms: Kms;
    readonly iam: Iam;
    readonly dynamodb: DynamoDb;
  };
  close(): Promise<void>;
}

export async function startAws(options: AwsOptions): Promise<Aws> {
  const { dir, credentials, region = 'us-east-1', account = '000000000000' } = options;
  if (dir) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = dir ? await lockDirectory(dir) : null;
  let endpoint = '';
  const { services, faults } = createServices(options, { account, region, endpoint: () => endpoint });
  const { sqs, lambda, events, sts, dynamodb } = services;
  let journals: readonly Journal[] = [];
  let door: Awaited<ReturnType<typeof openDoor>> | null = null;
  const close = async () => {
    events.deliveries.close();
    lambda.close();
    sqs.close();
    await door?.close();
    await dynamodb.close();
    await Promise.all(journals.map((journal) => journal.close()));
    lock?.release();
  };
  try {
    journals = dir ? openJournals(dir, services) : [];
    const root: Caller = { kind: 'root', account };
    const warm = dynamodb.start();
    warm.catch(() => {}); // said below, when the door is open
    door = await openDoor({
      port: options.port ?? 0,
      services: Object.values(services),
      unsigned: options.unsigned?.(services) ?? [],
      now: options.now ?? Date.now,
      faults,
      findKey: (id, token) =>
        id === credentials.accessKeyId ? { secret: credentials.secretAccessKey, caller: root } : sts.find(id, token),
    }).catch((error: unknown) => {
      throw portError(error, options.port);
    });
    endpoint = `http://127.0.0.1:${door.port}`;
    await warm;
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
  lambda.invocations.resume();
  events.deliveries.resume();
  return { endpoint, region, account, credentials, services, close };
}

interface Place {
  readonly account: string;
  readonly region: string;
  readonly endpoint: () => string;
}

function createServices(options: AwsOptions, place: Place): { services: Aws['services']; faults: Faults } {
  const { dir, now = Date.now, retryScale = 1 } = options;
  const { seed = 1, duplicates = 0, throttles = 0 } = options.chance ?? {};
  const random = mulberry(seed);
  const chance = options.faults ?? randomThrottles(throttles, random);
  const limits = limitRates(options.rates === true ? AWS_RATES : (options.rates ?? {}), now);
  const faults: Faults = (call) => limits(call) ?? chance(call);
  const access = new Access();
  const base = { ...place, access, now };
  const sqs = new Sqs({ ...base, chance: { next: random, duplicates }, limits: { ...SQS_LIMITS, ...options.sqsLimits } });
  const lambda = new Lambda({ ...base, sqs, retryScale });
  const twice = () => duplicates > 0 && random() < duplicates;
  const services = {
    iam: new Iam(access, place.account),
    sts: new Sts(base),
    kms: new Kms(base),
    sqs,
    lambda,
    events: new EventBridge({ ...base, sqs, lambda, faults, retryScale, next: random, duplicates: twice }),
    dynamodb: new DynamoDb({ ...base, dir: dir && join(dir, 'dynamodb') }),
  };
  return { services, faults };
}

function portError(error: unknown, port: number | undefined): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error;
  return new BrineError(
    { code: 'dev.port', text: `port ${port} is in use`, hint: 'leave --port out for a free one' },
    { cause: error },
  );
}

interface Kept {
  journal: Journal;
  apply(record: never): void;
  snapshot(): Iterable<unknown>;
}

/** One file a service. What a later one starts by being read (an event source takes messages) finds its queues there. */
function openJournals(dir: string, { iam, sts, kms, sqs, lambda, events, dynamodb }: Aws['services']): Journal[] {
  const kept: Readonly<Record<string, Kept>> = {
    iam,
    sts,
    kms,
    sqs,
    lambda,
    events,
    invocations: lambda.invocations,
    ttl: dynamodb,
  };
  return Object.entries(kept).map(([name, service]) => {
    service.journal = openJournal({
      path: join(dir, `${name}.jsonl`),
      apply: (record) => service.apply(record),
      snapshot: () => service.snapshot(),
    });
    return service.journal;
  });
}

/** A small seeded generator: the same seed, the same order of deliveries. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
