/** What became of the tutorial's overstate. */
import { RunnerError } from './errors.ts';
import type { Runner } from './types.ts';

const over: Runner = () => {
  throw new RunnerError(
    "'state.over' is not available. Overstate was removed from Salt in 2015.8. Write its stages as reactions of their own: one reactor entry for each " +
      "stage on the return event of the one before it, 'salt/job/*/ret/*', or one local.state.sls reaction for each match of overstate.sls.",
  );
};

export const stateRunners = { 'state.over': over };
