/**
 * A plan: what one event led to, stored under its uid with one conditional put before anything is sent. A repetition reads it and only
 * finishes the sending; it never renders again. Addressees are in it, so authorisation and sending use the same ids and nothing is
 * resolved twice.
 */
import type { Cause } from '../event.ts';
import type { Incarnation, MinionId, Uid } from '../ids.ts';
import type { Reaction, ReactionProblem } from '../reactor/reactions.ts';
import type { Jid } from './jid.ts';

export interface Addressee {
  readonly id: MinionId;
  readonly incarnation: Incarnation;
  /** The queue's name, `<stack name>-m-<26 base32>`. */
  readonly queue: string;
}

export interface PlannedJob {
  readonly jid: Jid;
  readonly reaction: Reaction;
  /** Empty for runner and wheel; for local also when no minion matched, which is an outcome and not an error. */
  readonly addressees: readonly Addressee[];
  /** Milliseconds UTC. */
  readonly expires: number;
  /** Ids that are registered but were not matched because their grains or pillar are unknown. */
  readonly unknown: readonly MinionId[];
}

export interface Plan {
  readonly v: 1;
  readonly uid: Uid;
  readonly tag: string;
  /** The event's data as templates saw it, as a text of `core/json`; absent where it is large, and for an operator's own job. */
  readonly data?: string;
  readonly cause: Cause;
  /** Digest of the bundle that made it; empty for an operator's own job. */
  readonly bundle: string;
  readonly user: string;
  /** Milliseconds UTC: when it was made, when the platform first took the event. */
  readonly at: number;
  readonly takenAt: number;
  /** Age of the registry's set that was used, in milliseconds. */
  readonly registryAge: number;
  readonly jobs: readonly PlannedJob[];
  readonly problems: readonly ReactionProblem[];
}
