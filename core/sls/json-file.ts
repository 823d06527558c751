/** `#!json`, `#!jinja|json`: a file that is to be JSON. The tree, with its places and what a host wrote in it, comes from the reader of YAML; the form is JSON's. */
import { BrineError } from '../errors.ts';
import { decodePlain } from '../json.ts';
import type { Node } from '../yaml/node.ts';
import { parseYamlTree } from '../yaml/parse.ts';

export interface JsonText {
  readonly text: string;
  readonly file: string;
  /** The text with a number wherever a host's value is to be filled in. */
  readonly blank: (text: string) => string;
  readonly line: (line: number) => number;
}

/** Throws `json.syntax` where Salt's `json` would refuse the text. */
export function parseJsonTree({ text, file, blank, line }: JsonText): Node | null {
  try {
    decodePlain(blank(text).replace(/^#![^\n]*/, ''));
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    const at = error.where?.line ?? 1;
    throw new BrineError({
      code: error.code,
      text: `${error.text}; the first line says that the file is JSON`,
      where: { file, line: line(at), col: error.where?.col ?? 1 },
      hint: 'write #!jinja|yaml, or nothing, for a file in YAML',
    });
  }
  const node = parseYamlTree(text, { file, line });
  return node && withExponents(node);
}

/** `1e3` is a number in JSON, a text in YAML 1.1. */
function withExponents(node: Node): Node {
  if (node.kind === 'list') return { ...node, items: node.items.map(withExponents) };
  if (node.kind === 'map') return { ...node, entries: node.entries.map(([key, value]) => [key, withExponents(value)] as const) };
  const number = !node.quoted && typeof node.value === 'string' && /^-?\d+(\.\d+)?[eE][-+]?\d+$/.test(node.value);
  return number ? { ...node, value: Number(node.value) } : node;
}
