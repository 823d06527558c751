/** Data goes round YAML, never through it: what a host wrote is a placeholder in the text, and is put in when the structure stands. */
import { BrineError } from '../errors.ts';
import { Dict, hashKey, Tuple, type Value } from '../value.ts';
import type { Node, ScalarNode } from '../yaml/node.ts';
import { resolvePlain } from '../yaml/scalar.ts';
import { HostValue, isTainted, isText, type Part, plain, strip, Text } from './jinja/text.ts';

const [OPEN, CLOSE] = ['\ue000', '\ue001'];
const PLACEHOLDER = new RegExp(`${OPEN}(\\d+)${CLOSE}`, 'g');

export interface Placeholders {
  /** Text with a placeholder for each tainted part. */
  write(text: string | Text): string;
  /** The text with a number in each place. */
  blank(text: string): string;
  /** The text as Jinja printed it. */
  restore(text: string): string;
  part(index: number): Part;
}

export function withPlaceholders(): Placeholders {
  const parts: Part[] = [];
  return {
    write: (text) => {
      const pieces = typeof text === 'string' ? [{ text, tainted: false }] : text.parts;
      return pieces
        .map((part) => {
          if (part.tainted) return `${OPEN}${parts.push(part) - 1}${CLOSE}`;
          if (/[\ue000\ue001]/.test(part.text))
            throw new BrineError({
              code: 'jinja.value',
              text: 'a template holds the characters U+E000 or U+E001, which are used inside',
            });
          return part.text;
        })
        .join('');
    },
    blank: (text) => text.replace(PLACEHOLDER, '0'),
    restore: (text) => text.replace(PLACEHOLDER, (_all, index: string) => parts[Number(index)]?.text ?? ''),
    part: (index) => parts[index] as Part,
  };
}

export function fillIn(node: Node, placeholders: Placeholders): Node {
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => fillIn(item, placeholders)) };
  if (node.kind === 'map') {
    const entries = node.entries.map(([key, value]) => [fillIn(key, placeholders), fillIn(value, placeholders)] as const);
    refuseTwins(entries);
    return { ...node, entries };
  }
  return typeof node.value === 'string' && node.value.includes(OPEN) ? fillScalar(node, placeholders) : node;
}

/** Two keys that are one only since a host's text is in them. */
function refuseTwins(entries: readonly (readonly [Node, Node])[]): void {
  const seen = new Map<string, Node>();
  for (const [key] of entries) {
    if (key.kind !== 'scalar') continue;
    const hash = hashKey(key.value) ?? '';
    const first = seen.get(hash);
    if (first)
      throw new BrineError({
        code: 'yaml.duplicate_key',
        text: `found conflicting ID '${String(key.value)}'`,
        where: key.where,
        also: [first.where],
      });
    seen.set(hash, key);
  }
}

function fillScalar(node: ScalarNode, placeholders: Placeholders): Node {
  const text = node.value as string;
  const alone = /^\ue000(\d+)\ue001$/.exec(text);
  if (alone && !node.quoted) {
    const part = placeholders.part(Number(alone[1]));
    if (part.value !== undefined && !isText(part.value)) return graft(part.value, node);
    if (part.value !== undefined) return textNode(node, [{ ...part, text: plain(part.value as string | Text) }]);
  }
  const parts: Part[] = [];
  let at = 0;
  for (const found of text.matchAll(PLACEHOLDER)) {
    parts.push({ text: text.slice(at, found.index), tainted: false }, placeholders.part(Number(found[1])));
    at = found.index + found[0].length;
  }
  parts.push({ text: text.slice(at), tainted: false });
  const filled = textNode(node, parts);
  // Numbers add no structure: `80{{ data.n }}` is the number that it would be in Salt.
  const numbers = !node.quoted && parts.every((part) => !part.tainted || isNumber(part.value));
  return numbers ? { ...filled, value: resolvePlain(filled.value as string) } : filled;
}

function isNumber(value: Value | undefined): boolean {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';
}

function textNode(node: ScalarNode, parts: readonly Part[]): ScalarNode {
  const taint: [number, number][] = [];
  const safe: [number, number][] = [];
  let text = '';
  for (const part of parts) {
    if (part.tainted) taint.push([text.length, text.length + part.text.length]);
    if (part.safe) safe.push([text.length, text.length + part.text.length]);
    text += part.text;
  }
  return { ...node, value: text, taint, ...(safe.length > 0 && { safe }) };
}

/** A value as nodes, each text in it tainted as it was. */
function graft(value: Value, node: ScalarNode): Node {
  const { where } = node;
  const any = value as unknown;
  if (any instanceof HostValue) return graft(any.value, node);
  if (isText(value)) {
    const text = value as string | Text;
    return typeof text === 'string' ? { ...node, value: text, taint: [] } : textNode(node, text.parts);
  }
  const items = value instanceof Tuple ? value.items : value;
  if (Array.isArray(items)) return { kind: 'list', items: items.map((item) => graft(item, node)), where };
  if (value instanceof Dict) {
    return {
      kind: 'map',
      entries: [...value].map(
        ([key, item]) =>
          [
            graft(
              typeof key === 'string' && isTainted(value) ? (new Text([{ text: key, tainted: true }]) as unknown as Value) : key,
              node,
            ),
            graft(item, node),
          ] as const,
      ),
      where,
    };
  }
  return { ...node, value: strip(value), taint: [[0, 0]] };
}
