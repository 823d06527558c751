/** `doc.runner` and `doc.wheel`: what there is, in a sentence each. */
import { Dict } from '../../../core/value.ts';
import type { RunnerFunction, RunnerModule } from './types.ts';

export function docRunners(tables: () => { readonly runners: RunnerModule; readonly wheels: RunnerModule }): RunnerModule {
  return {
    'doc.runner': { doc: 'Runner functions that there are.', parameters: [], run: () => docsOf(tables().runners, 'runner') },
    'doc.wheel': { doc: 'Wheel functions that there are.', parameters: [], run: () => docsOf(tables().wheels, 'wheel') },
  };
}

/** By name, those whose name begins so. */
export function docsOf(table: RunnerModule, command: string, prefix = ''): Dict {
  return Dict.from(
    Object.entries(table)
      .filter(([name]) => name.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, spec]) => [name, docOf(command, name, spec)] as const),
  );
}

/** Indented as the docstrings of Salt's runners are. */
export function docOf(command: string, name: string, { doc, example }: RunnerFunction): string {
  const call = `    brine ${command} ${name}${example ? ` ${example}` : ''}`;
  const lines = [...doc.split('\n'), '', 'CLI Example:', '', call];
  return `\n${lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n')}\n    `;
}
