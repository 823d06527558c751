/** The registry table: which keys are accepted, what each host is, who asks, which tokens are open. Names in names.md. */

import { decode } from '../core/json.ts';
import type { Candidate, MinionRecord, Registry, RelayRecord, Targets, TokenRecord } from '../core/ports.ts';
import type { Registered, RegisteredMinion } from '../core/target/resolve.ts';
import { Dict } from '../core/value.ts';
import type { Item, Items } from './items.ts';

/** All candidates once more under one key: whoever asks as a stranger must not make us read the whole table. */
const ASKING = 'candidates';
/** One partition: they are few, and asked for with every bell. */
const RELAYS = 'relays';

export function createRegistry(items: Items): Registry {
  const all = async () => (await items.scan()).filter((item) => fresh(item));
  return {
    async minion(id) {
      const item = await items.get(`minion#${id}`, 'state');
      return item ? recordOf(item) : null;
    },
    async minions() {
      const at = Date.now();
      const found = await all();
      return { minions: found.filter((item) => item.sk === 'state').map(recordOf), at };
    },
    async putMinion(record, version) {
      const { grains, ...doc } = record;
      const item = {
        pk: `minion#${record.id}`,
        sk: 'state',
        doc: JSON.stringify(doc),
        version: record.version,
        ...(grains !== null && { grains }),
      };
      return (await items.putIf(item, version === 0 ? 'absent' : { version })) ? 'stored' : 'conflict';
    },
    removeMinion: (id) => items.remove(`minion#${id}`, 'state'),
    async candidates(id) {
      const found = (await items.query(id === undefined ? ASKING : `minion#${id}`)).filter(fresh);
      return found
        .filter((item) => String(item.sk).startsWith('candidate#'))
        .map((item) => JSON.parse(String(item.doc)) as Candidate);
    },
    async putCandidate(candidate) {
      const [own, asking] = candidateItems(candidate);
      await items.put(own);
      await items.put(asking);
    },
    async toldCandidate(candidate) {
      await items.putIf(candidateItems({ ...candidate, told: true })[0], 'present');
    },
    async removeCandidate(id, fingerprint) {
      await items.remove(ASKING, `candidate#${fingerprint}#${id}`);
      await items.remove(`minion#${id}`, `candidate#${fingerprint}`);
    },
    async token(key) {
      const item = await items.get(`token#${key}`, 'token');
      return item && fresh(item) ? (JSON.parse(String(item.doc)) as TokenRecord) : null;
    },
    putToken: (token) =>
      items.put({
        pk: `token#${token.key}`,
        sk: 'token',
        doc: JSON.stringify(token),
        version: 1,
        ttl: Math.floor(token.expires / 1000) + 86_400,
      }),
    async spendToken(key, fingerprint) {
      const item = await items.get(`token#${key}`, 'token');
      if (!item) return false;
      const token = JSON.parse(String(item.doc)) as TokenRecord;
      if (token.usedBy !== undefined) return token.usedBy === fingerprint;
      const spent = { ...item, doc: JSON.stringify({ ...token, usedBy: fingerprint }), version: 2 };
      if (await items.putIf(spent, { version: 1 })) return true;
      const again = await items.get(`token#${key}`, 'token');
      return again !== null && (JSON.parse(String(again.doc)) as TokenRecord).usedBy === fingerprint;
    },
    async relays() {
      return (await items.query(RELAYS)).map((item) => JSON.parse(String(item.doc)) as RelayRecord);
    },
    putRelay: (relay) => items.put({ pk: RELAYS, sk: `relay#${relay.key}`, doc: JSON.stringify(relay) }),
  };
}

function candidateItems(candidate: Candidate): readonly [own: Item, asking: Item] {
  const { id, fingerprint, state, seen } = candidate;
  const item = { doc: JSON.stringify(candidate), ...(state !== 'rejected' && { ttl: Math.floor(seen / 1000) + 86_400 }) };
  const sk = `candidate#${fingerprint}`;
  return [
    { pk: `minion#${id}`, sk, ...item },
    { pk: ASKING, sk: `${sk}#${id}`, ...item },
  ];
}

/** DynamoDB deletes what is too old only within days. */
function fresh(item: Item): boolean {
  return item.ttl === undefined || Number(item.ttl) * 1000 > Date.now();
}

function recordOf(item: Item): MinionRecord {
  return {
    ...(JSON.parse(String(item.doc)) as MinionRecord),
    grains: item.grains === undefined ? null : String(item.grains),
    version: Number(item.version),
  };
}

const FRESH = 5000;

interface ReadSet {
  readonly minions: readonly RegisteredMinion[];
  readonly at: number;
}

/** Accepted minions with a run; the set is at most five seconds old, and read again when the event's own minion is newer. */
export function createTargets(registry: Registry, now: () => number): Targets {
  let cached: ReadSet | null = null;
  let reading: { readonly since: number; readonly set: Promise<ReadSet> } | null = null;
  const parsed = new Map<string, Dict | null>();
  const read = async (): Promise<ReadSet> => {
    const { minions, at } = await registry.minions();
    return { minions: minions.flatMap((record) => registeredOf(record, parsed)), at };
  };
  /** One reading at a time serves all who ask, unless it began before what they know of. A reading that failed is nobody's. */
  const readSince = (since: number) => {
    if (reading && reading.since >= since) return reading.set;
    const mine = { since: now(), set: read() };
    reading = mine;
    return mine.set
      .then((set) => {
        if (!cached || set.at >= cached.at) cached = set;
        return set;
      })
      .finally(() => {
        if (reading === mine) reading = null;
      });
  };
  return {
    async registered({ ids, newerThan = 0 } = {}): Promise<Registered> {
      if (ids && ids.length <= 20) {
        const records = await Promise.all(ids.map((id) => registry.minion(id)));
        return { minions: records.flatMap((record) => (record ? registeredOf(record, parsed) : [])), age: 0 };
      }
      const good = cached !== null && now() - cached.at < FRESH && cached.at >= newerThan ? cached : null;
      const set = good ?? (await readSince(newerThan));
      return { minions: set.minions, age: Math.max(0, now() - set.at) };
    },
  };
}

/** null grains are unknown: such a minion is not matched, and said so. */
export function registeredOf(record: MinionRecord, parsed = new Map<string, Dict | null>()): readonly RegisteredMinion[] {
  if (record.state !== 'accepted' || !record.run || !record.queue || record.duplicate) return [];
  return [
    {
      id: record.id,
      incarnation: record.run.incarnation,
      queue: record.queue,
      grains: record.grains === null ? null : grainsOf(record.grains, parsed),
      pillar: null,
    },
  ];
}

function grainsOf(text: string, parsed: Map<string, Dict | null>): Dict | null {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const value = decode(text);
  const grains = value instanceof Dict ? value : null;
  if (parsed.size > 20_000) parsed.clear();
  parsed.set(text, grains);
  return grains;
}
