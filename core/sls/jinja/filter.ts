/** What a filter is, and what it is called with. */
import type { Dict, Value } from '../../value.ts';
import type { Environment } from './environment.ts';

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
