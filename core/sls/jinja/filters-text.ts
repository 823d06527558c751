/** Filters over text. */
import { capitalize } from '../../python/letter-case.ts';
import { prettyFormat } from '../../python/pretty.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { type Filter, type FilterCall, own, pure, text } from './filter.ts';
import { call as callMethod } from './methods.ts';
import { formatPercent, truthy } from './operate.ts';
import { arg, integer } from './parameters.ts';
import { lengthOf } from './sequences.ts';
import { asMarkup, asValue, concat, isMarkup, isTainted, isText, mark, plain, slice, Text, toText } from './text.ts';
import { Undefined } from './undefined.ts';
import { kind, OperationError } from './values.ts';

/** A filter whose text stays markup where it was. */
const kept = (run: (value: string, call: FilterCall) => string): Filter =>
  own((of, call) => {
    const result = run(plain(toText(of)), call);
    if (isTainted(of)) return mark(result);
    return isMarkup(of) ? asValue(asMarkup(result)) : result;
  });

const method = (name: string, of: Value, args: readonly Value[]): Value =>
  callMethod(asValue(toText(of)), name, { args, kwargs: new Dict() });

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
            if (current.trim() !== '') lines.push(current.trimEnd());
            current = '';
            continue;
          }
          lines.push(current + word.slice(0, room));
          current = '';
          word = word.slice(room);
        }
        if ([...(current + word)].length > width && current !== '') {
          if (current.trim() !== '') lines.push(current.trimEnd());
          current = word.trim() === '' ? '' : word;
        } else if (!(current === '' && word.trim() === '' && lines.length > 0)) current += word;
      }
      if (current !== '') lines.push(current.trimEnd());
      return lines.join(separator);
    })
    .join(separator);
}

export const textFilters: Readonly<Record<string, Filter>> = {
  upper: kept((value) => value.toUpperCase()),
  lower: kept((value) => value.toLowerCase()),
  capitalize: kept(capitalize),
  title: text((value) =>
    value
      .split(/([-\s({[<]+)/)
      .map((word) => (word === '' ? '' : (word[0] as string).toUpperCase() + word.slice(1).toLowerCase()))
      .join(''),
  ),
  trim: own((of, call) => method('strip', of, arg(call, 0, 'chars') === null ? [] : [arg(call, 0, 'chars')])),
  string: own((of) => asValue(toText(of))),
  replace: own((of, call) => {
    const count = arg(call, 2, 'count');
    const [old, fresh] = [asValue(toText(arg(call, 0, 'old'))), asValue(toText(arg(call, 1, 'new')))];
    return method('replace', asValue(asMarkup(toText(of), false)), [old, fresh, ...(count === null ? [] : [count])]);
  }),
  format: own((of, { args, kwargs }) => {
    if (args.length > 0 && kwargs.size > 0)
      throw new OperationError("can't handle positional and keyword arguments at the same time");
    return asValue(formatPercent(toText(of), kwargs.size > 0 ? kwargs : new Tuple(args)));
  }),
  indent: own((of, call) => {
    const width = arg(call, 0, 'width', 4n);
    const pad = isText(width) ? plain(width) : ' '.repeat(Math.max(0, integer(width)));
    if (!isText(of)) throw new OperationError(`unsupported operand type(s) for +=: '${kind(of)}' and 'str'`);
    if (of === '') return truthy(arg(call, 1, 'first', false)) ? pad : '';
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
  }),
  center: kept((value, call) => {
    const width = Math.min(1_000_000, integer(arg(call, 0, 'width', 80n)));
    const missing = Math.max(0, width - [...value].length);
    const left = Math.floor(missing / 2) + (missing & width & 1);
    return ' '.repeat(left) + value + ' '.repeat(missing - left);
  }),
  truncate: own((of, call) => {
    const [length, kill, end, leeway] = [
      integer(arg(call, 0, 'length', 255n) ?? 255n),
      truthy(arg(call, 1, 'killwords', false)),
      plain(toText(arg(call, 2, 'end', '...'))),
      integer(arg(call, 3, 'leeway', 5n) ?? 5n),
    ];
    if (length < [...end].length) throw new OperationError(`expected length >= ${[...end].length}, got ${length}`, 'jinja.value');
    if (leeway < 0) throw new OperationError(`expected leeway >= 0, got ${leeway}`, 'jinja.value');
    if (Number(lengthOf(of)) <= length + leeway) return of;
    if (!isText(of)) throw new OperationError(`'${kind(of)}' object has no attribute 'rsplit'`);
    const cutOff = shortened(plain(of), { length, kill, end });
    return isTainted(of) || isTainted(call.args) || isTainted(call.kwargs) ? mark(cutOff) : cutOff;
  }),
  wordcount: text((value) => BigInt(value.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)),
  wordwrap: pure((of, call) => {
    if (!isText(of)) throw new OperationError(`'${kind(of)}' object has no attribute 'splitlines'`);
    const width = integer(arg(call, 0, 'width', 79n));
    if (width <= 0 && of !== '') throw new OperationError(`invalid width ${width} (must be > 0)`, 'jinja.value');
    return wordwrap(plain(of), {
      width,
      breakLong: truthy(arg(call, 1, 'break_long_words', true)),
      separator: arg(call, 2, 'wrapstring') === null ? '\n' : plain(toText(arg(call, 2, 'wrapstring'))),
      hyphens: truthy(arg(call, 3, 'break_on_hyphens', true)),
    });
  }),
  default: own(standard, { undefined: true }),
  d: own(standard, { undefined: true }),
  pprint: pure((of) => ((of as unknown) instanceof Undefined ? 'Undefined' : prettyFormat(of)), { undefined: true }),
  raw: own((of) => plain(toText(of))),
};

/** As long as is allowed with its end, cut after a word unless words may be cut. */
function shortened(value: string, { length, kill, end }: { length: number; kill: boolean; end: string }): string {
  const head = [...value].slice(0, length - [...end].length).join('');
  const cut = head.lastIndexOf(' ');
  return (kill || cut < 0 ? head : head.slice(0, cut)) + end;
}

function standard(of: Value, call: Parameters<Filter['run']>[1]): Value {
  const other = arg(call, 0, 'default_value', '');
  if ((of as unknown) instanceof Undefined) return other;
  return truthy(arg(call, 1, 'boolean', false)) && !truthy(of) ? other : of;
}
