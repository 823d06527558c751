/** Step 10: reactions and the registry's minions → the plan. Pure; nothing about an addressee is decided anywhere else. */
import type { Cause } from '../event.ts';
import type { Incarnation, MinionId, Uid } from '../ids.ts';
import { makeJid, parseJid } from '../job/jid.ts';
import type { Target } from '../job/job.ts';
import type { Plan, PlannedJob } from '../job/plan.ts';
import type { Minion, Reaction, ReactionProblem, Reactions } from '../reactor/reactions.ts';
import type { Settings } from '../settings.ts';
import { matchTarget } from './match.ts';

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

const WEEK = 7 * 86_400;

export function resolve(reactions: Reactions, registered: Registered, context: PlanContext): Plan {
  const { settings, auth: _, ...head } = context;
  const problems: ReactionProblem[] = [...reactions.problems];
  const jobs: PlannedJob[] = [];
  for (const reaction of reactions.reactions) {
    if (reaction.kind === 'caller') {
      problems.push({
        code: 'reactor.function',
        text: `caller.${reaction.fun} runs only where the reactor runs on a minion`,
        where: reaction.where,
        sls: reaction.sls,
        id: reaction.id,
        entry: reaction.entry,
        hint: 'use local with tgt',
      });
      continue;
    }
    const matched =
      reaction.kind === 'local' && reaction.target
        ? addresseesOf(reaction.target, registered, settings)
        : { addressees: [], unknown: [] };
    jobs.push({
      jid: jidOf(reaction, context),
      reaction,
      ...matched,
      expires: context.takenAt + Math.min(reaction.queueTtl ?? settings.queue_ttl, WEEK) * 1000,
    });
  }
  return { v: 1, ...head, registryAge: registered.age, jobs, problems };
}

/** The same at each repetition: it depends on the plan's time, the event and the reaction's place alone. */
function jidOf({ jid, entry, sls, id, name, kind, fun, ordinal }: Reaction, { at, uid }: PlanContext) {
  if (jid !== undefined) return parseJid(jid);
  return makeJid(at, [uid, entry, sls, id, name, `${kind}.${fun}`, ordinal]);
}

function addresseesOf(target: Target, registered: Registered, settings: Settings): Pick<PlannedJob, 'addressees' | 'unknown'> {
  const addressees: PlannedJob['addressees'][number][] = [];
  const unknown: MinionId[] = [];
  for (const minion of registered.minions) {
    const answer = matchTarget(target, minion, { nodegroups: settings.nodegroups });
    if (answer === true) addressees.push({ id: minion.id, incarnation: minion.incarnation, queue: minion.queue });
    else if (answer === 'unknown') unknown.push(minion.id);
  }
  return { addressees, unknown };
}
