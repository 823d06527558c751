/** Which runner and wheel functions there are, by Salt's names: an explicit list, no reflection. */
import type { Dict } from '../../../core/value.ts';
import { cacheRunners } from './cache.ts';
import { docRunners, docsOf } from './doc.ts';
import { eventRunners } from './event.ts';
import { jobsRunners } from './jobs.ts';
import { keyWheels } from './key.ts';
import { manageRunners } from './manage.ts';
import { reactorRunners } from './reactor.ts';
import { stateRunners } from './state.ts';
import { surveyRunners } from './survey.ts';
import { testRunners } from './test.ts';
import type { RunnerFunction, RunnerModule } from './types.ts';

const RUNNERS: RunnerModule = {
  ...cacheRunners,
  ...docRunners(() => ({ runners: RUNNERS, wheels: WHEELS })),
  ...eventRunners,
  ...jobsRunners,
  ...manageRunners,
  ...reactorRunners,
  ...stateRunners,
  ...surveyRunners,
  ...testRunners,
};
const WHEELS: RunnerModule = { ...keyWheels };

export function findRunner(kind: string, fun: string): RunnerFunction | undefined {
  const table = kind === 'wheel' ? WHEELS : RUNNERS;
  return Object.hasOwn(table, fun) ? table[fun] : undefined;
}

/** Documentation of those whose name begins so; empty where there is none. */
export function docsUnder(kind: string, prefix: string): Dict {
  return docsOf(kind === 'wheel' ? WHEELS : RUNNERS, kind, prefix);
}

/** `manage.up`, `wheel.key.accept`: for whoever checks a call before it is made. */
export function runnerNames(): readonly string[] {
  return [...Object.keys(RUNNERS), ...Object.keys(WHEELS).map((name) => `wheel.${name}`)];
}
