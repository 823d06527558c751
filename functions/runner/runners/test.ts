/** `test.*`, for trying things out. */
import { pyStr } from '../../../core/python/print.ts';
import { Dict, Tuple, typeName } from '../../../core/value.ts';
import { RunnerArguments } from './errors.ts';
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
      Dict.of({ args: new Tuple([...args]), kwargs: Dict.from([...kwargs].filter(([name]) => !String(name).startsWith('__'))) }),
  },
  'test.raw_arg': {
    doc: 'Gives all its arguments back.',
    example: 'foo __bar=baz',
    parameters: [],
    rest: 'both',
    run: (_it, _values, { args, kwargs }) => Dict.of({ args: new Tuple([...args]), kwargs }),
  },
  'test.ping': { doc: 'True.', parameters: [], run: () => true },
  'test.metasyntactic': {
    doc: 'Names that mean nothing, of a locality.',
    example: 'locality=uk',
    parameters: [{ name: 'locality', value: 'us' }],
    run: (_it, { locality }) => (Object.hasOwn(NAMES, String(locality)) ? [...(NAMES[String(locality)] ?? [])] : null),
  },
  'test.stdout_print': {
    doc: "Prints 'foo' and gives 'bar'.",
    parameters: [],
    run: (it) => {
      it.print('foo');
      return 'bar';
    },
  },
  'test.sleep': {
    doc: `Sleeps so many seconds, ${LONGEST} at most, then gives True.`,
    example: '2',
    parameters: [{ name: 's_time', value: 10n }],
    run: async (it, { s_time = null }) => {
      it.print(pyStr(s_time));
      const seconds = typeof s_time === 'string' ? Number.NaN : Number(s_time);
      if (!(seconds >= 0)) throw new RunnerArguments(`'${typeName(s_time)}' object cannot be interpreted as an integer`);
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
