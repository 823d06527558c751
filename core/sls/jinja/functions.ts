/** `salt`: looks like a mapping of functions, and says for a name that is not there which are. */
import { Dict, type Value } from '../../value.ts';
import { OperationError } from './values.ts';

export class Functions extends Dict {
  readonly #functions: ReadonlyMap<string, Value>;
  constructor(functions: ReadonlyMap<string, Value>) {
    super();
    this.#functions = functions;
  }
  /** A function of that name, which counts before a mapping's method: `salt.grains.get`. */
  own(name: string): Value | undefined {
    return this.#functions.get(name);
  }

  override get(key: Value): Value {
    const name = String(key);
    const found = this.#functions.get(name);
    if (found) return found;
    // `salt.grains.get(…)`: the module's functions.
    const inside = [...this.#functions].filter(([full]) => full.startsWith(`${name}.`));
    if (inside.length > 0)
      return new Functions(new Map(inside.map(([full, call]) => [full.slice(name.length + 1), call] as const))) as Value;
    throw new OperationError(
      `salt['${name}'] is not there: a reactor file has ${[...this.#functions.keys()].join(', ')}`,
      'jinja.missing',
    );
  }
}
