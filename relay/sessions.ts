/** The sessions of a relay: one for each topic that somebody subscribed to. What a session may do is decided in `session-rules.ts`. */
import type { Incarnation, MinionId } from '../core/ids.ts';
import { type Bucket, createBucket } from './limits.ts';

/** Who stands at the other end, once enroll has accepted its hello. */
export interface Accepted {
  readonly id: MinionId;
  /** Raw Ed25519 key, base64url: what batches are verified with. */
  readonly key: string;
  readonly incarnation: Incarnation;
}

export interface Session {
  readonly topic: Uint8Array;
  /** Milliseconds UTC. */
  readonly since: number;
  /** `new` before the first answer and after `again`; `refused` while enroll says anything but accepted. */
  state: 'new' | 'accepted' | 'refused';
  /** The id that the last verified hello named: whom a hint to ask again is for. */
  named: MinionId | undefined;
  accepted: Accepted | undefined;
  /** A hello of this session is with enroll. */
  asking: boolean;
  /** A question of this session for a file is with enroll. */
  fetching: boolean;
  /** A batch of this session waits for EventBridge. */
  sending: boolean;
  /** EventBridge has taken everything up to this number of `accepted`'s log, −1 at first. */
  upTo: number;
  readonly rate: Bucket;
}

export interface Sessions {
  /** null when there are as many as may be, or somebody uses this topic already. */
  begin(topic: Uint8Array, now: number): Session | null;
  find(topic: Uint8Array): Session | undefined;
  /** The session that ended. */
  end(topic: Uint8Array): Session | undefined;
  /** Sessions whose last hello named this id. */
  named(id: string): readonly Session[];
  name(session: Session, id: MinionId): void;
  all(): Iterable<Session>;
  readonly size: number;
}

const SILENT = 30_000;

export function createSessions(limit: number, rate: number): Sessions {
  const sessions = new Map<string, Session>();
  const byId = new Map<string, Set<Session>>();
  const forget = (session: Session) => {
    const set = session.named === undefined ? undefined : byId.get(session.named);
    set?.delete(session);
    if (set?.size === 0 && session.named !== undefined) byId.delete(session.named);
  };
  let swept = 0;
  /** Makes room: who subscribed and never said a hello that held is nobody's minion. */
  const sweep = (now: number) => {
    if (now - swept < 1000) return;
    swept = now;
    for (const [key, { named, asking, since }] of sessions) {
      if (named === undefined && !asking && now - since > SILENT) sessions.delete(key);
    }
  };
  return {
    begin: (topic, now) => {
      const key = keyOf(topic);
      if (sessions.size >= limit) sweep(now);
      if (sessions.size >= limit || sessions.has(key)) return null;
      const session: Session = {
        topic,
        since: now,
        state: 'new',
        named: undefined,
        accepted: undefined,
        asking: false,
        fetching: false,
        sending: false,
        upTo: -1,
        rate: createBucket(rate, rate * 10),
      };
      sessions.set(key, session);
      return session;
    },
    find: (topic) => sessions.get(keyOf(topic)),
    end: (topic) => {
      const session = sessions.get(keyOf(topic));
      if (session) forget(session);
      sessions.delete(keyOf(topic));
      return session;
    },
    named: (id) => [...(byId.get(id) ?? [])],
    name: (session, id) => {
      if (session.named === id) return;
      forget(session);
      session.named = id;
      const set = byId.get(id) ?? new Set();
      byId.set(id, set.add(session));
    },
    all: () => sessions.values(),
    get size() {
      return sessions.size;
    },
  };
}

function keyOf(topic: Uint8Array): string {
  return Buffer.from(topic.buffer, topic.byteOffset, topic.length).toString('latin1');
}

/** Who is here, by id: `salt/presence/change` tells when the first session of an id is accepted and when its last one ends. */
export interface Presence {
  arrived(id: MinionId): boolean;
  left(id: MinionId): boolean;
}

export function createPresence(): Presence {
  const counts = new Map<MinionId, number>();
  return {
    arrived: (id) => {
      const count = (counts.get(id) ?? 0) + 1;
      counts.set(id, count);
      return count === 1;
    },
    left: (id) => {
      const count = (counts.get(id) ?? 0) - 1;
      if (count > 0) counts.set(id, count);
      else counts.delete(id);
      return count === 0;
    },
  };
}
