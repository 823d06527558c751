/** `is …`: Jinja's tests and Salt's. */
import { BrineError } from '../../errors.ts';
import { compileRegex } from '../../regex/compile.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { Callable, compare, contains, kind, OperationError, same, truthy, Undefined } from './operate.ts';
import { isText, plain } from './text.ts';

type Test = (value: Value, args: readonly Value[], kwargs: Dict) => boolean;

const isNumber = (value: Value) => typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';
const needs = (value: Value): bigint => {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if ((value as unknown) instanceof Undefined)
    throw new OperationError((value as unknown as Undefined).message, 'jinja.undefined');
  throw new OperationError(
    isText(value)
      ? 'not all arguments converted during string formatting'
      : `unsupported operand type(s) for %: '${kind(value)}' and 'int'`,
  );
};

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
  iterable: (value) =>
    isText(value) ||
    Array.isArray(value) ||
    value instanceof Tuple ||
    value instanceof Dict ||
    (value as unknown) instanceof Undefined,
  sequence: (value) =>
    isText(value) ||
    Array.isArray(value) ||
    value instanceof Tuple ||
    value instanceof Dict ||
    (value as unknown) instanceof Undefined,
  list: (value) => Array.isArray(value),
  callable: (value) => (value as unknown) instanceof Callable,
  even: (value) => needs(value) % 2n === 0n,
  odd: (value) => needs(value) % 2n !== 0n,
  divisibleby: (value, [by]) => needs(value) % needs(by as Value) === 0n,
  lower: (value) => isText(value) && plain(value).toLowerCase() === plain(value) && /\p{Ll}/u.test(plain(value)),
  upper: (value) => isText(value) && plain(value).toUpperCase() === plain(value) && /\p{Lu}/u.test(plain(value)),
  in: (value, [holder]) => contains(holder as Value, value),
  sameas: (value, [other]) => value === other,
  escaped: () => false,
  test: (value) => isText(value) && Object.hasOwn(TESTS, plain(value)),
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

export function applyTest(name: string, value: Value, args: readonly Value[], kwargs: Dict): boolean {
  const wanted = ALIASES[name] ?? name;
  const test = Object.hasOwn(TESTS, wanted) ? TESTS[wanted] : undefined;
  if (!test) throw new OperationError(`No test named '${name}'.`, 'jinja.missing');
  return test(value, args, kwargs);
}
