/** `reactor.*`: what runs is the deployed bundle, so it is listed here and changed by deploying. */
import { Dict, type Value } from '../../../core/value.ts';
import { RunnerError } from './errors.ts';
import type { RunnerContext, RunnerModule } from './types.ts';

const HOW = 'deploy it (under brine dev, saving it is enough)';

function entryOf({ context }: RunnerContext, event: Value | undefined) {
  return context.project.entries.find((entry) => entry.glob === event);
}

export const reactorRunners: RunnerModule = {
  'reactor.list': {
    doc: 'The entries of the reactor.conf that is deployed, in their order.',
    parameters: [],
    run: ({ context }) => context.project.entries.map(({ glob, paths }) => Dict.from([[glob, [...paths]]])),
  },
  'reactor.add': {
    doc: 'Reactors are deployed and not added at run time; says what to write.',
    example: "'my/tag' /srv/reactor/my.sls",
    parameters: [{ name: 'event' }, { name: 'reactors' }],
    run: (it, { event, reactors }) => {
      if (entryOf(it, event)) return Dict.of({ status: false, comment: 'Reactor already exists.' });
      const paths = (Array.isArray(reactors) ? reactors : [reactors]).map((path) => `      - ${String(path)}\n`).join('');
      throw new RunnerError(
        `Reactors are deployed, not added at run time: nothing that runs could then be lost. Write under reactor: in reactor.conf\n  - '${String(event)}':\n${paths}and ${HOW}.`,
      );
    },
  },
  'reactor.delete': {
    doc: 'Reactors are deployed and not deleted at run time; says where it stands.',
    example: "'my/tag'",
    parameters: [{ name: 'event' }],
    run: (it, { event }) => {
      const entry = entryOf(it, event);
      if (!entry) return Dict.of({ status: false, comment: 'Reactor does not exists.' });
      throw new RunnerError(
        `Reactors are deployed, not deleted at run time: take '${String(event)}' out of reactor.conf and ${HOW}.`,
      );
    },
  },
  'reactor.is_leader': {
    doc: 'True: there is one reactor, and every event is planned once, whoever takes it.',
    parameters: [],
    run: () => true,
  },
  'reactor.set_leader': {
    doc: 'There are no masters of which one could lead; True is so already.',
    parameters: [{ name: 'value', value: true }],
    run: (_it, { value }) => {
      if (value !== false) return true;
      throw new RunnerError(
        `There is no master, so there is no leader among masters: every event is planned once, whoever takes it. To stop reactions, leave entries out of reactor.conf and ${HOW}.`,
      );
    },
  },
};
