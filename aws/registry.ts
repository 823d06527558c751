/** The registry table: which keys are accepted, what each host is, who asks, which tokens are open. Names in names.md. */

import type { MinionId } from '../core/ids.ts';
import type { Candidate, MinionRecord, Registry, RelayRecord, TokenRecord } from '../core/ports.ts';
import type { Item, Items } from './items.ts';

/** All candidates once more under one key: whoever asks as a stranger must not make us read the whole table. */
const ASKING = 'candidates';
/** One partition: they are few, and asked for with every bell. */
const RELAYS = 'relays';

/** Changes of the last hour, in partitions of ten minutes. */
const BUCKET = 600_000;

function bucketOf(at: number): string {
  return `changes#${Math.floor(at / BUCKET)}`;
}

export function createRegistry(items: Items): Registry {
  const all = async () => (await items.scan()).filter((item) => fresh(item));
  /** Before the change itself: whoever reads it looks at the record, and for a while looks again (`createTargets`). */
  const announce = (id: MinionId) => {
    const now = Date.now();
    const ttl = Math.floor(now / 1000) + 3600;
    return items.put({ pk: bucketOf(now), sk: `${now}#${id}`, id, ttl });
  };
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
    async changed(since) {
      const now = Date.now();
      const buckets = new Set([bucketOf(now)]);
      for (let at = Math.max(since, now - 3_600_000); at < now; at += BUCKET) buckets.add(bucketOf(at));
      const found = await Promise.all([...buckets].map((bucket) => items.query(bucket, String(since))));
      return [...new Set(found.flat().map((item) => String(item.id) as MinionId))];
    },
    async some(ids) {
      return (await items.some(ids.map((id) => [`minion#${id}`, 'state'] as const))).map(recordOf);
    },
    async putMinion(record, version) {
      await announce(record.id);
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
    async removeMinion(id) {
      await announce(id);
      await items.remove(`minion#${id}`, 'state');
    },
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
