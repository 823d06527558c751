/** `doc.runner` and `doc.wheel`: what there is, in a sentence each. */
import { Dict } from '../../../core/value.ts';
import type { RunnerModule } from './types.ts';

export function docRunners(tables: () => { readonly runners: RunnerModule; readonly wheels: RunnerModule }): RunnerModule {
  return {
    'doc.runner': { doc: 'Runner functions that there are.', parameters: [], run: () => docsOf(tables().runners, 'runner') },
    'doc.wheel': { doc: 'Wheel functions that there are.', parameters: [], run: () => docsOf(tables().wheels, 'wheel') },
  };
}

function docsOf(table: RunnerModule, command: string): Dict {
  return Dict.from(
    Object.entries(table)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, { doc, example }]) =>
          [name, `${doc}\n\nCLI Example:\n\n    brine ${command} ${name}${example ? ` ${example}` : ''}\n`] as const,
      ),
  );
}
