/** Salt's filters over text: expressions, quoting, names, dates, numbers. */
import { BrineError } from '../../errors.ts';
import { matchGlob } from '../../glob.ts';
import { encodeText } from '../../python/codec.ts';
import { PythonError } from '../../python/error.ts';
import { toFloatValue, toInt } from '../../python/number.ts';
import { pyRepr, pyStr } from '../../python/print.ts';
import { isSpace } from '../../python/text-ranges.ts';
import { compileRegex } from '../../regex/compile.ts';
import { Bytes, Tuple, type Value } from '../../value.ts';
import { type Filter, type FilterCall, own, pure, str, text } from './filter.ts';
import { methodOf } from './methods.ts';
import { contains, same, truthy } from './operate.ts';
import { arg } from './parameters.ts';
import { iterate, lengthOf } from './sequences.ts';
import { asValue, isText, plain, Text, toText } from './text.ts';
import { kind, OperationError, python } from './values.ts';

function quoteShell(word: string): string {
  if (word === '') return "''";
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

const flags = (call: FilterCall, i: number) => ({
  ignoreCase: truthy(arg(call, i, 'ignorecase', false)),
  multiline: truthy(arg(call, i + 1, 'multiline', false)),
});

/** Characters that an expression may go over: more than any event holds. */
const SEARCHED = 300_000;

function regex(call: FilterCall, i: number, of: Value) {
  if (typeof of === 'string' && of.length > SEARCHED)
    throw new OperationError(`more than ${SEARCHED} characters for a regular expression`, 'jinja.budget');
  return located(() => compileRegex(str(arg(call, 0, 'rgx'), 'a regular expression'), flags(call, i)));
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

function groupsOf(found: { groups: readonly (string | null)[] } | null): Value {
  if (!found) return null;
  return new Tuple(found.groups.length > 1 ? found.groups.slice(1) : [found.groups[0] ?? null]);
}

/** A number of a text; the text itself where it is none. */
export function toNumber(of: Value): Value {
  for (const read of [toInt, toFloatValue]) {
    try {
      return read(of);
    } catch (error) {
      if (!(error instanceof PythonError)) throw error;
      if (error.type !== 'ValueError') throw new OperationError(error.message);
    }
  }
  return of;
}

function camelCase(word: string, upper: boolean): string {
  const [first = '', ...rest] = word.split('_');
  const capital = (part: string) => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase();
  return (upper ? capital(first) : first) + rest.map(capital).join('');
}

/** An underscore before a capital that follows a small letter, or that a small letter follows. */
function snakeCase(word: string): string {
  if (word === '') throw new OperationError('string index out of range', 'jinja.value');
  const letters = [...word];
  const [upper, lower] = [(letter = '') => /^\p{Lu}$/u.test(letter), (letter = '') => /^\p{Ll}$/u.test(letter)];
  return letters
    .map((letter, i) =>
      (i > 0 && upper(letter) && (lower(letters[i - 1]) || lower(letters[i + 1])) ? `_${letter}` : letter).toLowerCase(),
    )
    .join('');
}

/** Its members as globs, or as expressions that fit the whole; what is no text fits none. */
function listed(value: Value, lists: Value): boolean {
  const members = typeof lists === 'string' ? [lists] : iterate(lists);
  return members.some((pattern) => {
    if (typeof value !== 'string' || typeof pattern !== 'string') return false;
    if (pattern === value || matchGlob(value, pattern)) return true;
    try {
      return compileRegex(`\\A${pattern}\\Z`, { ignoreCase: false, multiline: false }).match(value) !== null;
    } catch (error) {
      if (error instanceof BrineError) return false;
      throw error;
    }
  });
}

function allowed(value: Value, white: Value, black: Value): boolean {
  return !(truthy(black) && listed(value, black)) && !(truthy(white) && !listed(value, white));
}

function humanToBytes(size: string, standard: string, metric: boolean): bigint {
  const found = /^([0-9.]*)\s*([^\n]*)$/.exec(size.trim());
  if (!found) throw new OperationError("'NoneType' object has no attribute 'group'");
  const unit = ((found[2] as string) || standard).toLowerCase();
  const value = toNumber(found[1] as string);
  if (typeof value === 'string') return 0n;
  const decimal = /^[kmgtpezy]b$/.test(unit) && metric;
  if (!/^(b|[kmgtpezy]i?b?)$/.test(unit)) return 0n;
  const power = 'bkmgtpezy'.indexOf(unit[0] as string);
  const scale = decimal ? 1000n ** BigInt(power) : 1024n ** BigInt(power);
  return typeof value === 'bigint' ? value * scale : BigInt(Math.trunc(Number(value) * Number(scale)));
}

/** `os.path.normpath`. */
function normal(path: string): string {
  const root = /^\/\/(?!\/)/.test(path) ? '//' : path.startsWith('/') ? '/' : '';
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || root === '') parts.push(part);
  }
  return root + parts.join('/') || '.';
}

function joinPath(parts: readonly Value[]): string {
  const texts = parts.map((part) => {
    if (typeof part === 'string') return normal(part);
    if (part instanceof Bytes) return normal(new TextDecoder().decode(part.bytes));
    throw new OperationError(`expected str, bytes, or bytearray not <class '${kind(part)}'>`);
  });
  const [root = '', ...rest] = texts;
  const joined = rest
    .map((part) => part.replace(/^\/+/, ''))
    .reduce((path, part) => (path.endsWith('/') || path === '' ? path + part : `${path}/${part}`), root);
  return normal(joined);
}

/** Methods that begin with underscores and only look: `method_call` reaches them past the sandbox, in Salt as here. */
const LOOKS: Readonly<Record<string, (of: Value, args: readonly Value[]) => Value>> = {
  __len__: (of) => lengthOf(of),
  __contains__: (of, [one]) => contains(of, one as Value),
  __eq__: (of, [other]) => same(of, other as Value),
  __str__: (of) => asValue(toText(of)),
  __repr__: (of) => pyRepr(of),
};

export const saltTextFilters: Readonly<Record<string, Filter>> = {
  quote: own((of) => {
    if (!isText(of) && !truthy(of)) return "''";
    if (!isText(of)) str(of, 'quote');
    const word = toText(of);
    const quoted = quoteShell(plain(word));
    return typeof word === 'string' || word.parts.every((part) => !part.tainted)
      ? quoted
      : asValue(new Text([{ text: quoted, tainted: true, safe: true }]));
  }),
  regex_search: pure((of, call) => located(() => groupsOf(regex(call, 1, of).search(str(of, 'regex_search'))))),
  regex_match: pure((of, call) => located(() => groupsOf(regex(call, 1, of).match(str(of, 'regex_match'))))),
  regex_replace: pure((of, call) =>
    located(() => regex(call, 2, of).replace(str(of, 'regex_replace'), str(arg(call, 1, 'val'), 'regex_replace'))),
  ),
  regex_escape: pure((of) => str(of, 'regex_escape').replace(/[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g, '\\$&')),
  method_call: own((of, call) => {
    const [name, ...args] = call.args;
    const look = LOOKS[plain(name as never)];
    if (look) return look(of, args);
    // A method that the value does not have answers None.
    const method = methodOf(of, plain(name as never));
    return method ? call.call(method, args, call.kwargs) : null;
  }),
  is_hex: pure((of) => {
    if (typeof of !== 'string') return false;
    try {
      python(() => toInt(of, 16));
      return true;
    } catch {
      return false;
    }
  }),
  contains_whitespace: pure((of) =>
    iterate(of).some((one) => {
      if (typeof one !== 'string') throw new OperationError(`'${kind(one)}' object has no attribute 'isspace'`);
      return one !== '' && [...one].every(isSpace);
    }),
  ),
  substring_in_list: pure((of, call) => iterate(arg(call, 0, 'lst')).some((one) => contains(one, of))),
  check_whitelist_blacklist: pure((of, call) => allowed(of, arg(call, 0, 'whitelist'), arg(call, 1, 'blacklist')), {
    undefined: true,
  }),
  to_num: pure(toNumber),
  str_to_num: pure(toNumber),
  to_bytes: pure((of, call) => {
    if (of instanceof Bytes) return of;
    const encoding = str(arg(call, 0, 'encoding', 'utf-8'), 'to_bytes');
    return new Bytes(python(() => encodeText(str(of, 'to_bytes'), encoding, str(arg(call, 1, 'errors', 'strict'), 'to_bytes'))));
  }),
  to_snake_case: pure((of) => snakeCase(str(of, 'to_snake_case'))),
  to_camelcase: pure((of, call) => camelCase(str(of, 'to_camelcase'), truthy(arg(call, 0, 'uppercamel', false)))),
  human_to_bytes: pure((of, call) =>
    humanToBytes(
      pyStr(of),
      str(arg(call, 0, 'default_unit', 'B'), 'human_to_bytes'),
      truthy(arg(call, 1, 'handle_metric', false)),
    ),
  ),
  path_join: pure((of, { args }) => joinPath([of, ...args])),
  skip: own(() => '', { undefined: true }),
  strftime: pure(dateFormat),
  date_format: pure(dateFormat),
  mac_str_to_bytes: text((mac) => {
    const found = /^(?:[0-9a-f]{2}([:-]?))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(mac);
    if (!found) throw new OperationError('Invalid MAC address', 'jinja.value');
    return new Bytes(Uint8Array.from(mac.replace(/[:-]/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
  }),
};

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** Seconds since 1970 of a number, or of a text that is one. Other texts would need timelib, which Salt may have and Brine has not. */
function timeOf(of: Value): number {
  try {
    if (typeof of === 'bigint' || typeof of === 'number' || typeof of === 'boolean') return Number(of);
    if (typeof of === 'string') return Number(toFloatValue(of));
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
  }
  throw unreadable(of);
}

function unreadable(of: Value): OperationError {
  return new OperationError(`Unable to parse ${pyStr(of)}: give seconds since 1970`, 'jinja.value');
}

function dateFormat(of: Value, call: FilterCall): string {
  const format = str(arg(call, 0, 'format', '%Y-%m-%d'), 'strftime');
  const at = of === null ? call.env.now : timeOf(of) * 1000;
  const date = new Date(at);
  // Years beyond Python's.
  if (!(date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999)) throw unreadable(of);
  const two = (value: number) => String(value).padStart(2, '0');
  const year = date.getUTCFullYear();
  const dayOfYear = Math.floor((Date.UTC(year, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(year, 0, 0)) / 86_400_000);
  const weekday = date.getUTCDay();
  const parts: Readonly<Record<string, string>> = {
    Y: String(year),
    y: two(year % 100),
    C: two(Math.floor(year / 100)),
    m: two(date.getUTCMonth() + 1),
    d: two(date.getUTCDate()),
    e: String(date.getUTCDate()).padStart(2, ' '),
    H: two(date.getUTCHours()),
    I: two(date.getUTCHours() % 12 || 12),
    M: two(date.getUTCMinutes()),
    S: two(date.getUTCSeconds()),
    f: String(date.getUTCMilliseconds() * 1000).padStart(6, '0'),
    p: date.getUTCHours() < 12 ? 'AM' : 'PM',
    a: (DAYS[weekday] as string).slice(0, 3),
    A: DAYS[weekday] as string,
    b: (MONTHS[date.getUTCMonth()] as string).slice(0, 3),
    h: (MONTHS[date.getUTCMonth()] as string).slice(0, 3),
    B: MONTHS[date.getUTCMonth()] as string,
    w: String(weekday),
    u: String(weekday || 7),
    j: String(dayOfYear).padStart(3, '0'),
    U: two(Math.floor((dayOfYear + 6 - weekday) / 7)),
    W: two(Math.floor((dayOfYear + 6 - ((weekday + 6) % 7)) / 7)),
    s: String(Math.floor(at / 1000)),
    n: '\n',
    t: '\t',
    Z: '',
    z: '',
    '%': '%',
  };
  const combined: Readonly<Record<string, string>> = {
    F: '%Y-%m-%d',
    T: '%H:%M:%S',
    R: '%H:%M',
    D: '%m/%d/%y',
    x: '%m/%d/%y',
    X: '%H:%M:%S',
    c: '%a %b %e %H:%M:%S %Y',
    r: '%I:%M:%S %p',
  };
  return format
    .replace(/%([FTRDxXcr])/g, (_all, name: string) => combined[name] as string)
    .replace(/%([a-zA-Z%])/g, (all, name: string) => parts[name] ?? all);
}
