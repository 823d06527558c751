/** Step 10: reactions and the registry's minions → the plan. Pure; nothing about an addressee is decided anywhere else. */
import type { Cause } from '../event.ts';
import type { Incarnation, MinionId, Uid } from '../ids.ts';
import type { Plan } from '../job/plan.ts';
import type { Minion, Reactions } from '../reactor/reactions.ts';
import type { Settings } from '../settings.ts';

/** A registered minion that can be sent to. */
export interface RegisteredMinion extends Minion {
  readonly incarnation: Incarnation;
  readonly queue: string;
}

export interface Registered {
  readonly minions: readonly RegisteredMinion[];
  /** How old the set is, in milliseconds. */
  readonly age: number;
}

/** What a plan says beside its jobs. */
export interface PlanContext {
  readonly uid: Uid;
  readonly tag: string;
  readonly cause: Cause;
  readonly bundle: string;
  readonly user: string;
  /** Milliseconds UTC: now, and when the platform first took the event. */
  readonly at: number;
  readonly takenAt: number;
  readonly settings: Settings;
  /** For `wheel.key.accept`: what the `salt/auth` event, signed by enroll, said; absent for every other event. */
  readonly auth?: { readonly id: MinionId; readonly fingerprint: string };
}

export function resolve(reactions: Reactions, registered: Registered, context: PlanContext): Plan {
  const { settings: _, auth: __, ...head } = context;
  return { v: 1, ...head, registryAge: registered.age, jobs: [], problems: reactions.problems };
}
