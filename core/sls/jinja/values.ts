/** What templates hold beside the value model: undefined, callables, namespaces, generators; and the error that gets its place where it is caught. */
import type { ErrorCode } from '../../errors.ts';
import { PythonError, type PythonErrorType } from '../../python/error.ts';
import type { Printable } from '../../python/print.ts';
import { PyRange, PySet } from '../../python/set.ts';
import { DictView } from '../../python/view.ts';
import { type Dict, typeName, type Value } from '../../value.ts';
import { Lazy } from './lazy.ts';
import { HostValue, Text } from './text.ts';
import { Lax, Undefined } from './undefined.ts';

export class OperationError extends Error {
  readonly code: Extract<ErrorCode, `jinja.${string}`>;
  constructor(text: string, code: OperationError['code'] = 'jinja.type') {
    super(text);
    this.code = code;
  }
}

const CODES: Partial<Record<PythonErrorType, OperationError['code']>> = {
  TypeError: 'jinja.type',
  MemoryError: 'jinja.budget',
  AttributeError: 'jinja.undefined',
};

/** Runs what speaks of Python's errors; they become ours. */
export function python<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw operationError(error) ?? error;
  }
}

/** Python's errors, and what JavaScript refuses to do with a value of the wrong kind, as an error of the expression. */
export function operationError(error: unknown): OperationError | undefined {
  if (error instanceof OperationError) return error;
  if (error instanceof PythonError) return new OperationError(error.message, CODES[error.type] ?? 'jinja.value');
  return error instanceof TypeError ? new OperationError(error.message) : undefined;
}

/** A function of templates: a macro, a method, a global. */
export class Callable implements Printable {
  readonly name: string;
  readonly call: (args: readonly Value[], kwargs: Dict) => Value;
  /** Members, for what is both (namespace, loop, cycler). */
  readonly members: ReadonlyMap<string, Value>;
  /** What it gives is a host's. */
  readonly host: boolean;
  constructor(name: string, call: Callable['call'], members: ReadonlyMap<string, Value> = new Map(), host = false) {
    this.host = host;
    this.name = name;
    this.call = call;
    this.members = members;
  }
  repr(): string {
    return `<${this.name}>`;
  }
}

/** Something with members that templates may set: namespace(). */
export class Namespace implements Printable {
  readonly members = new Map<string, Value>();
  repr(write: (value: Value) => string): string {
    return `<Namespace {${[...this.members].map(([key, value]) => `${write(key)}: ${write(value)}`).join(', ')}}>`;
  }
}

/** Any of these travels where values do; only this folder knows. */
export function asAny(value: Undefined | Callable | Namespace | Lazy | DictView | PySet | PyRange): Value {
  return value as unknown as Value;
}

export function undefinedValue(message: string, code?: OperationError['code']): Value {
  return asAny(new Undefined(message, code));
}

/** A function of a name. */
export function callable(name: string, call: Callable['call']): Value {
  return asAny(new Callable(name, call));
}

export function lazy(items: readonly Value[]): Value {
  return asAny(new Lazy(items));
}

/** Throws for what is not there. */
export function defined(value: Value): Value {
  const any = value as unknown;
  if (any instanceof Undefined && !(any instanceof Lax)) throw new OperationError(any.message, any.code);
  return value;
}

/** Python's name of its type. */
export function kind(value: Value): string {
  const any = value as unknown;
  if (any instanceof Text) return any.markup ? 'Markup' : 'str';
  if (any instanceof Undefined) return 'Undefined';
  if (any instanceof Callable) return 'function';
  if (any instanceof Namespace) return 'Namespace';
  if (any instanceof Lazy) return 'generator';
  if (any instanceof DictView) return `dict_${any.kind}`;
  if (any instanceof PySet) return 'set';
  if (any instanceof PyRange) return 'range';
  if (any instanceof HostValue) return kind(any.value);
  return typeName(value);
}
