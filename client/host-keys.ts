/** Accepted keys of hosts, as a watch needs them: asked for once, and again when they may have changed. */
import type { MinionId } from '../core/ids.ts';
import type { Operator } from './operator.ts';
import { expectOk } from './run-job.ts';

/** Hosts whose keys are remembered; ids come off the bus, where anybody may have written them. */
const REMEMBERED = 20_000;
/** Milliseconds for which an answer stands, though a signature does not hold. */
const FRESH = 5000;

export interface HostKeys {
  /** null: nobody of that id is accepted. `again`: what is known may be out of date. */
  find(id: MinionId, again?: boolean): Promise<string | null>;
}

export function createHostKeys(operator: Operator): HostKeys {
  const known = new Map<MinionId, { readonly key: Promise<string | null>; readonly at: number }>();
  const ask = async (id: MinionId): Promise<string | null> => {
    const { more } = expectOk(await operator.call({ action: 'watch', op: 'key', id }));
    const key = more.get('key');
    return typeof key === 'string' ? key : null;
  };
  const find = async (id: MinionId, again = false): Promise<string | null> => {
    const found = known.get(id);
    if (found && (!again || Date.now() - found.at < FRESH)) {
      const key = await found.key;
      return key === null && !again ? find(id, true) : key;
    }
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value as MinionId);
    const key = ask(id);
    known.set(id, { key, at: Date.now() });
    key.catch(() => known.delete(id));
    return key;
  };
  return { find };
}
