/** What became of functions of Salt that are something else here. */
import { RunnerError } from './errors.ts';
import type { RunnerModule } from './types.ts';

const OVER =
  "'state.over' is not available. Overstate was removed from Salt in 2015.8. Write its stages as reactions of their own: one reactor entry for each " +
  "stage on the return event of the one before it, 'salt/job/*/ret/*', or one local.state.sls reaction for each match of overstate.sls.";

const tell = (doc: string, text: string) => ({
  doc,
  parameters: [],
  rest: 'both' as const,
  run: () => {
    throw new RunnerError(text);
  },
});

export const stateRunners: RunnerModule = {
  'state.over': tell('Removed from Salt in 2015.8; says what to write instead.', OVER),
  'state.event': tell(
    'Says how one listens.',
    "A function of the platform ends, so it cannot listen. Listen with: brine events 'salt/job/*' --pretty, or brine/events in a program.",
  ),
};
