/** What a stack consists of: names, limits and wiring, as pure data. CDK, the embedded AWS and the clients all read this. names.md, design 2, 5, 6. */
import type { Stack } from '../core/ids.ts';

export interface StackParts {
  readonly stack: Stack;
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export function stackParts(stack: Stack): StackParts {
  const [account, region, name] = stack.split('/') as [string, string, string];
  return { stack, account, region, name };
}

/** Bytes of a packed entry's detail: up to 64 KB is billed as one event. */
export const ENTRY_BYTES = 65_536;
export const ENTRIES_PER_CALL = 10;
export const CALL_BYTES = 1_000_000;
/** Ids a plan is sent to by the function that made it; above it shards are written. */
export const SHARD_SIZE = 500;
const DAY = 86_400;
/** Seconds a job may wait on its queue. */
export const JOB_RETENTION = 7 * DAY;
/** Seconds a hint may wait on a relay's control queue. */
export const HINT_RETENTION = 300;

export const FUNCTIONS = ['reactor', 'runner', 'recorder', 'enroll', 'operator', 'dispatch'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

export interface FunctionPart {
  readonly role: FunctionName;
  readonly name: string;
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  readonly reserved: number;
  /** For asynchronous invocations. */
  readonly retries: number;
  readonly maxAge: number;
  /** Queue name. */
  readonly onFailure: string;
  readonly url: boolean;
}

export interface QueuePart {
  readonly name: string;
  /** Seconds. */
  readonly visibility: number;
  readonly retention: number;
  readonly dead: string | null;
  /** Receives before a message goes to the dead letters. */
  readonly maxReceives: number;
}

export interface EventSourcePart {
  readonly queue: string;
  readonly fn: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** Batches at a time: not more than the function's reserved concurrency, or Lambda would take messages only to put them back. */
  readonly concurrency: number;
}

export interface TablePart {
  readonly name: string;
  readonly ttl: string;
}

export interface Topology extends StackParts {
  readonly bus: string;
  readonly functions: readonly FunctionPart[];
  readonly queues: readonly QueuePart[];
  readonly sources: readonly EventSourcePart[];
  readonly tables: readonly TablePart[];
  readonly aliases: { readonly jobs: string; readonly enroll: string };
  /** Queues into which rules of the bus may deliver: the rule's name, or `*`. */
  readonly fed: readonly { readonly queue: string; readonly rule: string }[];
  /** Where a rule's target gets what could not be delivered. */
  readonly undelivered: string;
  /** How long EventBridge tries a target: batches are planned within two hours or not at all. */
  readonly delivery: { readonly maxAge: number; readonly retries: number };
  readonly recorderRule: string;
  readonly recorderPattern: object;
}

export function queueNames(name: string) {
  return {
    runner: `${name}-runner`,
    recorder: `${name}-recorder`,
    shards: `${name}-shards`,
    relay: (relay: string) => `${name}-relay-${relay}`,
    minions: `${name}-m-`,
    watch: (ulid: string) => `${name}-watch-${ulid}`,
    dead: (place: string) => `${place}-dead`,
  };
}

export function tableNames(name: string) {
  return { registry: `${name}-registry`, plans: `${name}-plans`, jobs: `${name}-jobs` };
}

export function topologyOf(stack: Stack): Topology {
  const parts = stackParts(stack);
  const { name } = parts;
  const queues = queueNames(name);
  const shape: Readonly<Record<FunctionName, Partial<FunctionPart>>> = {
    reactor: { memory: 512, timeout: 60, reserved: 50 },
    runner: { timeout: 60, reserved: 10 },
    recorder: { reserved: 10 },
    enroll: { reserved: 50 },
    operator: { timeout: 60, reserved: 20, url: true },
    dispatch: { timeout: 60, reserved: 20 },
  };
  const sourced: readonly EventSourcePart[] = [
    { queue: queues.runner, fn: `${name}-runner`, batchSize: 1, windowSeconds: 0, concurrency: 10 },
    { queue: queues.recorder, fn: `${name}-recorder`, batchSize: 10, windowSeconds: 0, concurrency: 10 },
    { queue: queues.shards, fn: `${name}-dispatch`, batchSize: 1, windowSeconds: 0, concurrency: 20 },
  ];
  const working = [queues.runner, queues.recorder, queues.shards];
  return {
    ...parts,
    bus: name,
    functions: FUNCTIONS.map((role) => ({
      role,
      name: `${name}-${role}`,
      memory: 256,
      timeout: 30,
      reserved: 10,
      retries: 2,
      maxAge: 3600,
      url: false,
      ...shape[role],
      onFailure: queues.dead(`${name}-${role}`),
    })),
    queues: [
      ...working.map((queue) => ({ name: queue, visibility: 90, retention: 4 * DAY, dead: queues.dead(queue), maxReceives: 5 })),
      ...working.map((queue) => deadQueue(queues.dead(queue))),
      ...FUNCTIONS.map((role) => `${name}-${role}`)
        .filter((place) => !working.includes(place))
        .map((place) => deadQueue(queues.dead(place))),
      { name: queues.relay('1'), visibility: 30, retention: HINT_RETENTION, dead: null, maxReceives: 1 },
    ],
    sources: sourced,
    tables: Object.values(tableNames(name)).map((table) => ({ name: table, ttl: 'ttl' })),
    aliases: { jobs: `alias/${name}-jobs`, enroll: `alias/${name}-enroll` },
    fed: [
      { queue: queues.recorder, rule: `${name}-recorder` },
      { queue: queues.dead(`${name}-reactor`), rule: '*' },
    ],
    undelivered: queues.dead(`${name}-reactor`),
    delivery: { maxAge: 3600, retries: 185 },
    recorderRule: `${name}-recorder`,
    // Returns; who came and went, by the relays' word; and jobs that a host could not take (`salt/minion/<id>/refused`).
    recorderPattern: {
      source: ['brine.minion', 'brine.platform', 'brine.operator', 'brine.relay'],
      detail: { tag: [{ prefix: 'salt/job/' }, 'salt/presence/change', { suffix: '/refused' }] },
    },
  };
}

function deadQueue(name: string): QueuePart {
  return { name, visibility: 90, retention: 14 * DAY, dead: null, maxReceives: 1 };
}

export function queueArn({ region, account }: Pick<StackParts, 'region' | 'account'>, queue: string): string {
  return `arn:aws:sqs:${region}:${account}:${queue}`;
}

export function functionArn({ region, account }: Pick<StackParts, 'region' | 'account'>, fn: string): string {
  return `arn:aws:lambda:${region}:${account}:function:${fn}`;
}

export function roleArn({ account }: Pick<StackParts, 'account'>, role: string): string {
  return `arn:aws:iam::${account}:role/${role}`;
}

export function busArn({ region, account, name }: StackParts): string {
  return `arn:aws:events:${region}:${account}:event-bus/${name}`;
}

export function ruleArn({ region, account, name }: StackParts, rule: string): string {
  return `arn:aws:events:${region}:${account}:rule/${name}/${rule}`;
}
