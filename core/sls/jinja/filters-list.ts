/** Filters over sequences and mappings. Members keep their own taint. */
import { Dict, Tuple, type Value } from '../../value.ts';
import type { Filter, FilterCall } from './filter.ts';
import { attribute, item } from './members.ts';
import { binary, charactersOf, iterate, keysOf, kind, OperationError, ordering, same, truthy, Undefined } from './operate.ts';
import { arg, integer } from './parameters.ts';
import { asValue, concat, isText, plain, strip, toText } from './text.ts';

const undefinedValue = (text: string): Value => new Undefined(text) as unknown as Value;
const own = (run: Filter['run']): Filter => ({ aware: true, run });

/** `a.b.0`: attribute or index at each step. */
function getter(path: Value, fallback?: Value): (of: Value) => Value {
  const steps: Value[] =
    path === null
      ? []
      : isText(path)
        ? plain(path)
            .split('.')
            .map((part) => (/^\d+$/.test(part) ? BigInt(part) : part))
        : [path];
  return (of) => {
    let value = of;
    for (const step of steps) {
      value = item(value, step);
      if ((value as unknown) instanceof Undefined && fallback !== undefined) return fallback;
    }
    return value;
  };
}

function folded(value: Value): Value {
  return isText(value) ? plain(value).toLowerCase() : value;
}

function sorted(items: readonly Value[], { key, reverse }: { key: (value: Value) => Value; reverse: boolean }): Value[] {
  const order = items.map((one, i) => ({ one, i, by: key(one) }));
  order.sort((a, b) => (reverse ? ordering(b.by, a.by) : ordering(a.by, b.by)) || a.i - b.i);
  return order.map(({ one }) => one);
}

function choose(call: FilterCall, attributes: boolean): (value: Value) => boolean {
  const [args, look] = attributes ? [call.args.slice(1), getter(call.args[0] as Value)] : [call.args, (value: Value) => value];
  const [name, ...rest] = args;
  if (name === undefined) return (value) => truthy(look(value));
  return (value) => call.test(plain(name as never), look(value), rest, call.kwargs);
}

const select = (keep: boolean, attributes: boolean): Filter =>
  own((of, call) => {
    const test = choose(call, attributes);
    return iterate(of).filter((value) => test(value) === keep);
  });

const extreme = (sign: number): Filter =>
  own((of, call) => {
    const items = Array.isArray(of) ? of : of instanceof Tuple ? of.items : isText(of) ? charactersOf(of) : iterate(of);
    if (items.length === 0) return undefinedValue('No aggregated item, sequence was empty.');
    const look = getter(arg(call, 1, 'attribute'));
    const cased = truthy(arg(call, 0, 'case_sensitive', false));
    const by = (value: Value) => (cased ? look(value) : folded(look(value)));
    return items.reduce((best, one) => (ordering(by(one), by(best)) * sign > 0 ? one : best));
  });

export const listFilters: Readonly<Record<string, Filter>> = {
  length: own((of) => lengthOf(of)),
  count: own((of) => lengthOf(of)),
  list: own((of) => [...iterate(of)]),
  first: own((of) => iterate(of)[0] ?? undefinedValue('No first item, sequence was empty.')),
  last: own((of) => iterate(of).at(-1) ?? undefinedValue('No last item, sequence was empty.')),
  random: own((of, { env }) => {
    const items = iterate(of);
    return items[Math.floor(env.random() * items.length)] ?? undefinedValue('No random item, sequence was empty.');
  }),
  reverse: own((of) =>
    isText(of) ? asValue(concat([...charactersOf(of)].reverse() as unknown as string[])) : [...iterate(of)].reverse(),
  ),
  join: own((of, call) => {
    const separator = toText(arg(call, 0, 'd', ''));
    const look = getter(arg(call, 1, 'attribute'));
    return asValue(concat(iterate(of).flatMap((one, i) => [...(i > 0 ? [separator] : []), toText(defined(look(one)))])));
  }),
  sum: own((of, call) => {
    const look = getter(arg(call, 0, 'attribute'));
    return iterate(of)
      .map(look)
      .reduce((sum, one) => binary('+', sum, one), arg(call, 1, 'start', 0n));
  }),
  sort: own((of, call) => {
    const [reverse, cased] = [truthy(arg(call, 0, 'reverse', false)), truthy(arg(call, 1, 'case_sensitive', false))];
    const path = arg(call, 2, 'attribute');
    const looks =
      path !== null && isText(path)
        ? plain(path)
            .split(',')
            .map((one) => getter(one))
        : [getter(path)];
    const key = (one: Value): Value => {
      const values = looks.map((look) => (cased ? defined(look(one)) : folded(defined(look(one)))));
      return values.length === 1 ? (values[0] as Value) : values;
    };
    return sorted(iterate(of), { key, reverse });
  }),
  dictsort: own((of, call) => {
    if (!(of instanceof Dict)) throw new OperationError(`'${kind(of)}' object has no attribute 'items'`);
    const [cased, by, reverse] = [
      truthy(arg(call, 0, 'case_sensitive', false)),
      plain(toText(arg(call, 1, 'by', 'key'))),
      truthy(arg(call, 2, 'reverse', false)),
    ];
    if (by !== 'key' && by !== 'value') throw new OperationError('You can only sort by either "key" or "value"', 'jinja.value');
    const pairs = keysOf(of).map((key) => new Tuple([key, of.get(strip(key)) as Value]));
    const key = (pair: Value) => {
      const value = (pair as Tuple).items[by === 'key' ? 0 : 1] as Value;
      return cased ? value : folded(value);
    };
    return sorted(pairs, { key, reverse });
  }),
  items: own((of) =>
    of instanceof Dict
      ? keysOf(of).map((key) => new Tuple([key, of.get(strip(key)) as Value]))
      : fail('Can only get item pairs from a mapping.'),
  ),
  unique: own((of, call) => {
    const look = getter(arg(call, 1, 'attribute'));
    const cased = truthy(arg(call, 0, 'case_sensitive', true));
    const seen: Value[] = [];
    return iterate(of).filter((one) => {
      const by = cased ? look(one) : folded(look(one));
      if (seen.some((other) => same(other, by))) return false;
      seen.push(by);
      return true;
    });
  }),
  min: extreme(-1),
  max: extreme(1),
  batch: own((of, call) => {
    const [size, fill] = [Math.max(1, integer(arg(call, 0, 'linecount'))), arg(call, 1, 'fill_with')];
    const items = [...iterate(of)];
    const rows: Value[] = [];
    for (let i = 0; i < items.length; i += size) rows.push(items.slice(i, i + size));
    const last = rows.at(-1) as Value[] | undefined;
    while (last && fill !== null && last.length < size) last.push(fill);
    return rows;
  }),
  slice: own((of, call) => {
    const [count, fill] = [Math.max(1, integer(arg(call, 0, 'slices'))), arg(call, 1, 'fill_with')];
    const items = [...iterate(of)];
    const [per, extra] = [Math.floor(items.length / count), items.length % count];
    const rows: Value[] = [];
    for (let i = 0, at = 0; i < count; i += 1) {
      const size = per + (i < extra ? 1 : 0);
      const row = items.slice(at, at + size);
      if (fill !== null && i >= extra) row.push(fill);
      rows.push(row);
      at += size;
    }
    return rows;
  }),
  groupby: own((of, call) => {
    const look = getter(call.args[0] as Value, call.args[1] ?? call.kwargs.get('default'));
    const cased = truthy(arg(call, 2, 'case_sensitive', false));
    const key = (one: Value) => (cased ? look(one) : folded(look(one)));
    const groups: [Value, Value[]][] = [];
    for (const one of sorted(iterate(of), { key, reverse: false })) {
      const last = groups.at(-1);
      if (last && same(key(last[1][0] as Value), key(one))) last[1].push(one);
      else groups.push([look(one), [one]]);
    }
    return groups.map(([name, list]) => new Tuple([name, list]));
  }),
  map: own((of, call) => {
    const path = call.kwargs.get('attribute');
    if (path !== undefined && call.args.length === 0) {
      const look = getter(path, call.kwargs.get('default'));
      return iterate(of).map(look);
    }
    const [name, ...args] = call.args;
    if (name === undefined) throw new OperationError('map requires a filter argument');
    return iterate(of).map((one) => call.filter(plain(name as never), one, { ...call, args }));
  }),
  select: select(true, false),
  reject: select(false, false),
  selectattr: select(true, true),
  rejectattr: select(false, true),
  attr: own((of, call) => {
    const name = plain(toText(call.args[0] as Value));
    return of instanceof Dict && !name.startsWith('_')
      ? ['items', 'keys', 'values', 'get'].includes(name)
        ? attribute(of, name)
        : undefinedValue(`'dict object' has no attribute '${name}'`)
      : attribute(of, name);
  }),
  xmlattr: own((of) =>
    asValue(
      ` ${[...(of as Dict)]
        .filter(([, value]) => value !== null && !((value as unknown) instanceof Undefined))
        .map(([key, value]) => `${plain(toText(key))}="${plain(toText(value))}"`)
        .join(' ')}`,
    ),
  ),
};

function lengthOf(of: Value): bigint {
  if (isText(of)) return BigInt([...plain(of)].length);
  if (of instanceof Dict) return BigInt(of.size);
  if (Array.isArray(of)) return BigInt(of.length);
  if (of instanceof Tuple) return BigInt(of.items.length);
  throw new OperationError(`object of type '${kind(of)}' has no len()`);
}

function defined(value: Value): Value {
  const any = value as unknown;
  if (any instanceof Undefined) throw new OperationError(any.message, 'jinja.undefined');
  return value;
}

function fail(text: string): never {
  throw new OperationError(text);
}
