/** Python's str.format, safely: items and plain members, no attribute that leads out of the data. */
import { pyRepr } from '../../python/print.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { formatFloat, kind, OperationError } from './operate.ts';
import { concat, isTainted, isText, plain, slice, strip, type Text, tainted, toText } from './text.ts';

export function formatString(format: string | Text, args: readonly Value[], kwargs: Dict): string | Text {
  const text = plain(format);
  const pieces: (string | Text)[] = [];
  let auto = 0;
  const lookUp = (name: string): Value => {
    const [first = '', ...rest] = name.split(/(?=[.[])/);
    let value: Value | undefined;
    if (first === '' || /^\d+$/.test(first)) value = args[first === '' ? auto++ : Number(first)];
    else value = kwargs.get(first);
    if (value === undefined)
      throw new OperationError(
        /^\d*$/.test(first) ? 'Replacement index out of range for positional args tuple' : pyRepr(first),
        'jinja.value',
      );
    for (const step of rest) {
      const key = step.startsWith('[') ? step.slice(1, -1) : step.slice(1);
      if (key.startsWith('_') || step.startsWith('.'))
        throw new OperationError(
          `access to attribute ${pyRepr(key)} of ${pyRepr(kind(value))} object is unsafe.`,
          'jinja.security',
        );
      const next: Value | undefined =
        value instanceof Dict
          ? value.get(key)
          : Array.isArray(value) || value instanceof Tuple
            ? (Array.isArray(value) ? value : value.items)[Number(key)]
            : undefined;
      if (next === undefined) throw new OperationError(pyRepr(key), 'jinja.value');
      value = next;
    }
    return value;
  };
  const field = (body: string): string | Text => {
    const found = /^([^!:]*)(?:!([rsa]))?(?::([\s\S]*))?$/.exec(body);
    if (!found) throw new OperationError("expected '}' before end of string", 'jinja.value');
    const [, name = '', conversion, spec = ''] = found;
    const value = lookUp(name);
    const filled = plain(spec.includes('{') ? formatString(spec, args, kwargs) : spec);
    if (conversion)
      return formatValue(conversion === 's' ? (toText(value) as Value) : pyRepr(strip(value)), filled, isTainted(value));
    return formatValue(value, filled, isTainted(value));
  };
  for (let i = 0; i < text.length; ) {
    if (text.startsWith('{{', i) || text.startsWith('}}', i)) {
      pieces.push(text[i] as string);
      i += 2;
    } else if (text[i] === '{') {
      let depth = 1;
      let end = i + 1;
      for (; end < text.length && depth > 0; end += 1) depth += text[end] === '{' ? 1 : text[end] === '}' ? -1 : 0;
      if (depth > 0) throw new OperationError("Single '{' encountered in format string", 'jinja.value');
      pieces.push(field(text.slice(i + 1, end - 1)));
      i = end;
    } else if (text[i] === '}') throw new OperationError("Single '}' encountered in format string", 'jinja.value');
    else {
      const next = text.slice(i).search(/[{}]/);
      const end = next < 0 ? text.length : i + next;
      pieces.push(slice(format, i, end));
      i = end;
    }
  }
  return concat(pieces);
}

const SPEC = /^(?:([\s\S])?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u;

/** `format(value, spec)` */
export function formatValue(value: Value, spec: string, taint: boolean): string | Text {
  if (spec === '') return toText(value);
  const found = SPEC.exec(spec);
  if (!found) throw new OperationError('Invalid format specifier', 'jinja.value');
  const [, fillChar, alignment, sign = '-', alternate, zero, widthText, group, precisionText, type] = found;
  const width = Number(widthText ?? 0);
  const precision = precisionText === undefined ? undefined : Number(precisionText);
  if (width > 1_000_000 || (precision ?? 0) > 1_000_000) throw new OperationError('a field that is too wide', 'jinja.budget');
  const isNumber = typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';
  let body: string;
  if (!isNumber || type === 's') {
    if (!isText(value) && !isNumber) throw new OperationError(`unsupported format string passed to ${kind(value)}.__format__`);
    const text = plain(toText(value));
    if (type && type !== 's') throw new OperationError(`Unknown format code '${type}' for object of type 'str'`, 'jinja.value');
    body = precision === undefined ? text : [...text].slice(0, precision).join('');
  } else
    body = numberText(value as bigint | number | boolean, { sign, alternate: alternate !== undefined, group, precision, type });
  const missing = width - [...body].length;
  const fill = fillChar ?? (zero ? '0' : ' ');
  const align = alignment ?? (zero && isNumber ? '=' : isNumber ? '>' : '<');
  const out = missing <= 0 ? body : place(body, { missing, fill, align });
  return taint ? tainted(out) : out;
}

function place(body: string, { missing, fill, align }: { missing: number; fill: string; align: string }): string {
  if (align === '<') return body + fill.repeat(missing);
  if (align === '>') return fill.repeat(missing) + body;
  if (align === '^') return fill.repeat(Math.floor(missing / 2)) + body + fill.repeat(Math.ceil(missing / 2));
  const sign = /^[-+ ]/.test(body) ? 1 : 0;
  return body.slice(0, sign) + fill.repeat(missing) + body.slice(sign);
}

interface NumberSpec {
  readonly sign: string;
  readonly alternate: boolean;
  readonly group: string | undefined;
  readonly precision: number | undefined;
  readonly type: string | undefined;
}

function numberText(value: bigint | number | boolean, { sign, alternate, group, precision, type }: NumberSpec): string {
  const amount = typeof value === 'boolean' ? (value ? 1n : 0n) : value;
  const negative = amount < 0;
  let digits: string;
  const integer = typeof amount === 'bigint' && (type === undefined || 'bdoxXnc'.includes(type));
  if (integer) {
    const absolute = negative ? -amount : amount;
    const base = { b: 2, o: 8, x: 16, X: 16 }[type ?? ''] ?? 10;
    if (type === 'c') return String.fromCodePoint(Number(amount));
    digits = absolute.toString(base);
    if (type === 'X') digits = digits.toUpperCase();
    if (alternate && base !== 10) digits = `0${type}${digits}`;
  } else {
    if (type && 'bdoxXc'.includes(type))
      throw new OperationError(`Unknown format code '${type}' for object of type 'float'`, 'jinja.value');
    const absolute = Math.abs(Number(amount));
    if (type === '%') digits = `${formatFloat(absolute * 100, 'f', precision ?? 6)}%`;
    else if (type === undefined && precision === undefined) digits = pyRepr(absolute);
    else digits = formatFloat(absolute, type === 'n' || type === undefined ? 'g' : type, precision ?? 6);
  }
  if (group) digits = digits.replace(/^(\d+)/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, group));
  return `${negative ? '-' : sign === '-' ? '' : sign}${digits}`;
}
