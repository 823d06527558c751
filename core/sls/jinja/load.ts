/**
 * `load_yaml`, `load_json` and `load_text`, as blocks, imports and filters: text → values. What a host wrote in it goes round the parser, as it does
 * in the file itself: it can add no structure. Only a host's text that is all there is (`data.text | load_yaml`) is read as what it says.
 */
import { BrineError } from '../../errors.ts';
import { decode } from '../../json.ts';
import { Dict, type Value } from '../../value.ts';
import type { Node } from '../../yaml/node.ts';
import { parseYaml, parseYamlTree } from '../../yaml/parse.ts';
import { fillIn, type Placeholders, withPlaceholders } from '../fill-in.ts';
import { asValue, concat, HostDict, isTainted, type Part, plain, Text, taintValue } from './text.ts';
import { OperationError } from './values.ts';

/** A text of YAML in a template: an error has the template's place, and says where in the text. */
export function loadYaml(text: string | Text): Value {
  const placeholders = withPlaceholders();
  try {
    if (!isTainted(text)) return parseYaml(plain(text));
    const tree = parseYamlTree(placeholders.write(text));
    return tree && treeValue(fillIn(tree, placeholders));
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    const place = error.where?.line === undefined ? '' : `line ${error.where.line} of the text: `;
    throw new OperationError(`Encountered error loading yaml: ${place}${placeholders.restore(error.text)}`, 'jinja.value');
  }
}

export function loadJson(text: string | Text): Value {
  try {
    if (!isTainted(text)) return decode(plain(text));
    const placeholders = withPlaceholders();
    return filled(decode(jsonWith(placeholders, text as Text)), placeholders);
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    throw new OperationError(`Unable to load json from ${plain(text).slice(0, 80)}`, 'jinja.value');
  }
}

/** For the filters: a text that is a host's alone is read, and all that comes of it is the host's. */
export function loadWhole(text: string | Text, load: (text: string | Text) => Value): Value {
  const parts = typeof text === 'string' ? [] : text.parts.filter((part) => part.text !== '');
  return parts.length > 0 && parts.every((part) => part.tainted) ? taintValue(load(plain(text))) : load(text);
}

export function loadData(text: string | Text, format: 'yaml' | 'json' | 'text'): Value {
  if (format === 'text') return asValue(text);
  return format === 'yaml' ? loadYaml(text) : loadJson(text);
}

/** Tainted ranges are a Text's parts again. */
function treeValue(node: Node): Value {
  if (node.kind === 'list') return node.items.map(treeValue);
  if (node.kind === 'map') {
    const dict = node.entries.some(([key]) => key.kind === 'scalar' && key.taint.length > 0) ? new HostDict() : new Dict();
    for (const [key, value] of node.entries) dict.set(key.kind === 'scalar' ? key.value : String(key.kind), treeValue(value));
    return dict;
  }
  const { value, taint } = node;
  if (typeof value !== 'string' || taint.length === 0) return value;
  const parts: Part[] = [];
  let at = 0;
  for (const [from, to] of taint) {
    parts.push({ text: value.slice(at, from), tainted: false }, { text: value.slice(from, to), tainted: true });
    at = to;
  }
  return asValue(concat([new Text([...parts, { text: value.slice(at), tainted: false }])]));
}

const BARE = /^\ue002(\d+)\ue001$/;
const INSIDE = /\ue000(\d+)\ue001/g;

/** A placeholder inside of a string stands as it is, one outside of strings is a string of its own. */
function jsonWith(placeholders: Placeholders, text: Text): string {
  let inside = false;
  return text.parts
    .map((part) => {
      const written = placeholders.write(new Text([part]));
      if (part.tainted) return inside ? written : `"${written.replace('\ue000', '\ue002')}"`;
      for (const token of part.text.matchAll(/\\[\s\S]|"/g)) if (token[0] === '"') inside = !inside;
      return written;
    })
    .join('');
}

function filled(value: Value, placeholders: Placeholders): Value {
  if (typeof value === 'string') {
    const bare = BARE.exec(value);
    if (!bare) return textOf(value, placeholders);
    const part = placeholders.part(Number(bare[1]));
    return part.value === undefined ? asValue(new Text([part])) : part.value;
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, placeholders));
  if (!(value instanceof Dict)) return value;
  const hosts = [...value.keys()].some((key) => typeof key === 'string' && /[\ue000\ue002]/.test(key));
  const dict = hosts ? new HostDict() : new Dict();
  for (const [key, item] of value)
    dict.set(
      typeof key === 'string' ? plain(textOf(key.replace('\ue002', '\ue000'), placeholders) as string) : key,
      filled(item, placeholders),
    );
  return dict;
}

function textOf(text: string, placeholders: Placeholders): Value {
  const parts: Part[] = [];
  let at = 0;
  for (const found of text.matchAll(INSIDE)) {
    parts.push({ text: text.slice(at, found.index), tainted: false }, placeholders.part(Number(found[1])));
    at = found.index + found[0].length;
  }
  return asValue(concat([new Text([...parts, { text: text.slice(at), tainted: false }])]));
}
