/** `grains.*`: what the host knows of itself; what is set here is kept in the agent's own file and sent on. Texts as Salt 3008 has them. */
import { pyStr } from '../../core/python/print.ts';
import { traverse } from '../../core/target/match.ts';
import { Dict, equal, type Value } from '../../core/value.ts';
import { filterBy } from './filter-by.ts';
import { setGrain } from './grain-path.ts';
import { Exception, type Module, type ModuleContext, type ModuleFunction, type Parameter } from './module.ts';
import { sanitized } from './sanitize.ts';
import { flag, mapping, text } from './schemas.ts';

const key: Parameter = { name: 'key', is: text };
const delimiter: Parameter = { name: 'delimiter', value: ':', is: text };
const force: Parameter = { name: 'force', value: false, is: flag };
const destructive: Parameter = { name: 'destructive', value: false, is: flag };
const refresh: Parameter = { name: 'refresh_pillar', value: true };

const get: ModuleFunction = {
  doc: 'A grain by its path, or `default` (empty text) where there is none. Levels are parted by\n`delimiter`; numbers are places in a list.',
  example: 'ip4_interfaces:eth0:0',
  parameters: [key, { name: 'default', value: '' }, delimiter, { name: 'ordered', value: true }],
  run: (it, { key: path, default: other = '', delimiter: between }) =>
    find(it, path, between) ?? (found(it, path, between) ? null : other),
};

export const grains: Module = {
  get,
  fetch: get,
  item: {
    doc: 'Some grains by path; those that are not there are empty text, or `default`.',
    example: 'os osrelease',
    parameters: [],
    varargs: true,
    keywords: true,
    run: (it, { args = [], kwargs = null }) => item(it, args as Value[], kwargs as Dict),
  },
  items: {
    doc: 'All grains. With sanitize=True names of the host and serial numbers are made unknowable.',
    parameters: [{ name: 'sanitize', value: false, is: flag }],
    run: (it, { sanitize = false }) => (sanitize === true ? sanitized(it.grains()) : it.grains()),
  },
  ls: { doc: 'The names of all grains.', parameters: [], run: (it) => [...it.grains().keys()].map((name) => pyStr(name)).sort() },
  has_value: {
    doc: 'Is there a grain at this path?',
    example: 'ip4_interfaces:eth0',
    parameters: [key],
    run: (it, { key: path }) => found(it, path, ':'),
  },
  equals: {
    doc: 'Is this the value of the grain? Both are compared as text.',
    example: 'os Debian',
    parameters: [key, { name: 'value' }],
    run: (it, { key: path, value = null }) => pyStr(find(it, path, ':') ?? (found(it, path, ':') ? null : '')) === pyStr(value),
  },
  setval: {
    doc: 'Sets a grain and keeps it over restarts. With destructive=True the value None removes it.',
    example: "roles '[web, cache]'",
    parameters: [key, { name: 'val' }, destructive, refresh],
    run: (it, { key: name = '', val = null, destructive: remove = false }) => set(it, Dict.from([[name, val]]), remove === true),
  },
  setvals: {
    doc: 'Sets several grains and keeps them over restarts.',
    example: "'{dc: fra1, rack: 12}'",
    parameters: [{ name: 'grains' }, destructive, refresh],
    run: (it, { grains: given = null, destructive: remove = false }) => {
      if (!(given instanceof Dict)) throw new Exception('SaltException', 'setvals grains must be a dictionary.');
      return set(it, given, remove === true);
    },
  },
  set: {
    doc: 'Sets the grain at a path. A list or a mapping is replaced, and takes the place of something else, with force=True only.',
    example: 'apps:mail:port 25',
    parameters: [key, { name: 'val', value: '' }, force, destructive, delimiter],
    run: (it, values) => change(it, values, values.val ?? null),
  },
  delval: {
    doc: 'Makes a grain None; with destructive=True removes it.',
    example: 'roles force=True',
    parameters: [key, destructive, force],
    run: (it, values) => change(it, values, null),
  },
  delkey: {
    doc: 'Removes a grain; a list or a mapping with force=True only.',
    example: 'roles',
    parameters: [key, force],
    run: (it, values) => change(it, { ...values, destructive: true }, null),
  },
  append: {
    doc: 'Adds to a grain that is a list. With convert=True something else is made the first member of one.',
    example: 'roles web',
    parameters: [key, { name: 'val' }, { name: 'convert', value: false, is: flag }, delimiter],
    run: (it, { key: path = '', val = null, convert = false, delimiter: between = ':' }) => {
      const there = find(it, path, between);
      const old = there === undefined ? [] : convert === true && !Array.isArray(there) ? (there === null ? [] : [there]) : there;
      if (!Array.isArray(old)) return `The key ${path as string} is not a valid list`;
      if (old.some((member) => equal(member, val))) return `The val ${pyStr(val)} was already in the list ${path as string}`;
      return put(it, { path: path as string, between: between as string, list: [...old, ...(Array.isArray(val) ? val : [val])] });
    },
  },
  remove: {
    doc: 'Takes a value out of a grain that is a list.',
    example: 'roles web',
    parameters: [key, { name: 'val' }, delimiter],
    run: (it, { key: path = '', val = null, delimiter: between = ':' }) => {
      const old = find(it, path, between) ?? [];
      if (!Array.isArray(old)) return `The key ${path as string} is not a valid list`;
      const at = old.findIndex((member) => equal(member, val));
      if (at < 0) return `The val ${pyStr(val)} was not in the list ${path as string}`;
      return put(it, { path: path as string, between: between as string, list: old.toSpliced(at, 1) });
    },
  },
  filter_by: {
    doc: "The entry of a mapping that a grain names: its keys are globs of the grain's value.",
    example: "'{Debian: apache2, RedHat: httpd, default: nginx}'",
    parameters: [
      { name: 'lookup_dict', is: mapping },
      { name: 'grain', value: 'os_family', is: text },
      { name: 'merge', value: null },
      { name: 'default', value: 'default' },
      { name: 'base', value: null },
    ],
    run: (it, { lookup_dict, grain, merge = null, default: other = null, base = null }) =>
      filterBy(lookup_dict as Dict, { values: find(it, grain, ':') ?? null, merge, otherwise: other, base }),
  },
};

function find(it: ModuleContext, path: Value | undefined, between: Value | undefined): Value | undefined {
  return traverse(it.grains(), path as string, between as string);
}

function found(it: ModuleContext, path: Value | undefined, between: Value | undefined): boolean {
  return find(it, path, between) !== undefined;
}

function item(it: ModuleContext, names: readonly Value[], kwargs: Dict): Dict {
  const [other, between] = [kwargs.get('default') ?? '', pyStr(kwargs.get('delimiter') ?? ':')];
  const chosen = Dict.from(
    names.map((name) => {
      const value = traverse(it.grains(), pyStr(name), between);
      return [name, value === undefined ? other : value] as const;
    }),
  );
  return kwargs.get('sanitize') === true ? sanitized(chosen) : chosen;
}

function set(it: ModuleContext, changes: Dict, destructive: boolean): Dict {
  it.setGrains(new Map([...changes].map(([name, value]) => [pyStr(name), value])), destructive);
  return changes;
}

function change(it: ModuleContext, values: Readonly<Record<string, Value>>, val: Value): Dict {
  const { key: path = '', force: forced = false, destructive: remove = false, delimiter: between = ':' } = values;
  const done = setGrain(it.grains(), {
    path: path as string,
    between: between as string,
    val,
    force: forced === true,
    destructive: remove === true,
  });
  if (done.grain === undefined) return Dict.of({ comment: done.comment, changes: new Dict(), result: done.result });
  return Dict.of({ comment: '', changes: set(it, Dict.from([done.grain]), remove === true), result: true });
}

/** A list at a path: the top-level grain with it inside. */
function put(it: ModuleContext, { path, between, list }: { path: string; between: string; list: Value[] }): Dict {
  const keys = path.split(between);
  let value: Value = list;
  for (let i = keys.length - 1; i > 0; i -= 1) {
    const around = traverse(it.grains(), keys.slice(0, i).join(between), between);
    if (around === undefined || around instanceof Dict)
      value = (around instanceof Dict ? around.copy() : new Dict()).set(keys[i] as string, value);
    else value = around;
  }
  return set(it, Dict.from([[keys[0] as string, value]]), false);
}
