/** `is …`: Jinja's tests and Salt's. */
import { BrineError } from '../../errors.ts';
import { callMethod } from '../../python/methods.ts';
import { PyRange, PySet } from '../../python/set.ts';
import { DictView } from '../../python/view.ts';
import { compileRegex } from '../../regex/compile.ts';
import { Bytes, Dict, Tuple, type Value } from '../../value.ts';
import { Lazy } from './lazy.ts';
import { binary, compare, contains, hashableKey, same, truthy } from './operate.ts';
import { isMarkup, isText, plain, toText } from './text.ts';
import { Lax, Undefined } from './undefined.ts';
import { Callable, defined, kind, OperationError } from './values.ts';

type Test = (value: Value, args: readonly Value[], kwargs: Dict) => boolean;

const isNumber = (value: Value) => typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';
const isSequence = (value: Value) =>
  isText(value) ||
  Array.isArray(value) ||
  value instanceof Tuple ||
  value instanceof Dict ||
  value instanceof Bytes ||
  (value as unknown) instanceof PyRange;
const rest = (value: Value, by: Value) => binary('%', value, by);
const isIterator = (value: unknown) => value instanceof DictView || value instanceof PySet || value instanceof Lazy;

/** Jinja asks the text of anything. */
const cased = (value: Value, name: string) => callMethod(plain(toText(defined(value))), name) === true;

const TESTS: Readonly<Record<string, Test>> = {
  defined: (value) => !((value as unknown) instanceof Undefined),
  undefined: (value) => (value as unknown) instanceof Undefined,
  none: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  integer: (value) => typeof value === 'bigint',
  float: (value) => typeof value === 'number',
  number: isNumber,
  string: (value) => isText(value),
  mapping: (value) => value instanceof Dict,
  iterable: (value) => isSequence(defined(value)) || isIterator(value) || (value as unknown) instanceof Lax,
  sequence: (value) => isSequence(value) || (value as unknown) instanceof Lax,
  list: (value) => Array.isArray(value),
  // Jinja's undefined can be called, and then says that it is not there.
  callable: (value) => (value as unknown) instanceof Callable || (value as unknown) instanceof Undefined,
  even: (value) => same(rest(value, 2n), 0n),
  odd: (value) => same(rest(value, 2n), 1n),
  divisibleby: (value, [by]) => same(rest(value, by as Value), 0n),
  lower: (value) => cased(value, 'islower'),
  upper: (value) => cased(value, 'isupper'),
  in: (value, [holder]) => contains(holder as Value, value),
  sameas: (value, [other]) => value === other,
  escaped: isMarkup,
  test: (value) => hashableKey(value) !== undefined && isText(value) && Object.hasOwn(TESTS, plain(value)),
  match: (value, args, kwargs) => regex(value, args, kwargs) !== null,
  eq: (value, [other]) => same(value, other as Value),
  ne: (value, [other]) => !same(value, other as Value),
  lt: (value, [other]) => compare('<', value, other as Value),
  le: (value, [other]) => compare('<=', value, other as Value),
  gt: (value, [other]) => compare('>', value, other as Value),
  ge: (value, [other]) => compare('>=', value, other as Value),
};

const ALIASES: Readonly<Record<string, string>> = {
  equalto: 'eq',
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  lessthan: 'lt',
  '<=': 'le',
  '>': 'gt',
  greaterthan: 'gt',
  '>=': 'ge',
};

function regex(value: Value, args: readonly Value[], kwargs: Dict) {
  if (!isText(value)) throw new OperationError(`expected string or bytes-like object, got '${kind(value)}'`);
  const flag = (i: number, name: string) => truthy(args[i] ?? kwargs.get(name) ?? false);
  try {
    return compileRegex(plain(args[0] as never), { ignoreCase: flag(1, 'ignorecase'), multiline: flag(2, 'multiline') }).match(
      plain(value),
    );
  } catch (error) {
    if (error instanceof BrineError) throw new OperationError(error.text, 'jinja.value');
    throw error;
  }
}

const NAMES: ReadonlySet<string> = new Set([...Object.keys(TESTS), ...Object.keys(ALIASES), 'filter']);

export function testNames(): ReadonlySet<string> {
  return NAMES;
}

export function applyTest(name: string, value: Value, args: readonly Value[], kwargs: Dict): boolean {
  const wanted = ALIASES[name] ?? name;
  const test = Object.hasOwn(TESTS, wanted) ? TESTS[wanted] : undefined;
  if (!test) throw new OperationError(`No test named '${name}'.`, 'jinja.missing');
  return test(value, args, kwargs);
}
