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
  const { dir, credentials, region = 'us-east-1', account = '000000000000', now = Date.now, retryScale = 1 } = options;
  if (dir) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = dir ? await lockDirectory(dir) : null;
  const access = new Access();
  const random = mulberry(options.chance?.seed ?? 1);
  const duplicates = options.chance?.duplicates ?? 0;
  const faults = options.faults ?? randomThrottles(options.chance?.throttles ?? 0, random);
  let endpoint = '';
  const base = { account, region, access, now, endpoint: () => endpoint };
  const iam = new Iam(access, account);
  const sts = new Sts(base);
  const kms = new Kms(base);
  const sqs = new Sqs({ ...base, chance: { next: random, duplicates }, limits: { ...SQS_LIMITS, ...options.sqsLimits } });
  const lambda = new Lambda({ ...base, sqs, retryScale });
  const events = new EventBridge({
    ...base,
    sqs,
    lambda,
    faults,
    retryScale,
    next: random,
    duplicates: () => duplicates > 0 && random() < duplicates,
  });
  const dynamodb = new DynamoDb({ ...base, dir: dir && join(dir, 'dynamodb') });
  const kept = { iam, sts, kms, sqs, lambda, events, invocations: lambda.invocations, ttl: dynamodb };
  const journals = dir ? openJournals(dir, kept) : [];
  const root: Caller = { kind: 'root', account };
  const warm = dynamodb.start();
  warm.catch(() => {}); // said below, when the door is open
  const door = await openDoor({
    port: options.port ?? 0,
    services: [sqs, events, lambda, sts, kms, iam, dynamodb],
    unsigned: options.unsigned?.({ lambda, sts }) ?? [],
    now,
    faults,
    findKey: (id, token) =>
      id === credentials.accessKeyId ? { secret: credentials.secretAccessKey, caller: root } : sts.find(id, token),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new BrineError(
      { code: 'dev.port', text: `port ${options.port} is in use`, hint: 'leave --port out for a free one' },
      { cause: error },
    );
  });
  endpoint = `http://127.0.0.1:${door.port}`;
  await warm.catch(async (error: unknown) => {
    await door.close();
    throw error;
  });
  lambda.invocations.resume();
  events.deliveries.resume();
  return {
    endpoint,
    region,
    account,
    credentials,
    services: { sqs, lambda, events, sts, kms, iam, dynamodb },
    close: async () => {
      events.deliveries.close();
      lambda.close();
      sqs.close();
      await door.close();
      await dynamodb.close();
      await Promise.all(journals.map((journal) => journal.close()));
      await lock?.release();
    },
  };
}

interface Kept {
  journal: Journal;
  apply(record: never): void;
  snapshot(): Iterable<unknown>;
}

/** One file a service. */
function openJournals(dir: string, services: Readonly<Record<string, Kept>>): Journal[] {
  return Object.entries(services).map(([name, service]) => {
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
