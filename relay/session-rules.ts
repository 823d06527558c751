/** What a session may do: hello → enroll → state, batch → checks → uplink → ack. Steps 4 and 5; trust sections 4 and 5. */
import type { Stack } from '../core/ids.ts';
import { decodePlain } from '../core/json.ts';
import type { Clock } from '../core/ports.ts';
import { openBatch } from '../trust/batch.ts';
import { type Hello, verifyHello } from '../trust/hello.ts';
import type { BatchParts, Down, HelloParts, RefusedEvent } from '../wire/frames.ts';
import type { Lately } from './lately.ts';
import { createBucket, type Limits } from './limits.ts';
import type { Log } from './log.ts';
import type { Enroll } from './ports.ts';
import type { Presence, Session, Sessions } from './sessions.ts';
import type { Uplink } from './uplink.ts';

export interface RulesOptions {
  readonly stack: Stack;
  /** My CURVE key, as minions pin it. */
  readonly key: string;
  readonly enroll: Enroll;
  readonly uplink: Uplink;
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly lately: Lately;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  /** Counts refusals by code. */
  count(code: string): void;
  send(session: Session, down: Down): void;
}

export interface Rules {
  hello(session: Session, frames: HelloParts): Promise<void>;
  batch(session: Session, batch: BatchParts): Promise<void>;
  /** Asks for a hello; no batch of this session is taken before it is answered. */
  again(session: Session): void;
  ended(session: Session): void;
}

export function createRules(options: RulesOptions): Rules {
  const { stack, key, enroll, uplink, sessions, presence, lately, clock, limits, log, count, send } = options;
  const strangers = createBucket(limits.strangers, limits.strangers);
  let asking = 0;

  const refuse = (session: Session, code: string) => {
    count(code);
    send(session, { kind: 'again', code });
  };

  const hello = async (session: Session, frames: HelloParts): Promise<void> => {
    if (session.asking || asking >= limits.hellos) return refuse(session, 'link.busy');
    const found = verifyHello(frames, { stack, relay: { key, topic: session.topic } });
    if (!found.ok) return refuse(session, found.code);
    const now = clock.now();
    if (!lately.has(found.hello.key, now) && !strangers.take(1, now)) return refuse(session, 'link.busy');
    sessions.name(session, found.hello.id);
    session.asking = true;
    asking += 1;
    try {
      const state = await enroll.hello(frames);
      if (sessions.find(session.topic) !== session) return;
      if (!state) return refuse(session, 'link.unanswered');
      const said = stateOf(state.text);
      settle(session, found.hello, said);
      send(session, { kind: 'state', state });
      // Two hosts with one key: the other one is told as well, and neither is served.
      if (said === 'duplicate') for (const other of sessions.named(found.hello.id)) if (other.state === 'accepted') again(other);
    } catch (error) {
      log('enroll_failed', { code: error instanceof Error ? error.name : 'unknown' });
      refuse(session, 'link.unanswered');
    } finally {
      session.asking = false;
      asking -= 1;
    }
  };

  /** The relay believes enroll, which it called itself; what the minion believes is enroll's signature. */
  const settle = (session: Session, { id, key: identity, incarnation }: Hello, state: string | undefined) => {
    const before = session.accepted;
    const same = before && before.id === id && before.key === identity && before.incarnation === incarnation;
    if (before && !(same && state === 'accepted')) depart(session);
    session.state = state === 'accepted' ? 'accepted' : 'refused';
    if (state !== 'accepted') return;
    lately.add([identity, clock.now()]);
    if (same) return;
    session.accepted = { id, key: identity, incarnation };
    session.upTo = -1;
    if (presence.arrived(id)) uplink.presence({ new: [id], lost: [] });
  };

  const depart = (session: Session) => {
    const { accepted } = session;
    session.accepted = undefined;
    if (accepted && presence.left(accepted.id)) uplink.presence({ new: [], lost: [accepted.id] });
  };

  const batch = async (session: Session, { seq, at, body, sig }: BatchParts): Promise<void> => {
    const { accepted } = session;
    if (session.state !== 'accepted' || !accepted) return send(session, { kind: 'again', code: '' });
    if (seq <= session.upTo) return send(session, { kind: 'ack', upTo: session.upTo, refused: [] });
    const answer = (refused: readonly RefusedEvent[]) => {
      for (const { code } of refused) count(code);
      send(session, { kind: 'ack', upTo: session.upTo, refused });
    };
    if (session.sending || uplink.stats().waitingBytes > limits.waitingBytes) return answer([{ seq, code: 'link.busy' }]);
    const { id, key: identity, incarnation } = accepted;
    const signed = { id, incarnation, seq, at, body, sig };
    const read = openBatch(signed, { stack, key: identity });
    if (!read.ok) return answer(read.refused.length > 0 ? read.refused : [{ seq, code: read.code }]);
    const events = read.events.length;
    if (events === 0) return answer([{ seq, code: 'trust.schema' }]);
    if (!session.rate.take(events, clock.now())) return answer([{ seq, code: 'link.busy' }]);
    session.sending = true;
    const taken = await uplink.put(
      signed,
      read.events.map(({ tag }) => tag),
    );
    session.sending = false;
    if (!taken || session.accepted !== accepted) return;
    session.upTo = seq + events - 1;
    send(session, { kind: 'ack', upTo: session.upTo, refused: [] });
  };

  const again = (session: Session): void => {
    if (session.state === 'accepted') session.state = 'new';
    send(session, { kind: 'again', code: '' });
  };

  return {
    hello,
    batch,
    again,
    ended: depart,
  };
}

/** `state` of the answer's text; anything else than a text that says accepted serves nobody. */
function stateOf(text: string): string | undefined {
  try {
    const answer = decodePlain(text) as { readonly state?: unknown } | null;
    return typeof answer?.state === 'string' ? answer.state : undefined;
  } catch {
    return undefined;
  }
}
