/**
 * Where hosts were last, by their relays' word: an item for each host and relay in the job store, which the recorder writes. A change is rare, so it
 * costs a write of 100 bytes when a host comes or goes; all 10,000 are read with sixteen queries.
 */
import type { MinionId } from '../core/ids.ts';
import type { Presences, Whereabouts } from '../core/ports.ts';
import type { Item, Items } from './items.ts';
import { digitOf, SPREAD } from './spread.ts';

/** Seconds after which a host that nobody speaks of any more is forgotten. */
const KEPT = 180 * 86_400;

/** When each relay was started last. */
const RELAYS = 'presence#relays';

export function createPresences(items: Items): Presences {
  /** Starts that this instance has noted. */
  const noted = new Map<string, number>();
  const started = async (relay: string, since: number, ttl: number) => {
    if ((noted.get(relay) ?? 0) >= since) return;
    await items.putIf({ pk: RELAYS, sk: `relay#${relay}`, relay, version: since, ttl }, 'newer');
    noted.set(relay, since);
  };
  return {
    async note({ at, relay = '', since = 0, new: arrived, lost }) {
      const ttl = Math.floor(at / 1000) + KEPT;
      const put = (id: MinionId, here: 0 | 1) => {
        const place = { pk: `presence#${digitOf(id)}`, sk: `${id}#${relay}` };
        // Events come in any order and more than once: the newest word stays.
        return items.putIf({ ...place, id, relay, here, version: at, ttl }, 'newer');
      };
      await started(relay, since, ttl);
      await Promise.all([...arrived.map((id) => put(id, 1)), ...lost.map((id) => put(id, 0))]);
    },
    async find(ids) {
      const digits = ids === undefined ? [...SPREAD] : [...new Set(ids.map(digitOf))];
      const [relays = [], ...found] = await Promise.all(
        [RELAYS, ...digits.map((digit) => `presence#${digit}`)].map((pk) => items.query(pk)),
      );
      const starts = new Map(relays.map(({ relay, version }) => [relay, Number(version)]));
      const wanted = ids === undefined ? undefined : new Set<string>(ids);
      return whereabouts(found.flat(), starts).filter(({ id }) => wanted === undefined || wanted.has(id));
    },
  };
}

/** A relay that was started again knows nobody of before: whoever has not come to it since is gone since then. */
function whereabouts(found: readonly Item[], starts: ReadonlyMap<unknown, number>): Whereabouts[] {
  const hosts = new Map<string, { here: boolean; since: number }>();
  for (const { id, relay, here, version } of found) {
    const start = starts.get(relay) ?? 0;
    const there = Number(here) === 1 && Number(version) >= start;
    const since = Number(here) === 1 && !there ? start : Number(version);
    const known = hosts.get(String(id));
    const newer = known === undefined || (there === known.here ? since > known.since : there);
    if (newer) hosts.set(String(id), { here: there, since });
  }
  return [...hosts].map(([id, state]) => ({ id: id as MinionId, ...state }));
}
