/** Names that every template has: range, dict, namespace, cycler, joiner, raise, odict. */
import { BrineError } from '../../errors.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import type { Environment } from './environment.ts';
import { Callable, iterate, kind, Namespace, OperationError } from './operate.ts';
import { asValue, plain, toText } from './text.ts';

const RANGE = 100_000;

export function createGlobals(env: Pick<Environment, 'random'>): [string, Value][] {
  void env;
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
      const count = step > 0n ? (to - from + step - 1n) / step : (from - to - step - 1n) / -step;
      if (count > BigInt(RANGE))
        throw new OperationError(`Range too big. The sandbox blocks ranges larger than MAX_RANGE (${RANGE}).`, 'jinja.budget');
      return Array.from({ length: Math.max(0, Number(count)) }, (_one, i) => from + BigInt(i) * step);
    }),
    make('dict', (args, kwargs) => dictOf(args, kwargs)),
    make('odict', (args, kwargs) => dictOf(args, kwargs)),
    make('namespace', (args, kwargs) => {
      const space = new Namespace();
      for (const [key, value] of dictOf(args, kwargs)) space.members.set(String(key), value);
      return space as unknown as Value;
    }),
    make('raise', (args) => {
      throw new BrineError({ code: 'jinja.raised', text: plain(toText(args[0] ?? '')) });
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
    make('lipsum', () => asValue('')),
    make('show_full_context', () => new Dict()),
  ];
}

function dictOf(args: readonly Value[], kwargs: Dict): Dict {
  const dict = new Dict();
  const first = args[0];
  if (first instanceof Dict) for (const [key, value] of first) dict.set(key, value);
  else if (first !== undefined)
    for (const pair of iterate(first)) {
      const [key, value] = pair instanceof Tuple ? pair.items : iterate(pair);
      dict.set(key as Value, value as Value);
    }
  for (const [key, value] of kwargs) dict.set(key, value);
  return dict;
}
