/** Attributes and items: own members and Python's methods, by an explicit list. Names that begin with an underscore are closed. */
import { pyRepr } from '../../python/print.ts';
import { PyRange } from '../../python/set.ts';
import { Bytes, Dict, Tuple, type Value } from '../../value.ts';
import { Functions } from './functions.ts';
import { Group } from './group.ts';
import { methodOf } from './methods.ts';
import { charactersOf, sliceOf } from './sequences.ts';
import { isText, plain, strip } from './text.ts';
import { Callable, defined, kind, Namespace, OperationError, undefinedValue as undefinedOf } from './values.ts';

/** The value, where there is one: null is a value (Python's None). */
const or = (found: Value | undefined, other: () => Value): Value => (found === undefined ? other() : found);

/** Attributes that every value of Python has, and some that only a few have. */
const DUNDER =
  /^__(class|doc|init|new|dir|eq|ne|lt|le|gt|ge|hash|repr|str|format|reduce|reduce_ex|sizeof|getattribute|setattr|delattr|subclasshook|init_subclass|len|getitem|setitem|delitem|iter|contains|add|mul|rmul|mod|rmod|reversed|bool|int|float|index|call|globals|code|name|func|self|or|ior|ror|class_getitem)__$/;

function unsafe(of: Value, name: string): Value {
  return undefinedOf(`access to attribute ${pyRepr(name)} of ${pyRepr(kind(of))} object is unsafe.`, 'jinja.security');
}

/** `of.name` */
export function attribute(of: Value, name: string): Value {
  const any = defined(of) as unknown;
  if (DUNDER.test(name)) return unsafe(of, name);
  const own = of instanceof Functions ? of.own(name) : undefined;
  const method = own ?? methodOf(of, name);
  if (method) return method;
  if (of instanceof Dict) return or(of.get(name), () => undefinedOf(`'dict object' has no attribute '${name}'`));
  if (any instanceof Namespace)
    return or(any.members.get(name), () => undefinedOf(`'jinja2.utils.Namespace object' has no attribute '${name}'`));
  if (any instanceof Callable) return or(any.members.get(name), () => undefinedOf(`'${any.name}' has no attribute '${name}'`));
  if (any instanceof Group && (name === 'grouper' || name === 'list')) return any.items[name === 'list' ? 1 : 0] as Value;
  return undefinedOf(`'${of === null ? 'None' : `${kind(of)} object`}' has no attribute '${name}'`);
}

/** `of[key]` */
export function item(of: Value, key: Value): Value {
  const any = defined(of) as unknown;
  const index = defined(key) as unknown;
  if (key instanceof Tuple && key.items.some((one) => (one as unknown) instanceof Slice))
    throw new OperationError(`${kind(of)} indices must be integers or slices, not tuple`);
  if (index instanceof Slice) return sliceOf(of, index);
  if (of instanceof Dict) return entry(of, key);
  if (typeof key === 'bigint' || typeof key === 'boolean') {
    const items = any instanceof PyRange ? any.items : isText(of) ? charactersOf(of) : of;
    const at = Number(key);
    const found =
      items instanceof Tuple
        ? items.items.at(at)
        : Array.isArray(items)
          ? items.at(at)
          : of instanceof Bytes
            ? byteAt(of, at)
            : undefined;
    return or(found, () => undefinedOf(`${of === null ? 'None' : `${kind(of)} object`} has no element ${at}`));
  }
  if (isText(key)) return attribute(of, plain(key));
  return undefinedOf(`${of === null ? 'None' : `${kind(of)} object`} has no element ${pyRepr(strip(key))}`);
}

function byteAt(of: Bytes, at: number): Value | undefined {
  const byte = of.bytes.at(at);
  return byte === undefined ? undefined : BigInt(byte);
}

function entry(of: Dict, key: Value): Value {
  const found = of.get(strip(key));
  if (found !== undefined) return found;
  if (!isText(key)) return undefinedOf(`dict object has no element ${pyRepr(strip(key))}`);
  const name = plain(key);
  if (DUNDER.test(name)) return unsafe(of, name);
  return methodOf(of, name) ?? undefinedOf(`'dict object' has no attribute ${pyRepr(name).replace(/^"(.*)"$/, '"$1"')}`);
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
