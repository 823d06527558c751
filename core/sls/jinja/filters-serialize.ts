/** Values as YAML, JSON, XML and Python's own text, and back. What is undefined goes through, so that it is said where it is used (Salt 3008). */
import { dumpJson } from '../../python/json.ts';
import { prettyFormat } from '../../python/pretty.ts';
import { Bytes, Dict, Tuple, type Value } from '../../value.ts';
import { dumpYaml } from '../../yaml/dump.ts';
import { type Filter, type FilterCall, own, str } from './filter.ts';
import { loadJson, loadWhole, loadYaml } from './load.ts';
import { truthy } from './operate.ts';
import { arg, integer } from './parameters.ts';
import { asMarkup, asValue, isTainted, isText, plain, strip, Text, taintValue, toText } from './text.ts';
import { Undefined } from './undefined.ts';
import { kind, OperationError, python } from './values.ts';
import { toXml } from './xml.ts';

/** An undefined value anywhere in it. */
export function undefinedIn(value: Value, depth = 0): Undefined | null {
  const any = value as unknown;
  if (any instanceof Undefined) return any;
  if (depth > 20) return null;
  const members = Array.isArray(value)
    ? value
    : value instanceof Tuple
      ? value.items
      : value instanceof Dict
        ? [...value.values()]
        : [];
  for (const member of members) {
    const found = undefinedIn(member, depth + 1);
    if (found) return found;
  }
  return null;
}

/** A serialized value: put in as the value where it stands alone, literal text elsewhere. */
function grafted(of: Value, printed: string, { markup, quotes, read = quotes === true && !isText(of) }: Printing): Value {
  if (!isTainted(of)) return asValue(markup ? asMarkup(printed) : printed);
  return asValue(new Text([{ text: printed, tainted: true, value: read ? taintValue(loadYaml(printed)) : of }], markup));
}

interface Printing {
  /** Counts as escaped. */
  readonly markup: boolean;
  /** YAML does not give back what was printed: the value is what it reads. */
  readonly read?: boolean;
  /** What is no text becomes one. */
  readonly quotes?: boolean;
}

const serializer = (print: (value: Value, call: FilterCall) => string, printing: Printing = { markup: true }): Filter =>
  own(
    (of, call) => {
      const missing = undefinedIn(of);
      return missing
        ? (missing as unknown as Value)
        : grafted(
            of,
            python(() => print(strip(of), call)),
            printing,
          );
    },
    { undefined: true },
  );

/** Throws for what Python's json cannot write. */
function checkJson(value: Value, sorted: boolean): void {
  const sort = kind(value);
  if (!['NoneType', 'bool', 'int', 'float', 'str', 'Markup', 'list', 'tuple', 'dict'].includes(sort))
    throw new OperationError(`Object of type ${sort} is not JSON serializable`);
  if (value instanceof Dict) {
    const keys = [...value.keys()];
    const bad = keys.find((key) => key instanceof Tuple || key instanceof Bytes);
    if (bad !== undefined) throw new OperationError(`keys must be str, int, float, bool or None, not ${kind(bad)}`);
    const sorts = new Set(keys.map((key) => (typeof key === 'string' ? 'str' : key === null ? 'NoneType' : 'number')));
    if (sorted && (sorts.size > 1 || (sorts.has('NoneType') && keys.length > 1)))
      throw new OperationError("'<' not supported between instances of 'int' and 'str'");
    for (const item of value.values()) checkJson(item, sorted);
  } else for (const item of Array.isArray(value) ? value : value instanceof Tuple ? value.items : []) checkJson(item, sorted);
}

function yamlEncode(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'bigint' || typeof value === 'number') return dumpYaml(value).trim();
  if (typeof value !== 'string')
    throw new OperationError(`yaml_encode() only works with YAML scalar data; failed for ${kind(value)}`);
  return doubleQuoted(value);
}

const SHORT: Readonly<Record<string, string>> = {
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
};

function doubleQuoted(text: string): string {
  const escapeChar = (char: string): string => {
    if (char === '"' || char === '\\') return `\\${char}`;
    if (char >= ' ' && char <= '~') return char;
    if (SHORT[char]) return `\\${SHORT[char]}`;
    const code = char.codePointAt(0) as number;
    const digits = (count: number) => code.toString(16).toUpperCase().padStart(count, '0');
    return code < 256 ? `\\x${digits(2)}` : code < 65536 ? `\\u${digits(4)}` : `\\U${digits(8)}`;
  };
  return `"${[...text].map(escapeChar).join('')}"`;
}

const reader = (name: string, load: (text: string | Text) => Value): Filter =>
  own((of) => {
    const any = of as unknown;
    return loadWhole(any instanceof Text ? any : str(of, name), load);
  });

export const serializers: Readonly<Record<string, Filter>> = {
  yaml: serializer((value, call) => dumpYaml(value, { flow: truthy(arg(call, 0, 'flow_style', true)), sortKeys: true }).trim()),
  json: serializer((value, call) => {
    const [sortKeys, indent] = [truthy(arg(call, 0, 'sort_keys', true)), arg(call, 1, 'indent')];
    checkJson(value, sortKeys);
    return dumpJson(value, { sortKeys, ensureAscii: false, ...(indent !== null && { indent: Number(indent) }) });
  }),
  tojson: serializer(
    (value, call) => {
      const indent = arg(call, 0, 'indent');
      const sortKeys = truthy(arg(call, 1, 'sort_keys', false));
      checkJson(value, sortKeys);
      const ensureAscii = truthy(arg(call, 2, 'ensure_ascii', true));
      const json = dumpJson(value, { sortKeys, ensureAscii, ...(indent !== null && { indent: integer(indent) }) });
      return json.replace(/[<>&']/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
    },
    { markup: false },
  ),
  python: serializer((value) => prettyFormat(value)),
  xml: serializer(toXml),
  yaml_dquote: serializer((value) => doubleQuoted(plain(toText(value))), { markup: false, quotes: true }),
  yaml_squote: serializer((value) => `'${plain(toText(value)).replaceAll("'", "''").replace(/\n+/g, '$&\n')}'`, {
    markup: false,
    read: true,
  }),
  yaml_encode: serializer(yamlEncode, { markup: false }),
  dict_to_sls_yaml_params: serializer(
    (value, call) => {
      if (!(value instanceof Dict)) throw new OperationError(`'${kind(value)}' object has no attribute 'items'`);
      const list = [...value].map(([key, one]) => Dict.from([[key, one]]));
      return dumpYaml(list, { flow: truthy(arg(call, 0, 'flow_style', false)), sortKeys: true }).replace(/\n$/, '');
    },
    { markup: false },
  ),
  load_yaml: reader('load_yaml', loadYaml),
  load_json: reader('load_json', loadJson),
  load_text: own((of) => of),
};
