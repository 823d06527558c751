/** Salt's `nested` outputter (salt-semantics 5.6): names and indentation, Python's words, sorted keys. */
import { pyStr } from '../../core/python/print.ts';
import { Dict, Tuple, type Value } from '../../core/value.ts';

export interface Paint {
  key(text: string): string;
  value(text: string): string;
}

/** Lines of one value, indented by so many spaces. */
export function nestedLines(value: Value, indent: number, paint: Paint): string[] {
  const pad = ' '.repeat(indent);
  if (value instanceof Dict) {
    const lines = indent > 0 ? [`${pad}${paint.key('----------')}`] : [];
    const keys = [...value.keys()].sort((a, b) => (pyStr(a) < pyStr(b) ? -1 : 1));
    for (const key of keys)
      lines.push(`${pad}${paint.key(`${pyStr(key)}:`)}`, ...nestedLines(value.get(key) as Value, indent + 4, paint));
    return lines;
  }
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = Array.isArray(value) ? value : value.items;
    return items.flatMap((item) => {
      if (item instanceof Dict || Array.isArray(item) || item instanceof Tuple)
        return [`${pad}${paint.key('|_')}`, ...nestedLines(item, indent + 2, paint)];
      return textLines(item, { first: `${pad}- `, rest: `${pad}  `, paint });
    });
  }
  return textLines(value, { first: pad, rest: pad, paint });
}

function textLines(value: Value, { first, rest, paint }: { first: string; rest: string; paint: Paint }): string[] {
  const text = typeof value === 'string' ? value : pyStr(value);
  if (text === '') return first.endsWith('- ') ? [first] : [];
  const lines = text.split(/\r\n|\n|\r/);
  if (text.endsWith('\n')) lines.pop();
  return lines.map((line, i) => `${i === 0 ? first : rest}${paint.value(line)}`);
}
