/** Which runner and wheel functions there are, by Salt's names: an explicit list, no reflection. */
import { eventRunners } from './event.ts';
import { jobsRunners } from './jobs.ts';
import { keyWheels } from './key.ts';
import { manageRunners } from './manage.ts';
import { reactorRunners } from './reactor.ts';
import { stateRunners } from './state.ts';
import { testRunners } from './test.ts';
import type { Runner } from './types.ts';

const RUNNERS: Readonly<Record<string, Runner>> = {
  ...eventRunners,
  ...jobsRunners,
  ...manageRunners,
  ...reactorRunners,
  ...stateRunners,
  ...testRunners,
};
const WHEELS: Readonly<Record<string, Runner>> = { ...keyWheels };

export function findRunner(kind: string, fun: string): Runner | undefined {
  const table = kind === 'wheel' ? WHEELS : RUNNERS;
  return Object.hasOwn(table, fun) ? table[fun] : undefined;
}

export function runnerNames(): readonly string[] {
  return [...Object.keys(RUNNERS), ...Object.keys(WHEELS).map((name) => `wheel.${name}`)];
}
