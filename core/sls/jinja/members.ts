/** Attributes and items: own members and Python's methods, by an explicit list. Names that begin with an underscore are closed. */
import { pyRepr } from '../../python/print.ts';
import { Bytes, Dict, Tuple, type Value } from '../../value.ts';
import { dictMethods, listMethods, stringMethods } from './methods.ts';
import { Callable, kind, Namespace, OperationError, sliceOf, Undefined } from './operate.ts';
import { asValue, isText, plain, strip } from './text.ts';

/** The value, where there is one: null is a value (Python's None). */
const or = (found: Value | undefined, other: () => Value): Value => (found === undefined ? other() : found);

const undefinedOf = (text: string): Value => new Undefined(text) as unknown as Value;

/** `of.name` */
export function attribute(of: Value, name: string): Value {
  const any = of as unknown;
  if (any instanceof Undefined) throw new OperationError(any.message, 'jinja.undefined');
  if (name.startsWith('_')) {
    // A key of the data (Salt's _stamp) is the user's own; a name of the object behind it is closed.
    const own = of instanceof Dict ? of.get(name) : undefined;
    if (own !== undefined) return own;
    throw new OperationError(`access to attribute ${pyRepr(name)} of ${pyRepr(kind(of))} object is unsafe.`, 'jinja.security');
  }
  const method = methodOf(of, name);
  if (method) return method;
  if (of instanceof Dict) return or(of.get(name), () => undefinedOf(`'dict object' has no attribute '${name}'`));
  if (any instanceof Namespace)
    return or(any.members.get(name), () => undefinedOf(`'jinja2.utils.Namespace object' has no attribute '${name}'`));
  if (any instanceof Callable) return or(any.members.get(name), () => undefinedOf(`'${any.name}' has no attribute '${name}'`));
  return undefinedOf(`'${of === null ? 'None' : `${kind(of)} object`}' has no attribute '${name}'`);
}

/** `of[key]` */
export function item(of: Value, key: Value): Value {
  const any = of as unknown;
  if (any instanceof Undefined) throw new OperationError(any.message, 'jinja.undefined');
  const index = key as unknown;
  if (index instanceof Undefined) throw new OperationError(index.message, 'jinja.undefined');
  if (index instanceof Slice) return sliceOf(of, [index.from, index.to, index.step]);
  if (of instanceof Dict) {
    let found: Value | undefined;
    try {
      found = of.get(strip(key));
    } catch {
      found = undefined;
    }
    if (found !== undefined) return found;
    if (isText(key))
      return (
        methodOf(of, plain(key)) ??
        undefinedOf(`'dict object' has no attribute ${pyRepr(plain(key)).replace(/^"(.*)"$/, '"$1"')}`)
      );
    return undefinedOf(`dict object has no element ${pyRepr(strip(key))}`);
  }
  if (typeof key === 'bigint' || typeof key === 'boolean') {
    const at = Number(key);
    const items = Array.isArray(of) ? of : of instanceof Tuple ? of.items : null;
    if (items) return or(items.at(at), () => undefinedOf(`${Array.isArray(of) ? 'list' : 'tuple'} object has no element ${at}`));
    if (isText(of)) {
      const one = sliceOf(of, [BigInt(at), at === -1 ? null : BigInt(at + 1), null]);
      return isText(one) && plain(one) === '' ? undefinedOf(`str object has no element ${at}`) : one;
    }
    if (of instanceof Bytes)
      return of.bytes[at] === undefined ? undefinedOf(`bytes object has no element ${at}`) : BigInt(of.bytes[at] as number);
  }
  if (isText(key)) {
    const name = plain(key);
    if (name.startsWith('_'))
      throw new OperationError(`access to attribute ${pyRepr(name)} of ${pyRepr(kind(of))} object is unsafe.`, 'jinja.security');
    return attribute(of, name);
  }
  return undefinedOf(`${of === null ? 'None' : `${kind(of)} object`} has no element ${pyRepr(strip(key))}`);
}

/** `a:b:c` inside brackets. */
export class Slice {
  readonly from: Value;
  readonly to: Value;
  readonly step: Value;
  constructor(from: Value, to: Value, step: Value) {
    this.from = from;
    this.to = to;
    this.step = step;
  }
}

function methodOf(of: Value, name: string): Value | undefined {
  const table = isText(of)
    ? stringMethods
    : Array.isArray(of)
      ? listMethods
      : of instanceof Tuple
        ? listMethods
        : of instanceof Dict
          ? dictMethods
          : null;
  if (!table || !Object.hasOwn(table, name)) return undefined;
  if (of instanceof Tuple && name !== 'index' && name !== 'count') return undefined;
  const method = table[name] as (of: never, args: readonly Value[], kwargs: Dict) => Value;
  return new Callable(`built-in method ${name}`, (args, kwargs) => method(of as never, args, kwargs)) as unknown as Value;
}

export { asValue };
