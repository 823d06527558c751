/** Filters over text and numbers. */
import { dumpJson } from '../../python/json.ts';
import { pyRepr } from '../../python/print.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { parseFloatText } from '../../yaml/scalar.ts';
import type { Filter } from './filter.ts';
import { stringMethods } from './methods.ts';
import { fixed, formatPercent, iterate, kind, OperationError, truthy, Undefined } from './operate.ts';
import { arg, integer } from './parameters.ts';
import { asValue, concat, isText, plain, slice, strip, Text, toText } from './text.ts';

const text = (run: (value: string, call: Parameters<Filter['run']>[1]) => Value): Filter => ({
  run: (of, call) => run(plain(toText(of)), call),
});

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&#34;' };
export const escapeHtml = (value: string) => value.replace(/[&<>'"]/g, (char) => HTML[char] as string);

function toInt(of: Value, standard: Value, base: number): Value {
  if (typeof of === 'bigint') return of;
  if (typeof of === 'boolean') return of ? 1n : 0n;
  if (typeof of === 'number') return Number.isFinite(of) ? BigInt(Math.trunc(of)) : standard;
  if (!isText(of)) return standard;
  const body = plain(of)
    .trim()
    .toLowerCase()
    .replace(/(?<=\w)_(?=\w)/g, '');
  const sign = body.startsWith('-') ? -1n : 1n;
  let digits = body.replace(/^[-+]/, '');
  if (base === 16) digits = digits.replace(/^0x/, '');
  else if (base === 8) digits = digits.replace(/^0o/, '');
  else if (base === 2) digits = digits.replace(/^0b/, '');
  const allowed = '0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, base);
  if (digits !== '' && [...digits].every((char) => allowed.includes(char)))
    return sign * [...digits].reduce((sum, char) => sum * BigInt(base) + BigInt(allowed.indexOf(char)), 0n);
  const float = pythonFloat(body);
  return float !== null && Number.isFinite(float) ? BigInt(Math.trunc(float)) : standard;
}

function pythonFloat(body: string): number | null {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/.test(body)) return Number(body);
  if (/^[-+]?(inf|infinity)$/.test(body)) return body.startsWith('-') ? -Infinity : Infinity;
  return /^[-+]?nan$/.test(body) ? Number.NaN : null;
}

function round(value: number, digits: number, method: string): number {
  if (method === 'common') return pythonRound(value, digits);
  const scale = 10 ** digits;
  return (method === 'ceil' ? Math.ceil(value * scale) : Math.floor(value * scale)) / scale;
}

/** Half to even, on the exact binary value. */
export function pythonRound(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  if (digits > 0) return Number(fixed(value, Math.min(digits, 100)));
  const scale = 10 ** -digits;
  const scaled = value / scale;
  const floor = Math.floor(scaled);
  const half = scaled - floor === 0.5;
  return (half ? (floor % 2 === 0 ? floor : floor + 1) : Math.round(scaled)) * scale;
}

/** `textwrap` as Jinja uses it. */
function wordwrap(
  value: string,
  { width, breakLong, separator, hyphens }: { width: number; breakLong: boolean; separator: string; hyphens: boolean },
): string {
  return value
    .split(/\r\n|\n|\r/)
    .map((line) => {
      const words = line
        .split(hyphens ? /(\s+)|(?<=[^\s-]-)(?=[^\s-])/ : /(\s+)/)
        .filter((word) => word !== undefined && word !== '');
      const lines: string[] = [];
      let current = '';
      for (let word of words) {
        while (breakLong && word.trim() !== '' && [...word].length > width) {
          const room = width - [...current].length;
          if (room <= 0) {
            lines.push(current.trimEnd());
            current = '';
            continue;
          }
          lines.push(current + word.slice(0, room));
          current = '';
          word = word.slice(room);
        }
        if ([...(current + word)].length > width && current !== '') {
          lines.push(current.trimEnd());
          current = word.trim() === '' ? '' : word;
        } else if (!(current === '' && word.trim() === '' && lines.length > 0)) current += word;
      }
      if (current !== '') lines.push(current.trimEnd());
      return lines.join(separator);
    })
    .join(separator);
}

function urlencode(value: string, safe: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%2F/g, safe.includes('/') ? '/' : '%2F');
}

export const textFilters: Readonly<Record<string, Filter>> = {
  upper: text((value) => value.toUpperCase()),
  lower: text((value) => value.toLowerCase()),
  capitalize: text((value) => {
    const [first = '', ...rest] = value;
    return first.toUpperCase() + rest.join('').toLowerCase();
  }),
  title: text((value) =>
    value
      .split(/([-\s({[<]+)/)
      .map((word) => (word === '' ? '' : (word[0] as string).toUpperCase() + word.slice(1).toLowerCase()))
      .join(''),
  ),
  trim: {
    aware: true,
    run: (of, call) =>
      (stringMethods.strip as NonNullable<typeof stringMethods.strip>)(
        toText(of),
        arg(call, 0, 'chars') === null ? [] : [arg(call, 0, 'chars')],
        new Dict(),
      ),
  },
  string: { aware: true, run: (of) => asValue(toText(of)) },
  replace: {
    aware: true,
    run: (of, call) => {
      const count = arg(call, 2, 'count');
      return (stringMethods.replace as NonNullable<typeof stringMethods.replace>)(
        toText(of),
        [asValue(toText(arg(call, 0, 'old'))), asValue(toText(arg(call, 1, 'new'))), ...(count === null ? [] : [count])],
        new Dict(),
      );
    },
  },
  format: {
    aware: true,
    run: (of, { args, kwargs }) => {
      if (args.length > 0 && kwargs.size > 0)
        throw new OperationError("can't handle positional and keyword arguments at the same time");
      return asValue(formatPercent(toText(of), kwargs.size > 0 ? kwargs : new Tuple(args)));
    },
  },
  indent: {
    aware: true,
    run: (of, call) => {
      const width = arg(call, 0, 'width', 4n);
      const pad = isText(width) ? plain(width) : ' '.repeat(integer(width));
      const [first, blank] = [truthy(arg(call, 1, 'first', false)), truthy(arg(call, 2, 'blank', false))];
      const whole = toText(of);
      const body = plain(whole);
      const lines: (string | Text)[] = [];
      let from = 0;
      for (const part of body.split('\n')) {
        lines.push(slice(whole, from, from + part.length));
        from += part.length + 1;
      }
      const pieces = lines.flatMap((line, i) => {
        const indented = i === 0 ? first : blank || plain(line) !== '';
        return [...(i > 0 ? ['\n'] : []), ...(indented ? [pad] : []), line];
      });
      // A grafted value stays one: its own printing is indented, not the value.
      const only = whole instanceof Text && whole.parts.length === 1 ? whole.parts[0] : undefined;
      const result = concat(pieces);
      if (only?.value === undefined) return asValue(result);
      return asValue(new Text([{ text: plain(result), tainted: true, value: only.value }]));
    },
  },
  center: text((value, call) => {
    const width = integer(arg(call, 0, 'width', 80n));
    const missing = Math.max(0, Math.min(100_000, width - [...value].length));
    const left = Math.floor(missing / 2) + (missing & width & 1);
    return ' '.repeat(left) + value + ' '.repeat(missing - left);
  }),
  truncate: text((value, call) => {
    const [length, kill, end, leeway] = [
      integer(arg(call, 0, 'length', 255n)),
      truthy(arg(call, 1, 'killwords', false)),
      plain(toText(arg(call, 2, 'end', '...'))),
      integer(arg(call, 3, 'leeway', 5n)),
    ];
    const characters = [...value];
    if (characters.length <= length + leeway) return value;
    const head = characters.slice(0, Math.max(0, length - [...end].length)).join('');
    if (kill) return head + end;
    const cut = head.lastIndexOf(' ');
    return (cut < 0 ? head : head.slice(0, cut)) + end;
  }),
  wordcount: text((value) => BigInt(value.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)),
  wordwrap: text((value, call) =>
    wordwrap(value, {
      width: Math.max(1, integer(arg(call, 0, 'width', 79n))),
      breakLong: truthy(arg(call, 1, 'break_long_words', true)),
      separator: arg(call, 2, 'wrapstring') === null ? '\n' : plain(toText(arg(call, 2, 'wrapstring'))),
      hyphens: truthy(arg(call, 3, 'break_on_hyphens', true)),
    }),
  ),
  striptags: text((value) =>
    value
      .replace(/<!--[\s\S]*?-->/g, '')
      .replace(/<[^>]*>/g, '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .join(' ')
      .replace(
        /&(amp|lt|gt|quot|#39|#34);/g,
        (_all, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#34': '"' })[name] ?? '',
      ),
  ),
  escape: text(escapeHtml),
  e: text(escapeHtml),
  forceescape: text(escapeHtml),
  safe: { aware: true, run: (of) => asValue(toText(of)) },
  urlencode: {
    run: (of) => {
      if (isText(of)) return urlencode(plain(of), '/');
      const pairs = of instanceof Dict ? [...of] : iterate(of).map((pair) => iterate(pair) as [Value, Value]);
      const quote = (value: Value) => urlencode(plain(toText(value)), '').replaceAll('%20', '+');
      return pairs.map(([key, value]) => `${quote(key)}=${quote(value)}`).join('&');
    },
  },
  urlize: text((value) => value),
  int: { run: (of, call) => toInt(of, arg(call, 0, 'default', 0n), integer(arg(call, 1, 'base', 10n))) },
  float: {
    run: (of, call) => {
      if (typeof of === 'number') return of;
      if (typeof of === 'bigint' || typeof of === 'boolean') return Number(of);
      const float = isText(of)
        ? pythonFloat(
            plain(of)
              .trim()
              .toLowerCase()
              .replace(/(?<=\d)_(?=\d)/g, ''),
          )
        : null;
      return float ?? arg(call, 0, 'default', 0);
    },
  },
  abs: {
    run: (of) => {
      if (typeof of === 'bigint') return of < 0n ? -of : of;
      if (typeof of === 'boolean') return of ? 1n : 0n;
      if (typeof of === 'number') return Math.abs(of);
      throw new OperationError(`bad operand type for abs(): '${kind(of)}'`);
    },
  },
  round: {
    run: (of, call) => {
      const [digits, method] = [integer(arg(call, 0, 'precision', 0n)), plain(toText(arg(call, 1, 'method', 'common')))];
      if (!['common', 'ceil', 'floor'].includes(method))
        throw new OperationError('method must be common, ceil or floor', 'jinja.value');
      if (typeof of === 'bigint' && method === 'common') return digits >= 0 ? of : BigInt(pythonRound(Number(of), digits));
      if (typeof of !== 'number' && typeof of !== 'bigint' && typeof of !== 'boolean')
        throw new OperationError(`type ${kind(of)} doesn't define __round__ method`);
      return round(Number(of), digits, method);
    },
  },
  filesizeformat: {
    run: (of, call) => {
      const bytes =
        typeof of === 'number' || typeof of === 'bigint' ? Number(of) : (parseFloatText(plain(toText(of))) ?? Number.NaN);
      const binary = truthy(arg(call, 0, 'binary', false));
      const base = binary ? 1024 : 1000;
      if (bytes === 1) return '1 Byte';
      if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
      const units = (binary ? ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'] : ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']).map(
        (unit) => `${unit}B`,
      );
      let size = base;
      for (const unit of units) {
        size *= base;
        if (bytes < size) return `${((base * bytes) / size).toFixed(1)} ${unit}`;
      }
      return `${((base * bytes) / size).toFixed(1)} ${units.at(-1)}`;
    },
  },
  default: { aware: true, undefined: true, run: (of, call) => standard(of, call) },
  d: { aware: true, undefined: true, run: (of, call) => standard(of, call) },
  pprint: { run: (of) => pyRepr(strip(of)) },
  tojson: {
    aware: true,
    undefined: true,
    run: (of, call) => {
      const indent = arg(call, 0, 'indent');
      const json = dumpJson(strip(of), { ...(indent !== null && { indent: integer(indent) }) }).replace(
        /[<>&']/g,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      return grafted(of, json);
    },
  },
  raw: { aware: true, run: (of) => plain(toText(of)) },
};

function standard(of: Value, call: Parameters<Filter['run']>[1]): Value {
  const other = arg(call, 0, 'default_value', '');
  if ((of as unknown) instanceof Undefined) return other;
  return truthy(arg(call, 1, 'boolean', false)) && !truthy(of) ? other : of;
}

/** A serialized value: put in as the value where it stands alone, literal text elsewhere. */
export function grafted(of: Value, printed: string, value: Value = of): Value {
  const any = of as unknown;
  if (any instanceof Undefined) return of;
  return taintedIn(of) ? asValue(new Text([{ text: printed, tainted: true, value }])) : printed;
}

function taintedIn(of: Value): boolean {
  if ((of as unknown) instanceof Text) return true;
  if (Array.isArray(of)) return of.some(taintedIn);
  if (of instanceof Tuple) return of.items.some(taintedIn);
  return of instanceof Dict && (of.constructor !== Dict || [...of.values()].some(taintedIn));
}
