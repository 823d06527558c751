/** `manage.*`: which hosts are there. Presence is what the registry knows of runs; nobody is pinged. */
import type { Value } from '../../../core/value.ts';
import { Dict } from '../../../core/value.ts';
import type { Runner, RunnerContext } from './types.ts';

async function split(it: RunnerContext): Promise<{ up: Value[]; down: Value[] }> {
  const { minions } = await it.context.ports.registry.minions();
  const accepted = minions
    .filter((minion) => minion.state === 'accepted' && !minion.edge)
    .map((minion) => ({ id: minion.id as string, up: minion.run !== undefined && !minion.duplicate }));
  accepted.sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    up: accepted.filter((minion) => minion.up).map((minion) => minion.id),
    down: accepted.filter((minion) => !minion.up).map((minion) => minion.id),
  };
}

export const manageRunners: Readonly<Record<string, Runner>> = {
  'manage.up': async (it) => (await split(it)).up,
  'manage.down': async (it) => (await split(it)).down,
  'manage.status': async (it) => Dict.of(await split(it)),
  'manage.present': async (it) => (await split(it)).up,
};
