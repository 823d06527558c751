/** Jinja's and Salt's filters by name (salt-semantics 4.5, 4.6). A filter that knows no taint taints its result when anything that went in was. */
import type { Dict, Value } from '../../value.ts';
import { Tuple } from '../../value.ts';
import type { Filter, FilterCall } from './filter.ts';
import { listFilters } from './filters-list.ts';
import { saltFilters } from './filters-salt.ts';
import { textFilters } from './filters-text.ts';
import { OperationError, Undefined } from './operate.ts';
import { asValue, HostDict, isTainted, Text, tainted } from './text.ts';

const FILTERS: Readonly<Record<string, Filter>> = { ...textFilters, ...listFilters, ...saltFilters };

export function filterNames(): ReadonlySet<string> {
  return new Set(Object.keys(FILTERS));
}

export function applyFilter(name: string, of: Value, call: FilterCall): Value {
  const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (!filter) throw new OperationError(`No filter named '${name}'.`, 'jinja.missing');
  const any = of as unknown;
  if (any instanceof Undefined && !filter.undefined) throw new OperationError(any.message, 'jinja.undefined');
  const result = filter.run(of, call);
  if (filter.aware) return result;
  return isTainted(of) || call.args.some((arg) => isTainted(arg)) || isTainted(call.kwargs) ? mark(result) : result;
}

/** Everything in it is as if a host had written it. */
function mark(value: Value): Value {
  if (typeof value === 'string') return asValue(tainted(value));
  if ((value as unknown) instanceof Text) return value;
  if (Array.isArray(value)) return value.map(mark);
  if (value instanceof Tuple) return new Tuple(value.items.map(mark));
  if (value !== null && typeof value === 'object' && 'entries' in value && typeof (value as Dict).set === 'function') {
    const copy = new HostDict();
    for (const [key, item] of value as Dict) copy.set(key, mark(item));
    return copy;
  }
  return value;
}
