/** Salt's `table` outputter: lists of mappings, of lists or of texts as tables. Where Salt drops the columns and lines that its first row lacks, they are shown. */
import { lengthOf } from '../../core/python/code-points.ts';
import { title } from '../../core/python/letter-case.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, Tuple, typeName, type Value } from '../../core/value.ts';
import { type Paint, paintOf } from './colors.ts';
import { type Look, Unfit } from './look.ts';
import { strictlySorted } from './nested.ts';

/** Columns are wrapped at blanks beyond this. */
const WIDTH = 50;

export function table(value: Value, look: Look): string {
  return display(value, 0, paintOf(look.color)).join('\n');
}

function display(value: Value, indent: number, paint: Paint): string[] {
  const items = itemsOf(value);
  if (items) return rowsOf(items, indent, paint);
  if (!(value instanceof Dict)) return [];
  const pad = ' '.repeat(indent);
  return entriesOf(value).flatMap(([key, item]) => {
    const inner = itemsOf(item);
    return [
      `${pad}${paint('DARK_GRAY', pyStr(key))}:`,
      pad + paint('DARK_GRAY', '----------'),
      ...(inner ? rowsOf(inner, indent, paint) : display(item, indent + 4, paint)),
    ];
  });
}

function entriesOf(dict: Dict): [Value, Value][] {
  const sorted = strictlySorted(dict);
  if (!sorted) throw new Unfit();
  return sorted;
}

function itemsOf(value: Value): readonly Value[] | undefined {
  if (Array.isArray(value)) return value;
  return value instanceof Tuple ? value.items : undefined;
}

function rowsOf(rows: readonly Value[], indent: number, paint: Paint): string[] {
  const first = rows[0];
  if (first === undefined || rows.some((row) => typeName(row) !== typeName(first))) return [];
  if (first instanceof Dict) {
    const keys = [...new Set(rows.flatMap((row) => entriesOf(row as Dict).map(([key]) => pyStr(key))))];
    const labels = keys.map((key) => title(key.replaceAll('_', ' ')));
    const cells = rows.map((row) => {
      const texts = new Map([...(row as Dict)].map(([key, item]) => [pyStr(key), pyStr(item)] as const));
      return keys.map((key) => texts.get(key) ?? '');
    });
    return draw([labels, ...cells], indent + 4, paint);
  }
  return draw(
    rows.map((row) => (typeof row === 'string' ? [row] : cellsOf(row))),
    indent + 4,
    paint,
  );
}

function cellsOf(row: Value): string[] {
  const cells = itemsOf(row);
  if (!cells?.every((cell) => typeof cell === 'string')) throw new Unfit();
  return cells as string[];
}

/** Each row with the lines of its cells; a ruler before, between and after. */
function draw(rows: readonly (readonly string[])[], indent: number, paint: Paint): string[] {
  const pad = ' '.repeat(indent);
  const wrapped = rows.map((row) => row.map((cell) => wrap(cell).split('\n')));
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...wrapped.flatMap((row) => row[column] ?? []).map(lengthOf)),
  );
  const ruler = pad + paint('LIGHT_GRAY', '-'.repeat(widths.reduce((sum, width) => sum + width, 4 + 3 * (columns - 1))));
  return [
    ruler,
    ...wrapped.flatMap((row) => {
      const height = Math.max(...row.map((cell) => cell.length));
      const lines = Array.from({ length: height }, (_, i) =>
        widths.map((width, column) => center(row[column]?.[i] ?? '', width)),
      );
      return [...lines.map((line) => pad + paint('WHITE', `| ${line.join(' | ')} |`)), ruler];
    }),
  ];
}

/** Breaks at the blank before the word that would reach the width. */
function wrap(text: string): string {
  return text.split(' ').reduce((line, word) => {
    const last = line.slice(line.lastIndexOf('\n') + 1);
    const full = lengthOf(last) + lengthOf(word.split('\n')[0] as string) >= WIDTH;
    return `${line}${full ? '\n' : ' '}${word}`;
  });
}

/** Python's `str.center`. */
function center(text: string, width: number): string {
  const missing = Math.max(0, width - lengthOf(text));
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return ' '.repeat(left) + text + ' '.repeat(missing - left);
}
