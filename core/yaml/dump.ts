/** YAML as Salt prints it: block style, keys in order, what would be read as another type in quotes. */

import { toBase64 } from '../json.ts';
import { reprFloat } from '../python/print.ts';
import { Bytes, Dict, Tuple, type Value } from '../value.ts';
import { resolvePlain } from './scalar.ts';

export function yamlText(value: Value): string {
  return `${block(value, 0)}\n`;
}

/** PyYAML's safe_dump: block style, or one flow line. */
export function dumpYaml(value: Value, { flow }: { readonly flow: boolean }): string {
  return flow ? flowText(value) : yamlText(value);
}

function flowText(value: Value): string {
  if (value instanceof Dict) return `{${[...value].map(([key, item]) => `${flowText(key)}: ${flowText(item)}`).join(', ')}}`;
  const items = value instanceof Tuple ? value.items : value;
  if (Array.isArray(items)) return `[${items.map(flowText).join(', ')}]`;
  const text = scalar(value);
  return typeof value === 'string' && text === value && /[,[\]{}]/.test(text) ? `'${text}'` : text;
}

function block(value: Value, indent: number): string {
  const pad = ' '.repeat(indent);
  if (value instanceof Dict && value.size > 0) {
    return [...value].map(([key, item]) => `${pad}${scalar(key)}:${nested(item, indent)}`).join('\n');
  }
  const items = value instanceof Tuple ? value.items : value;
  if (Array.isArray(items) && items.length > 0) {
    return items
      .map((item) => `${pad}-${isNested(item) ? ` ${block(item, indent + 2).trimStart()}` : ` ${scalar(item)}`}`)
      .join('\n');
  }
  return pad + scalar(value);
}

function nested(item: Value, indent: number): string {
  if (!isNested(item)) return ` ${scalar(item)}`;
  return `\n${block(item, item instanceof Dict ? indent + 2 : indent)}`;
}

function isNested(value: Value): boolean {
  return (
    (value instanceof Dict && value.size > 0) ||
    (Array.isArray(value) && value.length > 0) ||
    (value instanceof Tuple && value.items.length > 0)
  );
}

function scalar(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number')
    return Number.isFinite(value) ? reprFloat(value) : Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
  if (typeof value === 'string') return scalarText(value);
  if (value instanceof Bytes) return `!!binary ${toBase64(value.bytes)}`;
  return value instanceof Dict ? '{}' : '[]';
}

const PLAIN = /^[^\s\-?:,[\]{}#&*!|>'"%@`][^\n\r]*$/;

function scalarText(text: string): string {
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text)) return JSON.stringify(text);
  if (text.includes('\n')) return `'${text.replaceAll("'", "''").replace(/\n/g, '\n\n  ')}'`;
  const plain =
    (PLAIN.test(text) || /^-[^\s-]/.test(text)) &&
    !/: |:$| #|\s$/.test(text) &&
    resolvePlain(text) === text &&
    text !== '=' &&
    text !== '<<';
  return plain && !/^\d{4}-\d\d?-\d\d?/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}
