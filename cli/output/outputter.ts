/** Outputters by Salt's names: how one host's return is printed. */
import { encode } from '../../core/json.ts';
import { dumpJson } from '../../core/python/json.ts';
import { pyRepr, pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { yamlText } from '../../core/yaml/dump.ts';
import { nestedLines, type Paint } from './nested.ts';

export interface Outputter {
  /** One host's return, with its newline. */
  one(id: string, value: Value): string;
  /** A value that belongs to no host (runners). */
  bare(value: Value): string;
}

const ESCAPE = '\u001b';
const PLAIN: Paint = { key: (text) => text, value: (text) => text };

function colors(failed: boolean): Paint {
  const wrap = (code: string) => (text: string) => `${ESCAPE}[${code}m${text}${ESCAPE}[0m`;
  return { key: wrap(failed ? '31' : '36'), value: wrap(failed ? '31' : '32') };
}

export interface OutputOptions {
  readonly color: boolean;
  readonly failed: boolean;
}

export function createOutputter(name: string, { color, failed }: OutputOptions): Outputter | undefined {
  const paint = color ? colors(failed) : PLAIN;
  const dict = (id: string, value: Value) => Dict.of({ [id]: value });
  const lines = (list: readonly string[]) => (list.length === 0 ? '' : `${list.join('\n')}\n`);
  switch (name) {
    case 'nested':
      return {
        one: (id, value) => lines([paint.key(`${id}:`), ...nestedLines(value, 4, paint)]),
        bare: (value) => lines(nestedLines(value, 0, paint)),
      };
    case 'json':
      return { one: (id, value) => `${json(dict(id, value))}\n`, bare: (value) => `${json(value)}\n` };
    case 'jsonl':
      return { one: (id, value) => `${encode(dict(id, value))}\n`, bare: (value) => `${encode(value)}\n` };
    case 'yaml':
      return { one: (id, value) => yamlText(dict(id, value)), bare: yamlText };
    case 'raw':
    case 'pprint':
      return { one: (id, value) => `${pyRepr(dict(id, value))}\n`, bare: (value) => `${pyRepr(value)}\n` };
    case 'txt':
      return {
        one: (id, value) =>
          textOf(value)
            .map((line) => `${id}: ${line}\n`)
            .join(''),
        bare: (value) => lines(textOf(value)),
      };
    case 'quiet':
      return { one: () => '', bare: () => '' };
    default:
      return undefined;
  }
}

export const OUTPUTTERS = ['nested', 'json', 'jsonl', 'yaml', 'raw', 'pprint', 'txt', 'quiet'] as const;

function json(value: Value): string {
  return dumpJson(value, { indent: 4, ensureAscii: false });
}

function textOf(value: Value): string[] {
  const text = pyStr(value);
  return text.split('\n');
}

/** What hosts write must not steer a terminal: control characters but newline and tab as escapes. */
export function harmless(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
