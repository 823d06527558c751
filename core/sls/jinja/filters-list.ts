/** Filters over sequences and mappings. Members keep their own taint. */
import { PyRange, PySet } from '../../python/set.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { type Filter, type FilterCall, own } from './filter.ts';
import { Group } from './group.ts';
import { Lazy } from './lazy.ts';
import { attribute, item } from './members.ts';
import { binary, distinctOf, ordering, same, truthy } from './operate.ts';
import { arg, integer } from './parameters.ts';
import { charactersOf, iterate, keysOf, lengthOf } from './sequences.ts';
import { asValue, concat, isTainted, isText, plain, strip, toText } from './text.ts';
import { Undefined } from './undefined.ts';
import { asAny, defined, kind, lazy, OperationError, undefinedValue } from './values.ts';

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

/** The name of a filter or a test, which is the author's to write. */
function authored(name: Value, what: string): string {
  if (isTainted(name)) throw new OperationError(`what a host wrote names a ${what}`, 'jinja.security');
  if (!isText(name)) throw new OperationError(`a ${what} is named by text, not ${kind(name)}`);
  return plain(name);
}

function choose(call: FilterCall, attributes: boolean): (value: Value) => boolean {
  const [args, look] = attributes ? [call.args.slice(1), getter(call.args[0] as Value)] : [call.args, (value: Value) => value];
  const [name, ...rest] = args;
  if (name === undefined) return (value) => truthy(look(value));
  const test = authored(name, 'test');
  return (value) => call.test(test, look(value), rest, call.kwargs);
}

const select = (keep: boolean, attributes: boolean): Filter =>
  own((of, call) => {
    const test = choose(call, attributes);
    return lazy(iterate(of).filter((value) => test(value) === keep));
  });

/** Salt's: Python's own; what has no members is itself. */
const extreme = (sign: number): Filter =>
  own((of) => {
    const items = iterate(of);
    if (items.length === 0) throw new OperationError(`${sign < 0 ? 'min' : 'max'}() arg is an empty sequence`, 'jinja.value');
    return items.reduce((best, one) => (ordering(one, best) * sign > 0 ? one : best));
  });

/** The first of it, without using up the rest. */
function head(of: Value): Value | undefined {
  const any = of as unknown;
  return any instanceof Lazy ? any.take(1)[0] : iterate(of)[0];
}

export const listFilters: Readonly<Record<string, Filter>> = {
  length: own((of) => lengthOf(of)),
  count: own((of) => lengthOf(of)),
  list: own((of) => [...iterate(of)]),
  first: own((of) => head(of) ?? undefinedValue('No first item, sequence was empty.')),
  last: own((of) => iterate(of).at(-1) ?? undefinedValue('No last item, sequence was empty.')),
  random: own((of, { env }) => {
    const items = iterate(of);
    if (of instanceof Dict) throw new OperationError(String(Math.floor(env.random() * items.length)), 'jinja.value');
    return items[Math.floor(env.random() * items.length)] ?? undefinedValue('No random item, sequence was empty.');
  }),
  reverse: own((of) =>
    isText(of) ? asValue(concat([...charactersOf(of)].reverse() as unknown as string[])) : lazy([...iterate(of)].reverse()),
  ),
  join: own((of, call) => {
    const separator = toText(arg(call, 0, 'd', ''));
    const look = getter(arg(call, 1, 'attribute'));
    return asValue(concat(iterate(of).flatMap((one, i) => [...(i > 0 ? [separator] : []), toText(defined(look(one)))])));
  }),
  sum: own((of, call) => {
    const look = getter(arg(call, 0, 'attribute'));
    if (isText(arg(call, 1, 'start', 0n))) throw new OperationError("sum() can't sum strings [use ''.join(seq) instead]");
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
      // What is not there is said when it is compared.
      const values = looks.map((look) => (cased ? look(one) : folded(look(one))));
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
  items: own(
    (of) => {
      if ((of as unknown) instanceof Undefined) return lazy([]);
      if (!(of instanceof Dict)) throw new OperationError('Can only get item pairs from a mapping.');
      return lazy(keysOf(of).map((key) => new Tuple([key, of.get(strip(key)) as Value])));
    },
    { undefined: true },
  ),
  // Salt's: a set of what Python can hash, else a list.
  unique: own((of) => {
    if (of instanceof Tuple || isText(of) || (of as unknown) instanceof PyRange || (of as unknown) instanceof Lazy)
      return asAny(new PySet(iterate(of), strip));
    if (of === null || typeof of !== 'object') throw new OperationError(`'${kind(of)}' object is not iterable`);
    return distinctOf(iterate(of));
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
    return lazy(rows);
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
    return lazy(rows);
  }),
  groupby: own((of, call) => {
    const look = getter(arg(call, 0, 'attribute'), call.args[1] ?? call.kwargs.get('default'));
    const cased = truthy(arg(call, 2, 'case_sensitive', false));
    const key = (one: Value) => (cased ? look(one) : folded(look(one)));
    const groups: [Value, Value[]][] = [];
    for (const one of sorted(iterate(of), { key, reverse: false })) {
      const last = groups.at(-1);
      if (last && same(key(last[1][0] as Value), key(one))) last[1].push(one);
      else groups.push([look(one), [one]]);
    }
    return groups.map(([name, list]) => new Group([name, list]));
  }),
  map: own((of, call) => {
    const path = call.kwargs.get('attribute');
    if (path !== undefined && call.args.length === 0) {
      const look = getter(path, call.kwargs.get('default'));
      return lazy(iterate(of).map(look));
    }
    const [name, ...args] = call.args;
    if (name === undefined) throw new OperationError('map requires a filter argument');
    const filter = authored(name, 'filter');
    return lazy(iterate(of).map((one) => call.filter(filter, one, { ...call, args })));
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
};
