/** The doorbell: hosts that were sent a job are named on the control queue of every relay, which tells those that it has. A hint; SQS is the truth. */
import type { MinionId } from '../core/ids.ts';
import type { FunctionContext, FunctionPorts } from './context.ts';

/** Milliseconds for which a function instance remembers which relays there are. */
const FRESH = 10_000;
const known = new WeakMap<FunctionPorts, { readonly at: number; readonly queues: Promise<readonly string[]> }>();

/** Control queues of every relay: nobody knows which of them holds a host's session. */
export async function relayQueues({ stack, ports }: FunctionContext): Promise<readonly string[]> {
  const name = stack.split('/')[2] as string;
  const names = new Set(['1', ...(await ports.registry.relays()).map((relay) => relay.name ?? '1')]);
  return [...names].map((relay) => `${name}-relay-${relay}`);
}

/** To be called when the jobs are on the hosts' queues, and not before. A bell that cannot be rung costs the host its backstop, and fails nothing. */
export async function ring(context: FunctionContext, ids: readonly MinionId[]): Promise<void> {
  if (ids.length === 0) return;
  try {
    const text = JSON.stringify({ bell: ids.length === 1 ? ids[0] : ids });
    const queues = await lately(context);
    await Promise.all(queues.map((queue) => context.ports.queues.send(queue, text)));
  } catch (error) {
    context.log('bell_failed', { error: String(error) });
  }
}

/** A relay was added: this instance rings there at once, others within ten seconds. */
export function relaysChanged({ ports }: FunctionContext): void {
  known.delete(ports);
}

function lately(context: FunctionContext): Promise<readonly string[]> {
  const now = context.clock.now();
  const found = known.get(context.ports);
  if (found && now - found.at < FRESH) return found.queues;
  const queues = relayQueues(context);
  known.set(context.ports, { at: now, queues });
  queues.catch(() => known.delete(context.ports));
  return queues;
}
