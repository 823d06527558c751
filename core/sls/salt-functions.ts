/** `salt[…]` of reactor files: grains of the event's minion, settings, and nothing that reaches out. Any other name says what there is. */
import type { Settings } from '../settings.ts';
import { traverse } from '../target/match.ts';
import { Dict, fromPlain, type Value } from '../value.ts';
import { plain } from './jinja/text.ts';
import { Callable, OperationError } from './jinja/values.ts';

export function saltFunctions(grains: Value, settings: Settings): Value {
  const make = (name: string, call: Callable['call']): [string, Value] => [name, new Callable(name, call) as unknown as Value];
  const own = grains instanceof Dict ? grains : new Dict();
  const named = (args: readonly Value[], kwargs: Dict, i: number, name: string, standard: Value): Value =>
    args[i] ?? kwargs.get(name) ?? standard;
  const functions = new Map<string, Value>([
    make(
      'grains.get',
      (args, kwargs) =>
        traverse(own, plain(args[0] as never), plain(named(args, kwargs, 2, 'delimiter', ':') as never)) ??
        named(args, kwargs, 1, 'default', ''),
    ),
    make('grains.item', (args) =>
      Dict.from(args.map((name) => [plain(name as never), own.get(plain(name as never)) ?? ''] as const)),
    ),
    make('grains.items', () => own),
    make('test.echo', (args) => args[0] ?? null),
    make(
      'config.get',
      (args, kwargs) =>
        traverse(fromPlain(settings.values), plain(args[0] as never), ':') ?? named(args, kwargs, 1, 'default', ''),
    ),
  ]);
  return new SaltDict(functions) as unknown as Value;
}

/** Looks like a mapping of functions; a name that is not there says which are. */
class SaltDict extends Dict {
  readonly #functions: ReadonlyMap<string, Value>;
  constructor(functions: ReadonlyMap<string, Value>) {
    super();
    this.#functions = functions;
  }
  override get(key: Value): Value {
    const name = String(key);
    const found = this.#functions.get(name);
    if (found) return found;
    // `salt.grains.get(…)`: the module's functions.
    const inside = [...this.#functions].filter(([full]) => full.startsWith(`${name}.`));
    if (inside.length > 0)
      return new SaltDict(new Map(inside.map(([full, call]) => [full.slice(name.length + 1), call] as const))) as Value;
    throw new OperationError(
      `salt['${name}'] is not there: a reactor file has ${[...this.#functions.keys()].join(', ')}`,
      'jinja.missing',
    );
  }
}
