/**
 * In which order the returns of a job came: `brine run` asks for what is new, again and again, and must not read 10,000 answers each time. An arrival
 * is noted before its answer is written, so a reader looks a little back: what it sees twice, it knows.
 */
import type { Item, Items } from './items.ts';

/** Partitions of one job's arrivals, so that 10,000 of them do not throttle (aws-facts 5). */
const SPREAD = 4;
/** Milliseconds between the note and the answer, at most; clocks of functions may be apart as well. */
const OVERLAP = 2000;

export interface Arrival {
  readonly id: string;
  /** `<milliseconds>#<id>`: its place. */
  readonly place: string;
}

export interface Window {
  /** In order, and after the place where the last page ended. */
  readonly arrivals: readonly Arrival[];
  /** The cursor when all of them were taken, and when those up to this one were. */
  readonly end: string;
  readonly upTo: (place: string) => string;
}

export async function noteArrival(items: Items, { jid, id, at, ttl }: { jid: string; id: string; at: number; ttl: number }) {
  await items.put({ pk: partitionOf(jid, spreadOf(id)), sk: `${at}#${id}`, id, ttl });
}

/** From a cursor that an earlier window gave; from the beginning without one. */
export async function readArrivals(
  items: Items,
  jid: string,
  { after, now }: { after: string | undefined; now: number },
): Promise<Window> {
  const [kind, since = '', place = ''] = /^(t|p):(\d{1,15})(?::(.+))?$/.exec(after ?? '')?.slice(1) ?? [];
  const began = kind === 'p' ? Number(since) : now;
  const from = kind === 'p' ? place : kind === 't' ? String(Number(since) - OVERLAP) : undefined;
  const pages = await Promise.all(Array.from({ length: SPREAD }, (_, i) => items.query(partitionOf(jid, i), from)));
  const arrivals = pages
    .flat()
    .map(arrivalOf)
    .filter((arrival) => kind !== 'p' || arrival.place > place)
    .sort((a, b) => (a.place < b.place ? -1 : 1));
  return { arrivals, end: `t:${began}`, upTo: (reached) => `p:${began}:${reached}` };
}

function arrivalOf(item: Item): Arrival {
  return { id: String(item.id), place: String(item.sk) };
}

function partitionOf(jid: string, i: number): string {
  return `${jid}#arrivals#${i}`;
}

function spreadOf(id: string): number {
  let sum = 0;
  for (let i = 0; i < id.length; i += 1) sum = (sum * 31 + id.charCodeAt(i)) >>> 0;
  return sum % SPREAD;
}
