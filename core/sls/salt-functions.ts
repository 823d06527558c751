/** `salt[…]` of reactor files: grains of the event's minion, settings, and nothing that reaches out. Any other name says what there is. */
import { matchGlob } from '../glob.ts';
import type { TargetType } from '../job/job.ts';
import { pyStr } from '../python/print.ts';
import type { Settings } from '../settings.ts';
import { traverse } from '../target/match.ts';
import { Dict, fromPlain, type Value } from '../value.ts';
import type { FilterCall } from './jinja/filter.ts';
import { saltHashFilters } from './jinja/filters-salt-hash.ts';
import { Functions } from './jinja/functions.ts';
import { truthy } from './jinja/operate.ts';
import { isTainted, mark, plain, strip, toText } from './jinja/text.ts';
import { Callable, kind, OperationError } from './jinja/values.ts';
import { isMatched, type OwnMinion } from './own-minion.ts';

interface Given {
  /** By position or name, else the standard value. */
  readonly take: (place: number, name: string, standard?: Value) => Value;
}

export function saltFunctions(minion: OwnMinion, settings: Pick<Settings, 'values'>): Value {
  const functions = new Map<string, Value>();
  const make = (name: string, call: (given: Given, args: readonly Value[]) => Value, host = false) =>
    functions.set(
      name,
      new Callable(name, (args, kwargs) => call(givenTo(name, args, kwargs), args), new Map(), host) as unknown as Value,
    );
  const own = minion.grains instanceof Dict ? minion.grains : new Dict();
  const grain = (path: Value, delimiter: Value = ':') => traverse(own, plain(toText(path)), plain(toText(delimiter)));
  make('grains.get', ({ take }) => grain(take(0, 'key'), take(2, 'delimiter', ':')) ?? take(1, 'default', ''), true);
  make('grains.item', (_given, args) => Dict.from(args.map((name) => [plain(toText(name)), grain(name) ?? ''] as const)), true);
  make('grains.items', () => own, true);
  make('grains.has_value', ({ take }) => truthy(grain(take(0, 'key')) ?? null), true);
  make('grains.equals', ({ take }) => {
    const found = grain(take(0, 'key'));
    return found !== undefined && pyStr(strip(found)) === pyStr(strip(take(1, 'value')));
  });
  make('grains.filter_by', ({ take }) => filterBy(grain(take(1, 'grain', 'os_family')) ?? [], take));
  make('match.filter_by', ({ take }) => {
    const lookup = mapping(take(0, 'lookup'), 'lookup');
    const key = [...lookup.keys()].find((one) => isMatched(minion, 'compound', one)) ?? take(4, 'default', 'default');
    return overlaid(lookup, lookup.get(key) ?? null, { base: take(5, 'base', null), merge: take(2, 'merge', null) });
  });
  for (const [name, type] of MATCHERS)
    make(`match.${name}`, ({ take }) => isMatched(minion, type, take(0, 'tgt'), plain(toText(take(1, 'delimiter', ':')))));
  make('test.echo', ({ take }) => take(0, 'text'));
  make(
    'config.get',
    ({ take }) => traverse(fromPlain(settings.values), plain(toText(take(0, 'key'))), ':') ?? take(1, 'default', ''),
  );
  for (const [name, filter] of TWINS) {
    const { run } = saltHashFilters[filter] as { run: (of: Value, call: FilterCall) => Value };
    make(name, (_given, [of = null, ...args]) => {
      const result = run(of, { args, kwargs: new Dict() } as unknown as FilterCall);
      return [of, ...args].some((one) => isTainted(one)) ? mark(result) : result;
    });
  }
  return new Functions(functions) as unknown as Value;
}

const MATCHERS: readonly (readonly [name: string, type: TargetType])[] = [
  ['glob', 'glob'],
  ['pcre', 'pcre'],
  ['list', 'list'],
  ['grain', 'grain'],
  ['grain_pcre', 'grain_pcre'],
  ['ipcidr', 'ipcidr'],
  ['compound', 'compound'],
];

/** Functions that are filters, too. */
const TWINS: readonly (readonly [name: string, filter: string])[] = [
  ['hashutil.md5_digest', 'md5'],
  ['hashutil.sha256_digest', 'sha256'],
  ['hashutil.sha512_digest', 'sha512'],
  ['hashutil.base64_b64encode', 'base64_encode'],
  ['hashutil.base64_b64decode', 'base64_decode'],
  ['hashutil.hmac_signature', 'hmac'],
  ['hashutil.hmac_compute', 'hmac_compute'],
];

function givenTo(name: string, args: readonly Value[], kwargs: Dict): Given {
  return {
    take: (place, word, standard) => {
      const found = args[place] ?? kwargs.get(word) ?? standard;
      if (found === undefined) throw new OperationError(`${name}() missing 1 required positional argument: '${word}'`);
      return found;
    },
  };
}

function mapping(value: Value, what: string): Dict {
  if (value instanceof Dict) return value;
  throw new OperationError(`filter_by: ${what} is a mapping, not ${kind(value)}`);
}

/** The first entry whose key, a glob, fits one of the grain's values. */
function filterBy(grain: Value, take: Given['take']): Value {
  const lookup = mapping(take(0, 'lookup_dict'), 'lookup_dict');
  const values = (Array.isArray(grain) ? grain : [grain]).map((one) => pyStr(strip(one)));
  const keys = [...lookup.keys()];
  const key = values.flatMap((value) => keys.filter((one) => matchGlob(value, pyStr(strip(one)))))[0];
  const found = key === undefined ? undefined : lookup.get(key);
  const standard = lookup.get(take(3, 'default', 'default')) ?? null;
  return overlaid(lookup, found ?? standard, { base: take(4, 'base', null), merge: take(2, 'merge', null) });
}

/** Over the entry that is the base, under what is merged into it. */
function overlaid(lookup: Dict, found: Value, { base, merge }: { base: Value; merge: Value }): Value {
  const below = base === null ? undefined : lookup.get(strip(base));
  let result = found;
  if (below !== undefined && result === null) result = below;
  else if (below instanceof Dict) result = updated(below, mapping(result, 'the entry that was found'));
  if (merge === null || !truthy(merge)) return result;
  return result === null ? merge : updated(mapping(result, 'the entry that was found'), mapping(merge, 'merge'));
}

/** Mappings deep inside are joined, everything else gives way. */
function updated(below: Dict, above: Dict): Dict {
  const result = below.copy();
  for (const [key, value] of above) {
    const old = result.get(key);
    result.set(key, old instanceof Dict && value instanceof Dict ? updated(old, value) : value);
  }
  return result;
}
