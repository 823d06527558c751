/** Jinja's and Salt's filters by name (salt-semantics 4.5, 4.6). A filter that knows no taint taints its result when anything that went in was. */
import type { Value } from '../../value.ts';
import { type Filter, type FilterCall, own } from './filter.ts';
import { htmlFilters } from './filters-html.ts';
import { listFilters } from './filters-list.ts';
import { numberFilters } from './filters-number.ts';
import { saltDataFilters } from './filters-salt-data.ts';
import { saltHashFilters } from './filters-salt-hash.ts';
import { saltListFilters } from './filters-salt-list.ts';
import { saltNetFilters } from './filters-salt-net.ts';
import { saltRandomFilters } from './filters-salt-random.ts';
import { saltTextFilters } from './filters-salt-text.ts';
import { serializers } from './filters-serialize.ts';
import { textFilters } from './filters-text.ts';
import { jsonQueryFilters } from './json-query.ts';
import { sized } from './operate.ts';
import { checkArguments } from './signatures.ts';
import { isTainted, mark } from './text.ts';
import { Lax, Undefined } from './undefined.ts';
import { OperationError } from './values.ts';
import { weigh } from './weigh.ts';

/** Salt's filters that read files, the network or the host's users: they are known, and have no place in a reactor file. */
const OUTSIDE = 'dns_check file_hashsum get_uid http_query is_bin_file is_empty is_text_file list_files which'.split(' ');

const outside = (name: string): Filter =>
  own(() => {
    throw new OperationError(`the filter '${name}' reads files or the network, which a reactor file may not`, 'jinja.missing');
  });

const FILTERS: Readonly<Record<string, Filter>> = {
  ...Object.fromEntries(OUTSIDE.map((name) => [name, outside(name)])),
  ...textFilters,
  ...htmlFilters,
  ...numberFilters,
  ...listFilters,
  ...serializers,
  ...jsonQueryFilters,
  ...saltTextFilters,
  ...saltListFilters,
  ...saltDataFilters,
  ...saltHashFilters,
  ...saltNetFilters,
  ...saltRandomFilters,
};

const NAMES: ReadonlySet<string> = new Set(Object.keys(FILTERS));

export function filterNames(): ReadonlySet<string> {
  return NAMES;
}

export function applyFilter(name: string, of: Value, call: FilterCall): Value {
  const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (!filter) throw new OperationError(`No filter named '${name}'.`, 'jinja.missing');
  checkArguments(name, call);
  const any = of as unknown;
  if (any instanceof Undefined && !(any instanceof Lax) && !filter.undefined) throw new OperationError(any.message, any.code);
  weigh(of, ...call.args, ...call.kwargs.values());
  const result = sized(filter.run(of, call));
  if (filter.aware) return result;
  return isTainted(of) || call.args.some((arg) => isTainted(arg)) || isTainted(call.kwargs) ? mark(result) : result;
}
