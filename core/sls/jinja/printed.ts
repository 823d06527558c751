/** What `{{ … }}` writes of a mapping or a list: Python's text, but texts in mappings so that YAML reads them back (Salt 3008's finalizer). */
import { pyRepr, pyStr } from '../../python/print.ts';
import { PySet } from '../../python/set.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { dumpYaml } from '../../yaml/dump.ts';
import { Group } from './group.ts';
import { isMarkup, isText, plain, strip } from './text.ts';
import { Lax, Undefined } from './undefined.ts';
import { defined, OperationError } from './values.ts';

/** Deeper than this Python itself gives up. */
const MAX_DEPTH = 200;

/** Throws for what is not there, where Python would print it. */
export function printed(value: Value): string {
  return value instanceof Dict ? mapping(value, 'str', 0) : repr(value, 0);
}

type As = 'str' | 'repr';

function mapping(dict: Dict, as: As, depth: number): string {
  const pairs = [...dict].map(([key, value]) => `${pyRepr(strip(key))}: ${mapped(value, as, depth + 1)}`);
  return `{${pairs.join(', ')}}`;
}

/** `str` of a mapping prints its values by `str`, `repr` by `repr`. */
function mapped(value: Value, as: As, depth: number): string {
  if (isText(value)) return isMarkup(value) ? `Markup(${pyRepr(plain(value))})` : mappedText(plain(value));
  if (as === 'repr') return repr(value, depth);
  if ((value as unknown) instanceof Lax) return '';
  defined(value);
  return value instanceof Dict ? mapping(value, 'str', depth) : holds(value) ? repr(value, depth) : pyStr(strip(value));
}

function mappedText(text: string): string {
  return /[\n\r\t]/.test(text) ? dumpYaml(text, { double: true }).trimEnd() : pyRepr(text);
}

function holds(value: Value): boolean {
  return Array.isArray(value) || value instanceof Tuple || (value as unknown) instanceof PySet;
}

function repr(value: Value, depth: number): string {
  if (depth > MAX_DEPTH) throw new OperationError('maximum recursion depth exceeded', 'jinja.budget');
  const any = value as unknown;
  if (any instanceof Group)
    throw new OperationError("_GroupTuple.__new__() missing 1 required positional argument: 'list'", 'jinja.type');
  if (any instanceof Undefined) return 'Undefined';
  if (isMarkup(value)) return `Markup(${pyRepr(plain(value as never))})`;
  const inner = (one: Value) => repr(one, depth + 1);
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  if (value instanceof Tuple)
    return value.items.length === 1 ? `(${inner(value.items[0] as Value)},)` : `(${value.items.map(inner).join(', ')})`;
  if (any instanceof PySet) return any.repr(inner);
  return value instanceof Dict ? mapping(value, 'repr', depth) : pyRepr(strip(value));
}
