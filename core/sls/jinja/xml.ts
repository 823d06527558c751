/** A mapping as XML, as Salt's `xml` filter writes it: scalars become attributes, mappings and lists elements. */
import { pyRepr, pyStr } from '../../python/print.ts';
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
  if (!root) throw new OperationError("'NoneType' object has no attribute 'iter'");
  return `<?xml version="1.0" ?>\n${write(root, '')}`;
}

/** What is gone through in pairs; a list that does not begin with a text has none. */
function pairsOf(value: Value): readonly (readonly [Value, Value])[] {
  if (value instanceof Dict) return [...value];
  const items = value instanceof Tuple ? value.items : Array.isArray(value) ? value : null;
  if (!items) throw new OperationError('Value is not a dict or list. Cannot render as XML', 'jinja.value');
  if (items.length === 0) throw new OperationError('list index out of range', 'jinja.value');
  return typeof items[0] === 'string' ? items.map(pairOf) : [];
}

function pairOf(item: Value): readonly [Value, Value] {
  const members = typeof item === 'string' ? [...item] : item instanceof Tuple ? item.items : Array.isArray(item) ? item : [];
  if (members.length !== 2)
    throw new OperationError(`not enough values to unpack (expected 2, got ${members.length})`, 'jinja.value');
  return members as unknown as readonly [Value, Value];
}

const nested = (value: Value) => value instanceof Dict || Array.isArray(value);

function grow(pairs: readonly (readonly [Value, Value])[], parent: Element | null): Element | null {
  let last: Element | null = null;
  for (const [tag, attrs] of pairs) {
    if (Array.isArray(attrs)) {
      for (const one of attrs) grow([[tag, one]], parent);
      // Salt looks at the second letter of each text in it, and takes it for no mapping.
      if (typeof attrs[0] !== 'string') continue;
      if (attrs.some((one) => typeof one === 'string' && [...one].length < 2))
        throw new OperationError('string index out of range', 'jinja.value');
      continue;
    }
    last = { tag: nameOf(tag), attributes: [], text: null, children: [] };
    parent?.children.push(last);
    if (attrs instanceof Dict) {
      last.attributes = [...attrs].filter(([, item]) => !nested(item)).map(([key, item]) => [nameOf(key), pyStr(item)]);
      for (const [key, item] of attrs) if (nested(item)) grow([[key, item]], last);
    } else if (typeof attrs === 'object') pairsOf(attrs);
    else last.text = pyStr(attrs);
  }
  return last;
}

function nameOf(tag: Value): string {
  if (typeof tag !== 'string' || !/^[A-Za-z_][\w.-]*$/.test(tag))
    throw new OperationError(`not well-formed: ${pyRepr(tag)} is no name in XML`, 'jinja.value');
  return tag;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replace(/[&<>"]/g, (char) => ENTITIES[char] as string);

function write({ tag, attributes, text, children }: Element, margin: string): string {
  const open = `${margin}<${tag}${attributes.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('')}`;
  if (text !== null && text !== '') return `${open}>${escaped(text)}</${tag}>\n`;
  if (children.length === 0) return `${open}/>\n`;
  return `${open}>\n${children.map((child) => write(child, `${margin} `)).join('')}${margin}</${tag}>\n`;
}
