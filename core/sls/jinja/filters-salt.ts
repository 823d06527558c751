/** Filters that Salt adds, those without I/O (salt-semantics 4.5, 4.6). */
import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { BrineError } from '../../errors.ts';
import { fromBase64, toBase64 } from '../../json.ts';
import { dumpJson } from '../../python/json.ts';
import { pyRepr } from '../../python/print.ts';
import { compileRegex } from '../../regex/compile.ts';
import { addressBits } from '../../target/address.ts';
import { traverse } from '../../target/match.ts';
import { Bytes, Dict, Tuple, type Value } from '../../value.ts';
import { dumpYaml } from '../../yaml/dump.ts';
import { parseYaml } from '../../yaml/parse.ts';
import type { Filter, FilterCall } from './filter.ts';
import { grafted } from './filters-text.ts';
import { attribute as attributeOf } from './members.ts';
import { iterate, kind, OperationError, ordering, same, truthy, Undefined } from './operate.ts';
import { arg } from './parameters.ts';
import { asValue, plain, strip, Text, toText } from './text.ts';

const pure = (run: (of: Value, call: FilterCall) => Value): Filter => ({
  run: (of, call) => run(strip(of), { ...call, args: call.args.map(strip), kwargs: strip(call.kwargs) as Dict }),
});
const own = (run: Filter['run'], more: Partial<Filter> = {}): Filter => ({ aware: true, run, ...more });

const str = (value: Value, filter: string): string => {
  if (typeof value === 'string') return value;
  throw new OperationError(`${filter} wants text, not ${kind(value)}`);
};
const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const utf8 = (text: string) => new TextEncoder().encode(text);
const digest = (hash: (data: Uint8Array) => Uint8Array): Filter =>
  pure((of) => hex(hash(of instanceof Bytes ? of.bytes : utf8(str(of, 'a digest')))));

function quoteShell(text: string): string {
  if (text === '') return "''";
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

const flags = (call: FilterCall, i: number) => ({
  ignoreCase: truthy(arg(call, i, 'ignorecase', false)),
  multiline: truthy(arg(call, i + 1, 'multiline', false)),
});

function regex(pattern: Value, options: ReturnType<typeof flags>) {
  return located(() => compileRegex(str(pattern, 'a regular expression'), options));
}

/** What an expression or a replacement is refused for, at the template's own place. */
function located<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof BrineError) throw new OperationError(error.text, 'jinja.value');
    throw error;
  }
}

const groupsOf = (found: { groups: readonly (string | null)[] } | null): Value => {
  if (!found) return null;
  return new Tuple(found.groups.length > 1 ? found.groups.slice(1) : [found.groups[0] ?? null]);
};

function regexReplace(of: string, call: FilterCall): string {
  const replacement = str(call.args[1] as Value, 'regex_replace');
  return located(() => regex(call.args[0] as Value, flags(call, 2)).replace(of, replacement));
}

const listOf = (value: Value): readonly Value[] =>
  Array.isArray(value) ? value : value instanceof Tuple ? value.items : iterate(value);
const has = (list: readonly Value[], value: Value) => list.some((one) => same(one, value));
const distinct = (list: readonly Value[]) => list.filter((one, i) => list.findIndex((other) => same(one, other)) === i);

function toBool(value: Value): boolean {
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return ['yes', '1', 'true'].includes(value.toLowerCase());
  if (typeof value === 'bigint') return value > 0n;
  if (typeof value === 'number') return false;
  return Array.isArray(value) ? value.length > 0 : value instanceof Dict ? value.size > 0 : false;
}

function flatten(list: readonly Value[], levels: number, nulls: boolean): Value[] {
  return list.flatMap((one) => {
    if (Array.isArray(one)) return levels === 0 ? [one] : flatten(one, levels - 1, nulls);
    return one === null && !nulls ? [] : [one];
  });
}

function setAt(
  of: Value,
  path: string,
  { delimiter, change }: { delimiter: string; change: (old: Value | undefined) => Value },
): Value {
  const keys = path.split(delimiter);
  const last = keys.pop() as string;
  let dict = of instanceof Dict ? of : new Dict();
  for (const key of keys) {
    const inner = dict.get(key);
    const next = inner instanceof Dict ? inner : new Dict();
    dict.set(key, next);
    dict = next;
  }
  dict.set(last, change(dict.get(last)));
  return of;
}

function yamlEncode(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'bigint' || typeof value === 'number') return dumpYaml(value).trim();
  if (typeof value !== 'string')
    throw new OperationError(`yaml_encode() only works with YAML scalar data; failed for ${kind(value)}`);
  return dquote(value);
}

function dquote(text: string): string {
  return `"${[...text]
    .map((char) => {
      if (char === '"' || char === '\\') return `\\${char}`;
      if (char >= ' ' && char <= '~') return char;
      const short = {
        '\n': 'n',
        '\t': 't',
        '\r': 'r',
        '\0': '0',
        '\u0007': 'a',
        '\b': 'b',
        '\v': 'v',
        '\f': 'f',
        '\u001b': 'e',
        '\u0085': 'N',
        '\u00a0': '_',
        '\u2028': 'L',
        '\u2029': 'P',
      }[char];
      if (short) return `\\${short}`;
      const code = char.codePointAt(0) as number;
      return code < 256
        ? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
        : code < 65536
          ? `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
          : `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`;
    })
    .join('')}"`;
}

const serializer = (print: (value: Value, call: FilterCall) => string): Filter =>
  own((of, call) => ((of as unknown) instanceof Undefined ? of : grafted(of, print(strip(of), call))), { undefined: true });

function humanToBytes(text: string, standard: string, metric: boolean): bigint {
  const found = /^([0-9.]+)\s*(B|[KMGTPEZY](?:i?B)?|[kmgtpezy])?$/i.exec(text.trim());
  if (!found) return 0n;
  const unit = (found[2] ?? standard).toUpperCase();
  const power = 'KMGTPEZY'.indexOf(unit[0] as string) + 1;
  const base = unit.endsWith('IB') || !metric ? 1024 : 1000;
  return BigInt(Math.trunc(Number(found[1]) * base ** power));
}

const UUID_SPACE = [0x91, 0x63, 0x3e, 0xbf, 0x1c, 0x86, 0x5e, 0x33, 0x93, 0x5a, 0x28, 0x06, 0x1f, 0x4b, 0x48, 0x0e];

function addressKind(of: Value, bits: number): boolean {
  const [address, mask] = String(of).split('/');
  const found = addressBits(address ?? '');
  return found !== null && found.length === bits && (mask === undefined || (/^\d+$/.test(mask) && Number(mask) <= bits));
}

export const saltFilters: Readonly<Record<string, Filter>> = {
  yaml: serializer((value, call) => {
    const flow = truthy(arg(call, 0, 'flow_style', true));
    return dumpYaml(value, { flow, sortKeys: true }).trim();
  }),
  json: serializer((value, call) => {
    const indent = arg(call, 1, 'indent');
    return dumpJson(value, {
      sortKeys: truthy(arg(call, 0, 'sort_keys', true)),
      ensureAscii: false,
      ...(indent !== null && { indent: Number(indent) }),
    });
  }),
  python: serializer((value) => pyRepr(value)),
  yaml_dquote: serializer((value) => dquote(plain(toText(value)))),
  yaml_squote: serializer((value) => `'${plain(toText(value)).replaceAll("'", "''")}'`),
  yaml_encode: serializer(yamlEncode),
  dict_to_sls_yaml_params: serializer((value, call) => {
    const flow = truthy(arg(call, 0, 'flow_style', false));
    const list = [...(value as Dict)].map(([key, one]) => Dict.from([[key, one]]));
    return dumpYaml(list, { flow }).replace(/\n$/, '');
  }),
  load_yaml: pure((of) => parseYaml(str(of, 'load_yaml'))),
  load_json: pure((of) => parseYaml(str(of, 'load_json'))),
  load_text: own((of) => asValue(toText(of))),
  quote: own((of) => {
    const text = toText(of);
    const quoted = quoteShell(plain(text));
    return typeof text === 'string' ? quoted : asValue(new Text([{ text: quoted, tainted: true, safe: true }]));
  }),
  regex_search: pure((of, call) =>
    located(() => groupsOf(regex(call.args[0] as Value, flags(call, 1)).search(str(of, 'regex_search')))),
  ),
  regex_match: pure((of, call) =>
    located(() => groupsOf(regex(call.args[0] as Value, flags(call, 1)).match(str(of, 'regex_match')))),
  ),
  regex_replace: pure((of, call) => regexReplace(str(of, 'regex_replace'), call)),
  regex_escape: pure((of) => str(of, 'regex_escape').replace(/[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g, '\\$&')),
  to_bool: pure((of) => toBool(of)),
  exactly_n_true: pure((of, call) => listOf(of).filter(toBool).length === Number(arg(call, 0, 'amount', 1n))),
  exactly_one_true: pure((of) => listOf(of).filter(toBool).length === 1),
  sequence: own((of) => (Array.isArray(of) || of instanceof Tuple || of instanceof Dict ? of : [of])),
  is_list: own((of) => Array.isArray(of)),
  is_iter: own((of) => Array.isArray(of) || of instanceof Tuple || of instanceof Dict),
  avg: pure((of) => {
    const list = Array.isArray(of) ? of : [of];
    if (list.length === 0) throw new OperationError('division by zero', 'jinja.value');
    return list.reduce<number>((sum, one) => sum + Number(one), 0) / list.length;
  }),
  union: own((of, { args }) => distinct([...listOf(of), ...listOf(args[0] as Value)])),
  intersect: own((of, { args }) => distinct(listOf(of).filter((one) => has(listOf(args[0] as Value), one)))),
  difference: own((of, { args }) => distinct(listOf(of).filter((one) => !has(listOf(args[0] as Value), one)))),
  symmetric_difference: own((of, { args }) => {
    const other = listOf(args[0] as Value);
    return distinct([...listOf(of).filter((one) => !has(other, one)), ...other.filter((one) => !has(listOf(of), one))]);
  }),
  flatten: own((of, call) => {
    const levels = arg(call, 0, 'levels');
    return flatten(listOf(of), levels === null ? 64 : Number(levels), truthy(arg(call, 1, 'preserve_nulls', false)));
  }),
  zip: own((of, { args }) => {
    const lists = [listOf(of), ...args.map(listOf)];
    return Array.from(
      { length: Math.min(...lists.map((list) => list.length)) },
      (_one, i) => new Tuple(lists.map((list) => list[i] as Value)),
    );
  }),
  zip_longest: own((of, call) => {
    const lists = [listOf(of), ...call.args.map(listOf)];
    const fill = call.kwargs.get('fillvalue') ?? null;
    return Array.from(
      { length: Math.max(...lists.map((list) => list.length)) },
      (_one, i) => new Tuple(lists.map((list) => list[i] ?? fill)),
    );
  }),
  compress: own((of, { args }) => listOf(of).filter((_one, i) => truthy(listOf(args[0] as Value)[i] ?? false))),
  product: own((of, { args }) =>
    [listOf(of), ...args.map(listOf)]
      .reduce<Value[][]>((rows, list) => rows.flatMap((row) => list.map((one) => [...row, one])), [[]])
      .map((row) => new Tuple(row)),
  ),
  combinations: own((of, { args }) => combine(listOf(of), Number(args[0])).map((row) => new Tuple(row))),
  combinations_with_replacement: own((of, { args }) => combine(listOf(of), Number(args[0]), true).map((row) => new Tuple(row))),
  permutations: own((of, call) =>
    permute(listOf(of), call.args[0] === undefined ? listOf(of).length : Number(call.args[0])).map((row) => new Tuple(row)),
  ),
  method_call: own((of, call) => {
    const [name, ...args] = call.args;
    return call.call(attributeOf(of, plain(name as never)), args, call.kwargs);
  }),
  compare_lists: pure((of, { args }) => {
    const [old, next] = [listOf(of), listOf(args[0] as Value)];
    const result = new Dict();
    const [added, gone] = [next.filter((one) => !has(old, one)), old.filter((one) => !has(next, one))];
    if (added.length > 0) result.set('new', added);
    if (gone.length > 0) result.set('old', gone);
    return result;
  }),
  compare_dicts: pure((of, { args }) => {
    const [old, next] = [of as Dict, args[0] as Dict];
    const result = new Dict();
    for (const key of distinct([...old.keys(), ...next.keys()])) {
      const [a, b] = [old.get(key) ?? '', next.get(key) ?? ''];
      if (!same(a, b)) result.set(key, Dict.of({ old: a, new: b }));
    }
    return result;
  }),
  is_hex: pure((of) => /^(0x)?[0-9a-f]+$/i.test(str(of, 'is_hex').trim())),
  contains_whitespace: pure((of) => /\s/.test(str(of, 'contains_whitespace'))),
  substring_in_list: pure((of, { args }) =>
    listOf(args[0] as Value).some((one) => String(one).includes(str(of, 'substring_in_list'))),
  ),
  to_num: pure(toNumber),
  str_to_num: pure(toNumber),
  to_bytes: pure((of) => new Bytes(utf8(str(of, 'to_bytes')))),
  set_dict_key_value: own((of, call) =>
    setAt(of, plain(call.args[0] as never), {
      delimiter: plain(arg(call, 2, 'delimiter', ':') as never),
      change: () => call.args[1] as Value,
    }),
  ),
  append_dict_key_value: own((of, call) =>
    setAt(of, plain(call.args[0] as never), {
      delimiter: plain(arg(call, 2, 'delimiter', ':') as never),
      change: (old) => [...(Array.isArray(old) ? old : []), call.args[1] as Value],
    }),
  ),
  extend_dict_key_value: own((of, call) =>
    setAt(of, plain(call.args[0] as never), {
      delimiter: plain(arg(call, 2, 'delimiter', ':') as never),
      change: (old) => [...(Array.isArray(old) ? old : []), ...iterate(call.args[1] as Value)],
    }),
  ),
  update_dict_key_value: own((of, call) =>
    setAt(of, plain(call.args[0] as never), {
      delimiter: plain(arg(call, 2, 'delimiter', ':') as never),
      change: (old) => {
        const dict = old instanceof Dict ? old : new Dict();
        for (const [key, value] of call.args[1] as Dict) dict.set(key, value);
        return dict;
      },
    }),
  ),
  traverse: own(
    (of, call) =>
      traverse(of, plain(call.args[0] as never), plain(arg(call, 2, 'delimiter', ':') as never)) ?? arg(call, 1, 'default'),
  ),
  to_entries: own((of) => [...(of as Dict)].map(([key, value]) => Dict.of({ key, value }))),
  from_entries: own((of) =>
    Dict.from(
      listOf(of).map((one) => {
        const dict = one as Dict;
        const pick = (names: readonly string[]) =>
          names.map((name) => dict.get(name)).find((value) => value !== undefined) ?? null;
        return [strip(pick(['key', 'Key', 'name', 'Name'])), pick(['value', 'Value'])] as const;
      }),
    ),
  ),
  to_snake_case: pure((of) =>
    str(of, 'to_snake_case')
      .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase(),
  ),
  to_camelcase: pure((of, call) => {
    const words = str(of, 'to_camelcase')
      .split('_')
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
    const joined = words.join('');
    return truthy(arg(call, 0, 'uppercamel', false)) ? joined : joined.charAt(0).toLowerCase() + joined.slice(1);
  }),
  human_to_bytes: pure((of, call) =>
    humanToBytes(String(of), plain(arg(call, 0, 'default_unit', 'B') as never), truthy(arg(call, 1, 'handle_metric', false))),
  ),
  md5: digest(md5),
  sha1: digest(sha1),
  sha256: digest(sha256),
  sha512: digest(sha512),
  base64_encode: pure((of) => toBase64(of instanceof Bytes ? of.bytes : utf8(str(of, 'base64_encode')))),
  base64_decode: pure((of) => {
    const bytes = fromBase64(str(of, 'base64_decode'));
    if (!bytes) throw new OperationError('Incorrect padding', 'jinja.value');
    return new TextDecoder().decode(bytes);
  }),
  hmac: pure((of, { args }) => toBase64(hmac(sha256, utf8(str(args[0] as Value, 'hmac')), utf8(str(of, 'hmac')))) === args[1]),
  hmac_compute: pure((of, { args }) =>
    hex(hmac(sha256, utf8(str(args[0] as Value, 'hmac_compute')), utf8(str(of, 'hmac_compute')))),
  ),
  uuid: pure((of) => {
    const bytes = sha1(new Uint8Array([...UUID_SPACE, ...utf8(String(of))])).slice(0, 16);
    bytes[6] = ((bytes[6] as number) & 15) | 80;
    bytes[8] = ((bytes[8] as number) & 63) | 128;
    return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }),
  is_ip: pure((of) => addressKind(of, 32) || addressKind(of, 128)),
  is_ipv4: pure((of) => addressKind(of, 32)),
  is_ipv6: pure((of) => addressKind(of, 128)),
  ipaddr: pure((of) =>
    Array.isArray(of)
      ? of.filter((one) => addressKind(one, 32) || addressKind(one, 128))
      : addressKind(of, 32) || addressKind(of, 128)
        ? of
        : null,
  ),
  ipv4: pure((of) => (Array.isArray(of) ? of.filter((one) => addressKind(one, 32)) : addressKind(of, 32) ? of : null)),
  ipv6: pure((of) => (Array.isArray(of) ? of.filter((one) => addressKind(one, 128)) : addressKind(of, 128) ? of : null)),
  ipwrap: pure((of) => (addressKind(of, 128) && !String(of).includes('/') ? `[${String(of)}]` : of)),
  sorted_ignorecase: own((of) =>
    [...listOf(of)].sort((a, b) => ordering(plain(toText(a)).toLowerCase(), plain(toText(b)).toLowerCase())),
  ),
  path_join: pure((of, { args }) =>
    [String(of), ...args.map(String)]
      .reduce((path, part) => (part.startsWith('/') ? part : path.endsWith('/') ? path + part : `${path}/${part}`))
      .replace(/(.)\/$/, '$1'),
  ),
  skip: own(() => ''),
  strftime: pure(dateFormat),
  date_format: pure(dateFormat),
};

function toNumber(of: Value): Value {
  if (typeof of === 'bigint' || typeof of === 'number') return of;
  const text = String(of);
  if (/^[-+]?\d+$/.test(text.trim())) return BigInt(text.trim());
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text.trim()) ? Number(text) : of;
}

function combine(list: readonly Value[], size: number, repeat = false): Value[][] {
  if (size === 0) return [[]];
  return list.flatMap((one, i) => combine(list.slice(repeat ? i : i + 1), size - 1, repeat).map((row) => [one, ...row]));
}

function permute(list: readonly Value[], size: number): Value[][] {
  if (size === 0) return [[]];
  return list.flatMap((one, i) => permute([...list.slice(0, i), ...list.slice(i + 1)], size - 1).map((row) => [one, ...row]));
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function dateFormat(of: Value, call: FilterCall): string {
  const format = plain(arg(call, 0, 'fmt', '%Y-%m-%d') as never);
  const at =
    of === null
      ? call.env.now
      : typeof of === 'bigint' || typeof of === 'number'
        ? Number(of) * 1000
        : /^\d+(\.\d+)?$/.test(String(of))
          ? Number(of) * 1000
          : Number.NaN;
  if (Number.isNaN(at)) throw new OperationError(`Unable to parse date ${pyRepr(of)}: timelib is not there`, 'jinja.value');
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const parts: Readonly<Record<string, string>> = {
    Y: String(date.getUTCFullYear()),
    y: two(date.getUTCFullYear() % 100),
    m: two(date.getUTCMonth() + 1),
    d: two(date.getUTCDate()),
    H: two(date.getUTCHours()),
    I: two(date.getUTCHours() % 12 || 12),
    M: two(date.getUTCMinutes()),
    S: two(date.getUTCSeconds()),
    f: String(date.getUTCMilliseconds() * 1000).padStart(6, '0'),
    p: date.getUTCHours() < 12 ? 'AM' : 'PM',
    a: (DAYS[date.getUTCDay()] as string).slice(0, 3),
    A: DAYS[date.getUTCDay()] as string,
    b: (MONTHS[date.getUTCMonth()] as string).slice(0, 3),
    B: MONTHS[date.getUTCMonth()] as string,
    w: String(date.getUTCDay()),
    j: String(
      Math.floor(
        (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 0)) /
          86_400_000,
      ),
    ).padStart(3, '0'),
    s: String(Math.floor(at / 1000)),
    Z: '',
    z: '',
    '%': '%',
  };
  return format.replace(/%([a-zA-Z%])/g, (all, name: string) => parts[name] ?? all);
}
