/** Names that every template has: range, dict, namespace, cycler, joiner, raise, odict. */
import { OrderedDict, PyRange } from '../../python/set.ts';
import type { Value } from '../../value.ts';
import type { Environment } from './environment.ts';
import { dictOf } from './methods.ts';
import { asValue, plain, toText } from './text.ts';
import { asAny, Callable, kind, Namespace, OperationError } from './values.ts';

const RANGE = 100_000;

export function createGlobals(env: Pick<Environment, 'matches'>): [string, Value][] {
  const make = (name: string, call: Callable['call']): [string, Value] => [name, new Callable(name, call) as unknown as Value];
  return [
    make('range', (args) => {
      const numbers = args.map((one) => {
        if (typeof one === 'boolean') return one ? 1n : 0n;
        if (typeof one !== 'bigint') throw new OperationError(`'${kind(one)}' object cannot be interpreted as an integer`);
        return one;
      });
      const [from, to, step] =
        numbers.length === 1 ? [0n, numbers[0] as bigint, 1n] : [numbers[0] as bigint, numbers[1] as bigint, numbers[2] ?? 1n];
      if (step === 0n) throw new OperationError('range() arg 3 must not be zero', 'jinja.value');
      const range = new PyRange(from, to, step);
      if (range.size > RANGE)
        throw new OperationError(`Range too big. The sandbox blocks ranges larger than MAX_RANGE (${RANGE}).`, 'jinja.budget');
      return asAny(range);
    }),
    make('dict', (args, kwargs) => dictOf(args, kwargs)),
    make('odict', (args, kwargs) => dictOf(args, kwargs, new OrderedDict())),
    make('namespace', (args, kwargs) => {
      const space = new Namespace();
      for (const [key, value] of dictOf(args, kwargs)) space.members.set(String(key), value);
      return space as unknown as Value;
    }),
    make('raise', (args) => {
      throw new OperationError(plain(toText(args[0] ?? '')), 'jinja.raised');
    }),
    make('joiner', (args) => {
      let used = false;
      return new Callable('joiner', () => {
        const text = used ? (args[0] ?? ', ') : '';
        used = true;
        return text;
      }) as unknown as Value;
    }),
    make('cycler', (args) => {
      let at = 0;
      const members = new Map<string, Value>();
      const update = () => members.set('current', args[at % args.length] as Value);
      update();
      members.set(
        'next',
        new Callable('next', () => {
          const value = args[at % args.length] as Value;
          at += 1;
          update();
          return value;
        }) as unknown as Value,
      );
      members.set(
        'reset',
        new Callable('reset', () => {
          at = 0;
          update();
          return null;
        }) as unknown as Value,
      );
      return new Callable('cycler', () => null, members) as unknown as Value;
    }),
    make('ifelse', (args, kwargs) => {
      const named = kwargs.get('default');
      const [pairs, standard] =
        named === undefined && args.length % 2 === 1 ? [args.slice(0, -1), args.at(-1) as Value] : [args, named ?? null];
      for (let i = 0; i + 1 < pairs.length; i += 2) if (env.matches?.(pairs[i] as Value)) return pairs[i + 1] as Value;
      return standard;
    }),
    make('lipsum', () => asValue('')),
  ];
}
