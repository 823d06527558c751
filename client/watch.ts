/**
 * The live bus from outside: a temporary rule and queue that the operator function makes and removes, read with the caller's own credentials.
 * `watching` is only said once a probe event has come back. Design section 9.
 */
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import {
  type Batch,
  type Detail,
  type Emitted,
  formatStamp,
  type MinionBatch,
  type Presence,
  parseBody,
  parseDetail,
  saltData,
} from '../core/event.ts';
import { minionUid, parseStack, platformUid, type Stack, type Uid } from '../core/ids.ts';
import { decodePlain } from '../core/json.ts';
import { Dict, toPlain, type Value } from '../core/value.ts';
import { openBatch } from '../trust/batch.ts';
import { verifyReceipt } from '../trust/job.ts';
import { verifyPlatform } from '../trust/platform.ts';
import { callAws } from './aws-json.ts';
import { createHostKeys, type HostKeys } from './host-keys.ts';
import type { System } from './locate.ts';
import type { Operator } from './operator.ts';
import { expectOk, sleep } from './run-job.ts';

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
  /** Called when the watch was lost and a new one begins: events may have passed meanwhile. */
  readonly lost?: (why: string) => void;
}

const started = v.looseObject({
  watch: v.string(),
  queue: v.string(),
  probe: v.string(),
  /** What signatures are over: the operator knows it also where the caller did not name one. */
  stack: v.string(),
  roots: v.object({ jobs: v.array(v.string()), enroll: v.array(v.string()) }),
});
type Started = v.InferOutput<typeof started>;

/**
 * Events as they pass, in the order in which SQS gives them. The caller filters by exact glob. Once it has watched it goes on through failures of the
 * world: a new watch begins, and `lost` says that there may be a gap.
 */
export async function* watchEvents(system: System, operator: Operator, options: WatchOptions): AsyncGenerator<WatchedEvent> {
  let begun = false;
  const watching = () => {
    options.watching?.();
    begun = true;
  };
  for (let pause = 500; !options.signal.aborted; pause = Math.min(pause * 2, 30_000)) {
    try {
      for await (const event of watchOnce(system, operator, { ...options, watching })) {
        pause = 500;
        yield event;
      }
    } catch (error) {
      if (options.signal.aborted) return;
      if (!begun || !(error instanceof BrineError) || error.family !== 'world') throw error;
      options.lost?.(error.message);
      await sleep(pause, options.signal);
    }
  }
}

async function* watchOnce(system: System, operator: Operator, options: WatchOptions): AsyncGenerator<WatchedEvent> {
  const { signal } = options;
  const answer = expectOk(await operator.call({ action: 'watch', op: 'start', glob: options.glob }, signal));
  const watch = v.parse(started, toPlain(answer.more));
  const keys = createHostKeys(operator);
  const ask = async (op: string) => expectOk(await operator.call({ action: 'watch', op, watch: watch.watch }, signal));
  let renewAt = Date.now() + RENEW;
  let probed = false;
  try {
    while (!signal.aborted) {
      const details = await receive(system, watch.queue, { signal, wait: probed ? 20 : 2 });
      // A new rule takes its time: what was fired at once may have met no rule.
      if (!probed && details.length === 0 && !signal.aborted) await ask('probe');
      for (const { presence } of details) if (probed && presence) yield presenceEvent(presence);
      for (const batch of details.flatMap((detail) => detail.batches)) {
        for (const event of await openWatched(batch, parseStack(watch.stack), watch, keys)) {
          if (event.tag === watch.probe) {
            if (!probed) options.watching?.();
            probed = true;
          } else if (probed && !event.tag.startsWith('salt/brine/probe/')) yield event;
        }
      }
      if (Date.now() > renewAt && !signal.aborted) {
        await ask('renew');
        renewAt = Date.now() + RENEW;
      }
    }
  } finally {
    await operator.call({ action: 'watch', op: 'stop', watch: watch.watch }).catch(() => {}); // swept later if this is lost
  }
}

const RENEW = 60_000;

async function receive(
  system: System,
  queue: string,
  { signal, wait }: { readonly signal: AbortSignal; readonly wait: number },
): Promise<Detail[]> {
  const input = { QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: wait };
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

/** A relay's own word, in Salt's fields. */
function presenceEvent(presence: Presence): WatchedEvent {
  const data = Dict.of({ new: [...presence.new], lost: [...presence.lost], _stamp: formatStamp(presence.at) });
  return { tag: 'salt/presence/change', data, uid: null, signed: false };
}

async function openWatched(batch: Batch, stack: Stack, watch: Started, keys: HostKeys): Promise<WatchedEvent[]> {
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
  const opened = await openHosts(batch, stack, keys);
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

async function openHosts(batch: MinionBatch, stack: Stack, keys: HostKeys) {
  const key = await keys.find(batch.id);
  const opened = key === null ? null : openBatch(batch, { stack, key });
  if (opened?.ok !== false || opened.code !== 'trust.signature') return opened;
  const newer = await keys.find(batch.id, true);
  return newer === null || newer === key ? opened : openBatch(batch, { stack, key: newer });
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
