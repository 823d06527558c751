/** Events that wait in the log leave as one signed batch at a time; the next one is made when EventBridge has taken this one. Step 3. */
import type { Emitted } from '../../core/event.ts';
import type { Incarnation, MinionId, Stack } from '../../core/ids.ts';
import { REPLAY, signBatch } from '../../trust/batch.ts';
import type { Identity } from '../../trust/keys.ts';
import type { BatchParts, RefusedEvent } from '../../wire/frames.ts';
import type { Outbox } from '../ports.ts';
import { type Backoff, pause } from './timing.ts';

/** Bytes of a body: signed, wrapped and escaped it stays below the 64 KB that an entry of the bus is billed for. */
export const BODY_BYTES = 44_000;
const BATCH_EVENTS = 1000;

export interface Ack {
  readonly upTo: number;
  readonly refused: readonly RefusedEvent[];
}

export interface SenderOptions {
  readonly stack: Stack;
  readonly identity: Identity;
  readonly id: MinionId;
  readonly incarnation: Incarnation;
  readonly outbox: Outbox;
  /** Platform time. */
  now(): number;
  /** Milliseconds to wait for an acknowledgement. */
  readonly ackTimeout: number;
  readonly backoff: Backoff;
  send(batch: BatchParts): Promise<void>;
  /** A refusal that is no fault of an event: the session has to be opened again. */
  helloNeeded(code: string): void;
}

export interface Sender {
  /** Sends until the signal; one run at a time. */
  run(signal: AbortSignal): Promise<void>;
  acknowledged(ack: Ack): void;
}

/** Faults of the event itself: it would be refused for ever. */
const FAULTS: ReadonlySet<string> = new Set(['trust.tag', 'trust.schema', 'trust.size', 'trust.old']);

export function createSender(options: SenderOptions): Sender {
  const { stack, identity, id, incarnation, outbox, now, ackTimeout, backoff } = options;
  let waiter: ((ack: Ack) => void) | undefined;

  /** The acknowledgement that says something about this batch, or null when none came in time. */
  const answered = (signal: AbortSignal): Promise<Ack | null> => {
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    return Promise.race([
      new Promise<Ack>((resolve) => {
        waiter = resolve;
      }),
      pause(ackTimeout, stop).then(() => null),
    ]).finally(() => {
      waiter = undefined;
      over.abort();
    });
  };

  const sendOne = async (seq: number, events: readonly Emitted[], signal: AbortSignal): Promise<void> => {
    const at = now();
    const aged = events.findIndex((event) => event.stamp < at - REPLAY);
    if (aged >= 0) return outbox.setAside(seq + aged, 'trust.old');
    const { body, sig } = signBatch({ stack, identity, id, incarnation, seq, at, events });
    const answer = answered(signal);
    await options.send({ seq, at, body, sig });
    const ack = await answer;
    if (!ack || signal.aborted) return;
    const last = seq + events.length - 1;
    if (ack.upTo >= seq) await outbox.acknowledge(Math.min(ack.upTo, last));
    const mine = ack.refused.filter((refused) => refused.seq >= seq && refused.seq <= last);
    for (const refused of mine) if (FAULTS.has(refused.code)) await outbox.setAside(refused.seq, refused.code);
    const other = mine.find(({ code }) => !FAULTS.has(code));
    if (other && other.code !== 'link.busy') options.helloNeeded(other.code);
    if (other || (mine.length === 0 && ack.upTo < seq)) await pause(backoff.next(), signal);
    else backoff.reset();
  };

  return {
    run: async (signal) => {
      while (!signal.aborted) {
        const next = outbox.peek({ events: BATCH_EVENTS, bytes: BODY_BYTES });
        if (next && next.events.length > 0) await sendOne(next.seq, next.events, signal);
        else await outbox.waiting(signal);
      }
    },
    acknowledged: (ack) => waiter?.(ack),
  };
}
