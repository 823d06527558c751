/**
 * What targets see of the registry: accepted minions with a run. The whole table is read once; from then on only what changed is, since at 10,000
 * hosts the whole of it is some 100 MB. Design section 10.
 */
import type { MinionId } from '../core/ids.ts';
import { decode } from '../core/json.ts';
import type { MinionRecord, Registry, Targets } from '../core/ports.ts';
import type { Registered, RegisteredMinion } from '../core/target/resolve.ts';
import { Dict } from '../core/value.ts';

/** Milliseconds for which a set is used as it is. */
const FRESH = 5000;
/** A change is announced before it is made: for so long it is looked at again. Clocks of functions may be apart as well. */
const OVERLAP = 15_000;
/** The whole is read again, should a change have taken longer than that. */
const WHOLE = 50 * 60_000;

interface Held {
  readonly minions: ReadonlyMap<MinionId, Known>;
  readonly list: readonly RegisteredMinion[];
  /** Milliseconds UTC at which the last reading began, and the last one of the whole. */
  readonly at: number;
  readonly wholeAt: number;
}

interface Known {
  readonly grainsText: string | null;
  readonly registered: RegisteredMinion | null;
}

/** The set is at most five seconds old; whose event it is was read just now. */
export function createTargets(registry: Registry, now: () => number): Targets {
  let held: Held | null = null;
  let reading: { readonly since: number; readonly set: Promise<Held> } | null = null;

  const read = async (before: Held | null): Promise<Held> => {
    const at = now();
    if (!before || at - before.wholeAt > WHOLE || at < before.at) {
      const { minions } = await registry.minions();
      return hold(new Map(minions.map((record) => [record.id, knownOf(record, before?.minions)])), { at, wholeAt: at });
    }
    const ids = await registry.changed(before.at - OVERLAP);
    if (ids.length === 0) return { ...before, at };
    const minions = new Map(before.minions);
    for (const id of ids) minions.delete(id);
    for (const record of await registry.some(ids)) minions.set(record.id, knownOf(record, before.minions));
    return hold(minions, { at, wholeAt: before.wholeAt });
  };

  /** One reading at a time serves all who ask, unless it began before what they know of. A reading that failed is nobody's. */
  const readSince = (since: number): Promise<Held> => {
    if (reading && reading.since >= since) return reading.set;
    const mine = { since: now(), set: read(held) };
    reading = mine;
    return mine.set
      .then((set) => {
        if (!held || set.at >= held.at) held = set;
        return set;
      })
      .finally(() => {
        if (reading === mine) reading = null;
      });
  };

  return {
    async registered({ ids, newerThan = 0, own } = {}): Promise<Registered> {
      if (ids && ids.length <= 20) {
        const records = await Promise.all(ids.map((id) => registry.minion(id)));
        return { minions: records.flatMap((record) => (record ? (registeredOf(record) ?? []) : [])), age: 0 };
      }
      const good = held && Math.abs(now() - held.at) < FRESH && held.at >= newerThan ? held : null;
      const set = good ?? (await readSince(newerThan));
      return { minions: own ? withOwn(set, own) : set.list, age: Math.max(0, now() - set.at) };
    },
  };
}

/** A record that was read just now stands for its host: a set that was read while it was being written lacks it, however new it is. */
function withOwn({ minions, list }: Held, own: MinionRecord): readonly RegisteredMinion[] {
  const { registered } = knownOf(own, minions);
  const known = list.find(({ id }) => id === own.id);
  if (
    known?.incarnation === registered?.incarnation &&
    known?.queue === registered?.queue &&
    known?.grains === registered?.grains
  )
    return list;
  const others = list.filter(({ id }) => id !== own.id);
  return registered ? [...others, registered].sort((a, b) => (a.id < b.id ? -1 : 1)) : others;
}

function hold(minions: ReadonlyMap<MinionId, Known>, times: Pick<Held, 'at' | 'wholeAt'>): Held {
  const list = [...minions.values()].flatMap(({ registered }) => registered ?? []);
  list.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { minions, list, ...times };
}

/** Grains that did not change are not parsed again. */
function knownOf(record: MinionRecord, before?: ReadonlyMap<MinionId, Known>): Known {
  const { grains: text } = record;
  const known = before?.get(record.id);
  const same = known?.registered && known.grainsText === text ? known.registered.grains : undefined;
  return { grainsText: text, registered: registeredOf(record, same) };
}

/** null grains are unknown: such a minion is not matched, and said so. */
function registeredOf(record: MinionRecord, parsed?: Dict | null): RegisteredMinion | null {
  if (record.state !== 'accepted' || !record.run || !record.queue || record.duplicate) return null;
  const grains = parsed === undefined ? grainsOf(record.grains) : parsed;
  return { id: record.id, incarnation: record.run.incarnation, queue: record.queue, grains, pillar: null };
}

function grainsOf(text: string | null): Dict | null {
  const value = text === null ? null : decode(text);
  return value instanceof Dict ? value : null;
}
