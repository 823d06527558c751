/** `cache.grains`: what the registry knows of hosts. */
import { matchTarget } from '../../../core/target/match.ts';
import { Dict } from '../../../core/value.ts';
import { targetOf, typeOf } from './manage.ts';
import type { RunnerModule } from './types.ts';

export const cacheRunners: RunnerModule = {
  'cache.grains': {
    doc: 'Grains of the targeted hosts as they last sent them.',
    example: "'*'",
    parameters: [{ name: 'tgt' }, { name: 'tgt_type', value: 'glob' }],
    rest: 'kwargs',
    run: async (it, values) => {
      const tgt = targetOf(values.tgt);
      const literal = typeof tgt === 'string' ? [[]] : tgt.map(() => []);
      const target = { tgt, tgt_type: typeOf(values.tgt_type), literal, delimiter: ':' };
      const { nodegroups } = it.context.project.settings;
      const { minions } = await it.context.ports.targets.registered();
      const found = minions.filter((minion) => matchTarget(target, minion, { nodegroups }) === true);
      return Dict.from(
        found.map((minion) => [minion.id as string, minion.grains ?? new Dict()] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    },
  },
};
