/**
 * What waiting for jobs costs in SQS, and how slow the backstop poll has to be for a budget. Prices as of November 2026, us-east-1;
 * docs/performance.md says the same in words.
 */

/** Dollars a request of a standard queue; an empty receive is billed like any other. */
const REQUEST = 0.4 / 1e6;
/** Seconds of the month that AWS's own estimates count with: 30 days. */
const MONTH = 30 * 86_400;
/** Seconds that one receive waits at most. */
export const LONG_POLL = 20;
/** Seconds of plain long polling after a message, since another often follows. */
export const LINGER = 60;
/** Seconds between two polls of a host that nobody rings for: what `backstopFor` gives for `SILENT_FLEET` and $40, in whole minutes. */
export const BACKSTOP = 300;

export interface Fleet {
  readonly minions: number;
  readonly relays: number;
  /** Jobs that a host gets in a month, each with its bell. */
  readonly jobs: number;
}

/** Hosts that are as good as silent: a job a day, behind two relays. */
export const SILENT_FLEET: Fleet = { minions: 10_000, relays: 2, jobs: 30 };

/** Requests a month beside the hosts' regular polls: relays listen at their control queues; a bell is sent, received and deleted at each of them. */
function bellRequests({ minions, relays, jobs }: Fleet): number {
  const polls = 1 + LINGER / LONG_POLL;
  return relays * (MONTH / LONG_POLL) + minions * jobs * (3 * relays + polls);
}

/** Dollars a month with the doorbell, at so many requests an hour of a host that nobody rings for. */
export function doorbellCost(fleet: Fleet, requestsAnHour: number): number {
  return (fleet.minions * requestsAnHour * (MONTH / 3600) + bellRequests(fleet)) * REQUEST;
}

/** Dollars a month when every host polls for as long as SQS lets it, again and again. */
export function longPollCost({ minions }: Pick<Fleet, 'minions'>): number {
  return minions * (MONTH / LONG_POLL) * REQUEST;
}

/** Seconds between two polls of a host so that the fleet costs no more than `budget` dollars a month; infinite when bells alone cost that. */
export function backstopFor(fleet: Fleet, budget: number): number {
  const left = budget / REQUEST - bellRequests(fleet);
  return left > 0 ? (fleet.minions * MONTH) / left : Number.POSITIVE_INFINITY;
}
