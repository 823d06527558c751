/** Why a host does not answer: what the registry knows of it, as a sentence for people. */
import { codes, isCode } from '../../core/errors.ts';
import type { MinionId } from '../../core/ids.ts';
import { parseJid } from '../../core/job/jid.ts';
import type { FunctionContext } from '../context.ts';

export async function whyAbsent({ ports }: FunctionContext, name: string, jid?: string): Promise<string> {
  const id = name as MinionId; // one that is none is in no table
  const record = await ports.registry.minion(id);
  if (!record) {
    const waits = (await ports.registry.candidates(id)).length > 0;
    return waits ? `Its key waits to be accepted: brine key accept ${id}` : 'Never enrolled: there is no minion of that name.';
  }
  if (record.state === 'rejected') return 'Its key was rejected.';
  if (record.duplicate) return `Two hosts have its key, so neither is served: brine key delete ${id}`;
  if (!record.run) return 'Accepted, but it has never said hello.';
  const refusal = jid ? await ports.jobs.refusal(parseJid(jid), id) : null;
  if (refusal !== null) return `It refused the job: ${isCode(refusal) ? codes[refusal][1] : refusal}`;
  const [last] = await ports.presences.find([id]);
  const waits = 'the job waits in its queue until it expires.';
  if (!last) return `It was asked; ${waits}`;
  return last.here ? 'It was asked, and is connected: the job may still run there.' : `Away since ${utc(last.since)}; ${waits}`;
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
