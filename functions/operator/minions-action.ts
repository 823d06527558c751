/** Minions: who there is and how each stands. People's roles read no table; this is how they see the registry. */
import { matchGlob } from '../../core/glob.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import { permit } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

export async function minionsAction(
  it: ActionContext,
  request: Extract<OperatorRequest, { action: 'minions' }>,
): Promise<OperatorAnswer> {
  permit(it, { power: '@jobs', about: 'minions' });
  const { registry } = it.context.ports;
  const match = request.match ?? '*';
  const glob = /[*?[]/.test(match);
  const all = glob
    ? (await registry.minions()).minions
    : [await registry.minion(match as never)].filter((record) => record !== null);
  const found = all
    .filter((record) => !(glob && record.edge) && matchGlob(record.id, match))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const presences =
    request.op === 'list' ? [] : await it.context.ports.presences.find(glob ? undefined : found.map(({ id }) => id));
  const last = new Map(presences.map(({ id, ...presence }) => [id, presence]));
  const minions = found.map(({ version: _, grains, ...record }) => ({
    ...record,
    ...(last.has(record.id) && { presence: last.get(record.id) }),
    ...(request.op === 'show' && { grains }),
  }));
  return { code: 'ok', text: `${minions.length} minions`, minions };
}
