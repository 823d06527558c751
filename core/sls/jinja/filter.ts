/** What a filter is, and what it is called with. */
import type { Dict, Value } from '../../value.ts';
import type { Environment } from './environment.ts';
import { plain, strip, toText } from './text.ts';
import { defined, kind, OperationError } from './values.ts';

export interface FilterCall {
  readonly args: readonly Value[];
  readonly kwargs: Dict;
  readonly env: Environment;
  readonly filter: (name: string, of: Value, call: FilterCall) => Value;
  readonly test: (name: string, value: Value, args: readonly Value[], kwargs: Dict) => boolean;
  readonly call: (callee: Value, args: readonly Value[], kwargs: Dict) => Value;
}

export interface Filter {
  readonly run: (of: Value, call: FilterCall) => Value;
  /** It keeps taint part by part itself. */
  readonly aware?: boolean;
  /** An undefined value may come in. */
  readonly undefined?: boolean;
}

/** A filter that sees plain values; its result is a host's when anything that went in was. */
export function pure(run: Filter['run'], more: Partial<Filter> = {}): Filter {
  return {
    ...more,
    run: (of, call) => run(strip(of), { ...call, args: call.args.map(strip), kwargs: strip(call.kwargs) as Dict }),
  };
}

/** A filter that keeps taint part by part itself. */
export function own(run: Filter['run'], more: Partial<Filter> = {}): Filter {
  return { aware: true, run, ...more };
}

/** A filter over the text of anything. */
export function text(run: (value: string, call: FilterCall) => Value): Filter {
  return pure((of, call) => run(plain(toText(of)), call));
}

/** A text, or TypeError. */
export function str(value: Value | undefined, filter: string): string {
  if (typeof value === 'string') return value;
  defined(value as Value);
  throw new OperationError(`${filter}: expected str, got ${value === undefined ? 'nothing' : kind(value)}`);
}
