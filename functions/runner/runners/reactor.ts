/** `reactor.*`: what runs is the deployed bundle, so it is listed here and changed by deploying. */
import { Dict, type Value } from '../../../core/value.ts';
import { RunnerError } from './errors.ts';
import type { Runner } from './types.ts';

const list: Runner = (it): Value => it.context.project.entries.map(({ glob, paths }) => Dict.from([[glob, [...paths]]]));

const deployed: Runner = () => {
  throw new RunnerError('The reactor is what is deployed: change reactor.conf and deploy it (or save it, under brine dev).');
};

export const reactorRunners: Readonly<Record<string, Runner>> = {
  'reactor.list': list,
  'reactor.add': deployed,
  'reactor.delete': deployed,
  'reactor.is_leader': () => true,
  'reactor.set_leader': () => {
    throw new RunnerError(
      'There is no master, so there is no leader among masters: every event is planned once, whoever takes it.',
    );
  },
};
