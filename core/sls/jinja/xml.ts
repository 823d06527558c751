/** A mapping as XML, as Salt's `xml` filter writes it: scalars become attributes, mappings and lists elements. */
import { pyStr } from '../../python/print.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { OperationError } from './values.ts';

interface Element {
  readonly tag: string;
  attributes: readonly (readonly [string, string])[];
  text: string | null;
  readonly children: Element[];
}

export function toXml(value: Value): string {
  const root = grow(pairsOf(value), null);
  if (!root) throw new OperationError('Invalid values to convert to XML', 'jinja.value');
  return `<?xml version="1.0" ?>\n${write(root, '')}`;
}

function pairsOf(value: Value): readonly (readonly [Value, Value])[] {
  if (value instanceof Dict) return [...value];
  const items = value instanceof Tuple ? value.items : Array.isArray(value) ? value : null;
  if (!items) throw new OperationError('Unsupported type for XML', 'jinja.value');
  if (typeof items[0] === 'string') return [[items[0], (items[1] ?? '') as Value]];
  return items.flatMap((item) => (item instanceof Dict ? [...item] : []));
}

function grow(pairs: readonly (readonly [Value, Value])[], parent: Element | null): Element | null {
  let last: Element | null = null;
  for (const [tag, attrs] of pairs) {
    if (Array.isArray(attrs) && parent) {
      for (const one of attrs) grow([[tag, one]], parent);
      continue;
    }
    const element: Element = { tag: pyStr(tag), attributes: [], text: null, children: [] };
    parent?.children.push(element);
    last = element;
    if (attrs instanceof Dict) {
      const nested = (item: Value) => item instanceof Dict || Array.isArray(item);
      element.attributes = [...attrs].filter(([, item]) => !nested(item)).map(([key, item]) => [pyStr(key), pyStr(item)]);
      for (const [key, item] of attrs) if (nested(item)) grow([[key, item]], element);
    } else if (attrs !== null) element.text = pyStr(attrs);
  }
  return last;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replace(/[&<>"]/g, (char) => ENTITIES[char] as string);

function write({ tag, attributes, text, children }: Element, margin: string): string {
  const open = `${margin}<${tag}${attributes.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('')}`;
  if (text !== null && text !== '') return `${open}>${escaped(text)}</${tag}>\n`;
  if (children.length === 0) return `${open}/>\n`;
  return `${open}>\n${children.map((child) => write(child, `${margin} `)).join('')}${margin}</${tag}>\n`;
}
