/** `test.*`, for trying things out. */
import { Dict } from '../../../core/value.ts';
import { RunnerError } from './errors.ts';
import type { Runner } from './types.ts';

export const testRunners: Readonly<Record<string, Runner>> = {
  'test.arg': (_it, arg, kwarg) => Dict.of({ args: [...arg], kwargs: kwarg }),
  'test.ping': () => true,
  'test.stdout_print': () => 'bar',
  'test.sleep': async (_it, arg) => {
    const seconds = Math.min(Number(arg[0] ?? 1), 50);
    if (Number.isNaN(seconds)) throw new RunnerError('Passed invalid arguments: sleep() wants a number of seconds');
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return [1n, 1n, 0n];
  },
};
