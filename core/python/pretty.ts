/** Python's pprint.pformat: mappings by key, a line for each member where one line would be too long. */
import { Dict, Tuple, typeName, type Value } from '../value.ts';
import { compareText } from './code-points.ts';
import { compare } from './compare.ts';
import { PythonError } from './error.ts';
import { pyRepr } from './print.ts';
import { lineRanges } from './text-ranges.ts';

interface At {
  readonly indent: number;
  /** Columns a bracket opens: pprint's `indent`. */
  readonly step: number;
  /** Columns that what follows on the last line will take. */
  readonly allowance: number;
  readonly level: number;
}

/** `pprint.pformat(value)` with its width of 80; `step` is its `indent`. */
export function prettyFormat(value: Value, width = 80, step = 1): string {
  return format(value, { indent: 0, allowance: 0, level: 0, step }, width);
}

function format(value: Value, at: At, width: number): string {
  const line = pyRepr(sortedKeys(value));
  if (line.length <= width - at.indent - at.allowance) return line;
  const inner = { ...at, level: at.level + 1 };
  if (value instanceof Dict) return mapping(value, inner, width);
  if (Array.isArray(value)) return `[${members(value, { ...inner, allowance: at.allowance + 1 }, width)}]`;
  if (value instanceof Tuple) {
    const end = value.items.length === 1 ? ',)' : ')';
    return `(${members(value.items, { ...inner, allowance: at.allowance + end.length }, width)}${end}`;
  }
  return typeof value === 'string' && value !== '' ? text(value, inner, width) : line;
}

/** The same, mappings in the order of their keys. */
function sortedKeys(value: Value): Value {
  if (value instanceof Dict) return Dict.from(entries(value).map(([key, item]) => [key, sortedKeys(item)] as const));
  if (Array.isArray(value)) return value.map(sortedKeys);
  return value instanceof Tuple ? new Tuple(value.items.map(sortedKeys)) : value;
}

function entries(dict: Dict): [Value, Value][] {
  return [...dict].sort(([a], [b]) => {
    try {
      return compare(a, b);
    } catch (error) {
      if (!(error instanceof PythonError)) throw error;
      return compareText(typeName(a), typeName(b));
    }
  });
}

function mapping(dict: Dict, { indent, allowance, level, step }: At, width: number): string {
  const all = entries(dict);
  const lines = all.map(([key, item], i) => {
    const name = `${pyRepr(key)}: `;
    const last = i === all.length - 1;
    return name + format(item, { indent: indent + step + name.length, allowance: last ? allowance + 1 : 1, level, step }, width);
  });
  return `{${open(step)}${lines.join(`,\n${' '.repeat(indent + step)}`)}}`;
}

function members(items: readonly Value[], { indent, allowance, level, step }: At, width: number): string {
  const lines = items.map((item, i) =>
    format(item, { indent: indent + step, allowance: i === items.length - 1 ? allowance : 1, level, step }, width),
  );
  return open(step) + lines.join(`,\n${' '.repeat(indent + step)}`);
}

/** What follows an opening bracket. */
function open(step: number): string {
  return ' '.repeat(Math.max(step - 1, 0));
}

/** A long text in pieces, cut after blanks. */
function text(value: string, at: At, width: number): string {
  const outer = at.level === 1;
  const [indent, allowance] = outer ? [at.indent + 1, at.allowance + 1] : [at.indent, at.allowance];
  const room = width - indent;
  const lines = lineRanges(value, true).map(([from, to]) => value.slice(from, to));
  const chunks: string[] = [];
  lines.forEach((line, i) => {
    const lastLine = i === lines.length - 1;
    if (pyRepr(line).length <= room - (lastLine ? allowance : 0)) {
      chunks.push(pyRepr(line));
      return;
    }
    const words = line.match(/\S*\s*/gu)?.filter((word) => word !== '') ?? [];
    let current = '';
    words.forEach((word, j) => {
      const limit = room - (lastLine && j === words.length - 1 ? allowance : 0);
      if (pyRepr(current + word).length > limit) {
        if (current !== '') chunks.push(pyRepr(current));
        current = word;
      } else current += word;
    });
    if (current !== '') chunks.push(pyRepr(current));
  });
  if (chunks.length === 1) return pyRepr(value);
  const whole = chunks.join(`\n${' '.repeat(indent)}`);
  return outer ? `(${whole})` : whole;
}
