/** `test.*`, for trying things out. */
import { Dict } from '../../../core/value.ts';
import { RunnerError } from './errors.ts';
import type { RunnerModule } from './types.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  us: ['foo', 'bar', 'baz', 'qux', 'quux', 'quuz', 'corge', 'grault', 'garply', 'waldo', 'fred', 'plugh', 'xyzzy', 'thud'],
  uk: ['wibble', 'wobble', 'wubble', 'flob'],
};
/** Seconds that a function may sleep: it has a minute in all. */
const LONGEST = 50;

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

export const testRunners: RunnerModule = {
  'test.arg': {
    doc: 'Gives its arguments back; names that begin with two underscores are left out.',
    example: 'foo bar=baz',
    parameters: [],
    rest: 'both',
    run: (_it, _values, { args, kwargs }) =>
      Dict.of({ args: [...args], kwargs: Dict.from([...kwargs].filter(([name]) => !String(name).startsWith('__'))) }),
  },
  'test.raw_arg': {
    doc: 'Gives all its arguments back.',
    example: 'foo __bar=baz',
    parameters: [],
    rest: 'both',
    run: (_it, _values, { args, kwargs }) => Dict.of({ args: [...args], kwargs }),
  },
  'test.ping': { doc: 'True.', parameters: [], run: () => true },
  'test.metasyntactic': {
    doc: 'Names that mean nothing, of a locality.',
    example: 'locality=uk',
    parameters: [{ name: 'locality', value: 'us' }],
    run: (_it, { locality }) => [...(NAMES[String(locality)] ?? [])],
  },
  'test.stdout_print': { doc: "Gives 'bar'.", parameters: [], run: () => 'bar' },
  'test.sleep': {
    doc: `Sleeps so many seconds, ${LONGEST} at most, then gives True.`,
    example: '2',
    parameters: [{ name: 's_time', value: 10n }],
    run: async (_it, { s_time }) => {
      const seconds = Number(s_time);
      if (Number.isNaN(seconds)) throw new RunnerError('Passed invalid arguments: sleep() wants a number of seconds');
      await sleep(Math.min(seconds, LONGEST));
      return true;
    },
  },
  'test.stream': {
    doc: 'Fires 99 progress events, ten a second, then gives True.',
    parameters: [],
    run: async (it) => {
      for (let i = 1; i < 100; i += 1) {
        await it.progress(Dict.of({ message: `Runner is ${i}% done` }));
        await sleep(0.1);
      }
      return true;
    },
  },
};
