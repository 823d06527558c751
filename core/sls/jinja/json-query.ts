/**
 * Salt's `json_query`: JMESPath over a value. Whole numbers beyond 2^53 go in as they are, and take part in nothing but being found; tuples, ranges and
 * sets are nothing that JMESPath looks into. JavaScript has one kind of number: what was a float is found again by a second run, in which every float
 * that looks like a whole number is a little more.
 */
import { search } from '@jmespath-community/jmespath';
import { pyStr } from '../../python/print.ts';
import { Dict, fromPlain, toPlain, type Value } from '../../value.ts';
import { type Filter, pure, str } from './filter.ts';
import { arg } from './parameters.ts';
import { OperationError } from './values.ts';

export const jsonQueryFilters: Readonly<Record<string, Filter>> = {
  json_query: pure((of, call) => {
    const expression = withTexts(str(arg(call, 0, 'expr'), 'json_query'));
    const ask = (more: number) => search(given(of, more) as never, expression) as unknown;
    try {
      const found = ask(0);
      if (/^\s*avg\(/.test(expression) && typeof found === 'number') return found;
      const floats = numbersIn(of, { float: new Set(), int: new Set() });
      return answered(found, { second: floats.float.size > 0 ? shifted(() => ask(2 ** -30)) : found, floats });
    } catch (error) {
      throw new OperationError((error as Error).message, 'jinja.value');
    }
  }),
};

/** What is found, and looked into by nobody. */
class Closed {
  readonly #of: Value;
  constructor(of: Value) {
    this.#of = of;
  }
  get of(): Value {
    return this.#of;
  }
}

/** Literals that are no JSON are texts, as JMESPath once had it and Python's still reads them: [?name==`web`]. */
function withTexts(expression: string): string {
  return expression.replace(/`((?:[^`\\]|\\.)*)`/gs, (all, literal: string) => {
    try {
      JSON.parse(literal.replaceAll('\\`', '`'));
      return all;
    } catch {
      return `\`"${literal.trimStart()}"\``;
    }
  });
}

function given(value: Value, more: number): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value + more * Math.max(1, Math.abs(value)) : value;
  if (Array.isArray(value)) return value.map((item) => given(item, more));
  if (value instanceof Dict) {
    const object: Record<string, unknown> = Object.create(null);
    for (const [key, item] of value) object[String(key)] = given(item, more);
    return object;
  }
  if (typeof value !== 'object' || value === null) return toPlain(value);
  return new Closed(value);
}

interface Numbers {
  /** Floats that look like whole numbers, and whole numbers. */
  readonly float: Set<number>;
  readonly int: Set<number>;
}

function numbersIn(value: Value, found: Numbers): Numbers {
  if (Array.isArray(value)) for (const item of value) numbersIn(item, found);
  else if (value instanceof Dict) for (const item of value.values()) numbersIn(item, found);
  else if (typeof value === 'bigint') found.int.add(Number(value));
  else if (typeof value === 'number' && Number.isInteger(value)) found.float.add(value);
  return found;
}

function shifted(run: () => unknown): unknown {
  try {
    return run();
  } catch {
    return undefined;
  }
}

interface Second {
  /** What the second run found in the same place; undefined: it went another way. */
  readonly second: unknown;
  readonly floats: Numbers;
}

/** The value that was found; a number that is a little more in the second run is a float, as is its text. */
function answered(found: unknown, { second, floats }: Second): Value {
  if (found instanceof Closed) return found.of;
  if (typeof found === 'number') return isFloat(found, { second, floats }) ? found : fromPlain(found);
  if (typeof found === 'string' && typeof second === 'string' && /^-?\d+$/.test(found) && near(Number(found), Number(second)))
    return pyStr(Number(found));
  if (Array.isArray(found)) {
    const others = Array.isArray(second) && second.length === found.length ? second : [];
    return found.map((item, i) => answered(item, { second: others[i], floats }));
  }
  if (typeof found !== 'object' || found === null) return fromPlain(found);
  const others = typeof second === 'object' && second !== null ? (second as Record<string, unknown>) : {};
  const dict = new Dict();
  for (const [key, item] of Object.entries(found))
    if (item !== undefined) dict.set(key, answered(item, { second: others[key], floats }));
  return dict;
}

function isFloat(found: number, { second, floats }: Second): boolean {
  if (typeof second === 'number' && (second === found || near(found, second)))
    return second !== found || !Number.isInteger(found);
  return floats.float.has(found) && !floats.int.has(found);
}

function near(found: number, second: number): boolean {
  return second !== found && Math.abs(second - found) < Math.max(1, Math.abs(found)) / 1000;
}
