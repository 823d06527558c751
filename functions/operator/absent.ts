/** Why a host does not answer: what the registry knows of it, as a sentence for people. */
import type { MinionId } from '../../core/ids.ts';
import type { FunctionContext } from '../context.ts';

export async function whyAbsent({ ports }: FunctionContext, name: string): Promise<string> {
  const id = name as MinionId; // one that is none is in no table
  const record = await ports.registry.minion(id);
  if (!record) {
    const waits = (await ports.registry.candidates(id)).length > 0;
    return waits ? `Its key waits to be accepted: brine key accept ${id}` : 'Never enrolled: there is no minion of that name.';
  }
  if (record.state === 'rejected') return 'Its key was rejected.';
  if (record.duplicate) return `Two hosts have its key, so neither is served: brine key delete ${id}`;
  if (!record.run) return 'Accepted, but it has never said hello.';
  return 'It was asked; the job waits in its queue until it expires.';
}
