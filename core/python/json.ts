/** Python's json.dumps: `", "` and `": "`, True as true, keys that are no text as text; what Salt's line format and `tojson` print. */
import { Bytes, Dict, Tuple, type Value } from '../value.ts';
import { pyStr, reprFloat } from './print.ts';

export interface DumpOptions {
  readonly sortKeys?: boolean;
  /** Spaces a level; absent: one line. */
  readonly indent?: number;
  /** Non-ASCII as escapes; true unless said, as in Python. */
  readonly ensureAscii?: boolean;
}

export function dumpJson(value: Value, options: DumpOptions = {}): string {
  return write(value, options, '');
}

function write(value: Value, options: DumpOptions, margin: string): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return writeText(value, options);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number')
    return Number.isNaN(value) ? 'NaN' : Number.isFinite(value) ? reprFloat(value) : value > 0 ? 'Infinity' : '-Infinity';
  if (value instanceof Bytes) return writeText(new TextDecoder().decode(value.bytes), options);
  if (value instanceof Dict) {
    const entries = [...value].map(([key, item]) => [keyText(key), item] as const);
    if (options.sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const inner = margin + ' '.repeat(options.indent ?? 0);
    return wrap(
      entries.map(([key, item]) => `${writeText(key, options)}: ${write(item, options, inner)}`),
      ['{', '}'],
      { options, margin },
    );
  }
  const items = value instanceof Tuple ? value.items : value;
  const inner = margin + ' '.repeat(options.indent ?? 0);
  return wrap(
    items.map((item) => write(item, options, inner)),
    ['[', ']'],
    { options, margin },
  );
}

function wrap(
  parts: readonly string[],
  [open, close]: readonly [string, string],
  { options, margin }: { options: DumpOptions; margin: string },
): string {
  if (parts.length === 0) return open + close;
  if (options.indent === undefined) return `${open}${parts.join(', ')}${close}`;
  const inner = `\n${margin}${' '.repeat(options.indent)}`;
  return `${open}${inner}${parts.join(`,${inner}`)}\n${margin}${close}`;
}

function keyText(key: Value): string {
  if (key === null) return 'null';
  if (typeof key === 'boolean') return key ? 'true' : 'false';
  return pyStr(key);
}

function writeText(text: string, options: DumpOptions): string {
  const json = JSON.stringify(text);
  if (options.ensureAscii === false) return json;
  return json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
