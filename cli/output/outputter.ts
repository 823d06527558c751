/** Outputters by Salt's names: a value → the text that is printed. */
import { encode } from '../../core/json.ts';
import { dumpJson } from '../../core/python/json.ts';
import { prettyFormat } from '../../core/python/pretty.ts';
import { pyRepr, pyStr } from '../../core/python/print.ts';
import { stripRange } from '../../core/python/text-ranges.ts';
import { Bytes, Dict, Tuple, type Value } from '../../core/value.ts';
import { dumpYaml } from '../../core/yaml/dump.ts';
import { highstate } from './highstate.ts';
import { type Look, Unfit } from './look.ts';
import { linesOf, nested } from './nested.ts';
import { table } from './table.ts';

type Outputter = (value: Value, look: Look) => string;

const TABLE = {
  nested: (value, look) => nested(value, look),
  json: (value, { indent = 4 }) => dumpJson(asJson(value), { ensureAscii: false, ...(indent >= 0 && { indent }) }),
  jsonl: (value) => encode(value),
  yaml: (value, { indent }) =>
    dumpYaml(value, { sortKeys: true, flow: (indent ?? 0) < 0, ...(indent !== undefined && { indent }) }),
  txt,
  raw: (value) => pyStr(value),
  pprint: (value, { indent = 1 }) => prettyFormat(value, 80, indent < 0 ? 1 : indent),
  table,
  highstate,
  quiet: () => '',
} as const satisfies Record<string, Outputter>;

export type OutputName = keyof typeof TABLE;
export const OUTPUTTERS = Object.keys(TABLE) as readonly OutputName[];

/** Salt's own second name for one. */
export const OTHER_NAMES: Readonly<Record<string, OutputName>> = { text: 'txt' };

export function isOutputName(name: string): name is OutputName {
  return Object.hasOwn(TABLE, name);
}

/** The whole of what is printed, its last newline too; nothing where nothing is to be seen. */
export function render(name: OutputName, value: Value, look: Look): string {
  const whole = attempt(name, value, look);
  const text = whole.slice(...stripRange(whole, null, 'right'));
  return text === '' ? '' : `${text}\n`;
}

function attempt(name: OutputName, value: Value, look: Look): string {
  try {
    return TABLE[name](value, look);
  } catch (error) {
    if (error instanceof Unfit) return nested(value, look);
    throw error;
  }
}

/** What JSON lacks as Python writes it: bytes, and keys that are tuples. */
function asJson(value: Value): Value {
  if (value instanceof Bytes) return pyRepr(value);
  if (Array.isArray(value)) return value.map(asJson);
  if (value instanceof Tuple) return value.items.map(asJson);
  if (!(value instanceof Dict)) return value;
  return Dict.from(
    [...value].map(([key, item]) => [key instanceof Tuple || key instanceof Bytes ? pyRepr(key) : key, asJson(item)]),
  );
}

/** Of a mapping each line behind its key; text as it is. */
function txt(value: Value): string {
  if (!(value instanceof Dict)) return typeof value === 'string' ? value : prettyFormat(value);
  const lines = [...value].flatMap(([key, item]) => {
    const of = typeof item === 'string' ? linesOf(item) : [pyStr(item)];
    return of.map((line) => `${pyStr(key)}: ${line}\n`);
  });
  return lines.join('');
}

/** What hosts write must not steer a terminal: control characters but newline and tab as escapes. */
export function harmless(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
