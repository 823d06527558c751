/**
 * The live bus from outside: a temporary rule and queue that the operator function makes and removes, read with the caller's own credentials.
 * `watching` is only said once a probe event has come back. Design section 9.
 */
import * as v from 'valibot';
import { type Batch, type Detail, type Emitted, parseBody, parseDetail, saltData } from '../core/event.ts';
import { type MinionId, minionUid, platformUid, type Stack, type Uid } from '../core/ids.ts';
import { decodePlain } from '../core/json.ts';
import { Dict, toPlain, type Value } from '../core/value.ts';
import { openBatch } from '../trust/batch.ts';
import { verifyReceipt } from '../trust/job.ts';
import { verifyPlatform } from '../trust/platform.ts';
import { callAws } from './aws-json.ts';
import type { System } from './locate.ts';
import type { Operator } from './operator.ts';
import { expectOk } from './run-job.ts';

export interface WatchedEvent {
  readonly tag: string;
  /** As a template would see it. */
  readonly data: Dict;
  readonly uid: Uid | null;
  /** Does the signature hold? Relays' own link facts are never signed. */
  readonly signed: boolean;
}

export interface WatchOptions {
  /** fnmatch over tags; the temporary rule only narrows. */
  readonly glob: string;
  readonly signal: AbortSignal;
  /** Called once, when the probe event has come back. */
  readonly watching?: () => void;
}

const started = v.looseObject({
  watch: v.string(),
  queue: v.string(),
  probe: v.string(),
  roots: v.object({ jobs: v.array(v.string()), enroll: v.array(v.string()) }),
});
type Started = v.InferOutput<typeof started>;

/** Events as they pass, in the order in which SQS gives them. The caller filters by exact glob. */
export async function* watchEvents(system: System, operator: Operator, options: WatchOptions): AsyncGenerator<WatchedEvent> {
  const answer = expectOk(await operator.call({ action: 'watch', op: 'start', glob: options.glob }));
  const watch = v.parse(started, toPlain(answer.more));
  const keys = hostKeys(operator);
  let renewAt = Date.now() + RENEW;
  try {
    let probed = false;
    while (!options.signal.aborted) {
      if (Date.now() > renewAt) {
        expectOk(await operator.call({ action: 'watch', op: 'renew', watch: watch.watch }));
        renewAt = Date.now() + RENEW;
      }
      for (const detail of await receive(system, watch.queue, options.signal)) {
        for (const batch of detail.batches) {
          for (const event of await openWatched(batch, system.stack as Stack, watch, keys)) {
            if (event.tag === watch.probe) {
              if (!probed) options.watching?.();
              probed = true;
            } else if (probed) yield event;
          }
        }
      }
    }
  } finally {
    await operator.call({ action: 'watch', op: 'stop', watch: watch.watch }).catch(() => {}); // swept later if this is lost
  }
}

const RENEW = 60_000;

async function receive(system: System, queue: string, signal: AbortSignal): Promise<Detail[]> {
  const input = { QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 };
  let answer: Record<string, unknown>;
  try {
    answer = await callAws(system, 'AmazonSQS.ReceiveMessage', input, signal);
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
  const messages = (answer.Messages ?? []) as { Body: string; ReceiptHandle: string }[];
  if (messages.length === 0) return [];
  const details = messages.flatMap((message) => detailOf(message.Body));
  const Entries = messages.map((message, i) => ({ Id: String(i), ReceiptHandle: message.ReceiptHandle }));
  await callAws(system, 'AmazonSQS.DeleteMessageBatch', { QueueUrl: queue, Entries });
  return details;
}

function detailOf(body: string): Detail[] {
  try {
    return [parseDetail((decodePlain(body) as { detail?: unknown }).detail)];
  } catch {
    return []; // not an event of ours
  }
}

async function openWatched(
  batch: Batch,
  stack: Stack,
  watch: Started,
  keys: (id: MinionId) => Promise<string | null>,
): Promise<WatchedEvent[]> {
  if ('cert' in batch) {
    const opened = verifyPlatform(batch, { stack, roots: watch.roots, now: batch.at });
    if (!opened.ok) return unsigned(batch);
    return opened.events.map((event, i) => ({
      tag: event.tag,
      data: mapping(event.data),
      uid: platformUid(opened.role, batch.ulid, i),
      signed: true,
    }));
  }
  const key = await keys(batch.id);
  const opened = key === null ? null : openBatch(batch, { stack, key });
  if (!opened?.ok) return unsigned(batch);
  const { id, incarnation } = batch;
  const headOf = ({ receipt, tag }: Emitted) => {
    const found = receipt && verifyReceipt(receipt, { stack, roots: watch.roots.jobs, id, incarnation, tag });
    return found?.ok ? { jid: found.head.jid, fun: found.head.fun } : undefined;
  };
  return opened.events.map((event, i) => ({
    tag: event.tag,
    data: saltData(event, batch.id, batch.at, headOf(event)),
    uid: minionUid(batch.id, batch.incarnation, batch.seq + i),
    signed: true,
  }));
}

/** What a batch says whose signature does not hold: shown as such, believed by nobody. */
function unsigned(batch: Batch): WatchedEvent[] {
  try {
    return parseBody(batch.body).map((event) => ({ tag: event.tag, data: mapping(event.data), uid: null, signed: false }));
  } catch {
    return [];
  }
}

function mapping(data: Value): Dict {
  return data instanceof Dict ? data : Dict.of({ data });
}

/** The accepted key of a host, asked for once. */
function hostKeys(operator: Operator): (id: MinionId) => Promise<string | null> {
  const known = new Map<MinionId, Promise<string | null>>();
  const ask = async (id: MinionId): Promise<string | null> => {
    const { more } = expectOk(await operator.call({ action: 'minions', op: 'show', match: id }));
    const found = more.get('minions');
    const record = Array.isArray(found) ? found.find((item) => item instanceof Dict && item.get('id') === id) : undefined;
    return record instanceof Dict ? String(record.get('key')) : null;
  };
  return (id) => {
    const asked = known.get(id) ?? ask(id);
    known.set(id, asked);
    return asked;
  };
}
