/** Changes of keys, for the operator and for `wheel.key.*`: each acts on (id, fingerprint), tells the relays to ask again, and is one event. */
import { formatStamp } from '../core/event.ts';
import { matchGlob } from '../core/glob.ts';
import type { MinionId } from '../core/ids.ts';
import type { Candidate, MinionRecord, Signer } from '../core/ports.ts';
import type { Tag } from '../core/tag.ts';
import { Dict } from '../core/value.ts';
import type { FunctionContext } from './context.ts';
import { relayQueues } from './doorbell.ts';
import { type Firing, fire } from './fire.ts';

export interface KeyRow {
  readonly id: MinionId;
  readonly fingerprint: string;
  readonly state: 'accepted' | 'denied' | 'pending' | 'rejected';
}

export type KeyChange = 'accept' | 'reject' | 'delete';

/** Which states a change begins from. */
const FROM: Readonly<Record<KeyChange, readonly KeyRow['state'][]>> = {
  accept: ['pending', 'rejected', 'denied'],
  reject: ['pending', 'accepted', 'denied'],
  delete: ['accepted', 'denied', 'pending', 'rejected'],
};

export async function listKeys(context: FunctionContext, glob = '*'): Promise<readonly KeyRow[]> {
  const { registry } = context.ports;
  const [{ minions }, candidates] = await Promise.all([registry.minions(), registry.candidates()]);
  const accepted = new Set(
    minions.filter(({ state }) => state === 'accepted').map(({ id, fingerprint }) => `${id} ${fingerprint}`),
  );
  const rows: KeyRow[] = [
    ...minions.map(({ id, fingerprint, state }) => ({ id, fingerprint, state })),
    // A hello that came while its key was accepted may have left the candidate there once more.
    ...candidates
      .filter(({ id, fingerprint }) => !accepted.has(`${id} ${fingerprint}`))
      .map(({ id, fingerprint, state }) => ({ id, fingerprint, state })),
  ];
  return rows.filter((row) => matchGlob(row.id, glob)).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** What a change would hit: by glob, narrowed by a fingerprint. `accept '*'` takes only what is pending, as Salt's -A. */
export function hitBy(rows: readonly KeyRow[], change: KeyChange, fingerprint: string | undefined): readonly KeyRow[] {
  const named = rows.filter(
    (row) => FROM[change].includes(row.state) && (fingerprint === undefined || row.fingerprint === fingerprint),
  );
  return change === 'accept' && fingerprint === undefined ? named.filter((row) => row.state === 'pending') : named;
}

export interface ChangeOptions {
  readonly change: KeyChange;
  readonly rows: readonly KeyRow[];
  readonly signer: Signer;
  readonly source: Firing['source'];
}

export async function changeKeys(context: FunctionContext, { change, rows, signer, source }: ChangeOptions): Promise<void> {
  const queues = rows.length > 0 ? await relayQueues(context) : [];
  for (const row of rows) {
    await changeOne(context, change, row);
    const now = context.clock.now();
    const data = Dict.of({ result: true, act: change, id: row.id, fingerprint: row.fingerprint, _stamp: formatStamp(now) });
    await fire(context, { source, signer, events: [{ tag: 'salt/key' as Tag, stamp: now, data }] });
    for (const queue of queues) await context.ports.queues.send(queue, JSON.stringify({ again: row.id }));
  }
}

async function changeOne(context: FunctionContext, change: KeyChange, row: KeyRow): Promise<void> {
  const { registry, queues } = context.ports;
  const candidate = (await registry.candidates(row.id)).find((item) => item.fingerprint === row.fingerprint);
  const record = await registry.minion(row.id);
  const removeQueues = async () => {
    for (const queue of [...(record?.queue ? [record.queue] : []), ...(record?.left ?? [])]) await queues.remove(queue);
  };
  if (change === 'accept') {
    // Without a candidate somebody else changed this key meanwhile: two operators at once.
    if (!candidate) return;
    const put = await registry.putMinion(acceptedOf(candidate, record, context.clock.now()), record?.version ?? 0);
    if (put === 'conflict') return changeOne(context, change, row);
    await registry.removeCandidate(row.id, row.fingerprint);
    if (record && record.fingerprint !== row.fingerprint) await removeQueues();
    return;
  }
  const held = record?.fingerprint === row.fingerprint ? record : null;
  if (held) await removeQueues();
  if (held) await registry.removeMinion(row.id);
  // A hello that was answered in between has made the queue again.
  if (held) await removeQueues();
  if (change === 'delete') return registry.removeCandidate(row.id, row.fingerprint);
  const key = candidate?.key ?? held?.key;
  if (key === undefined) return;
  const now = context.clock.now();
  await registry.putCandidate({
    id: row.id,
    key,
    fingerprint: row.fingerprint,
    state: 'rejected',
    since: candidate?.since ?? now,
    seen: now,
  });
}

function acceptedOf(candidate: Candidate, record: MinionRecord | null, now: number): MinionRecord {
  const { id, key, fingerprint } = candidate;
  return {
    id,
    state: 'accepted',
    key,
    fingerprint,
    acceptedAt: now,
    earlier: [],
    grains: null,
    version: (record?.version ?? 0) + 1,
  };
}
