/** A tree as YAML in block form, each line with the author's own line. */

import { dumpYaml } from '../../core/yaml/dump.ts';
import type { Node } from '../../core/yaml/node.ts';
import { valueOfNode } from '../../core/yaml/node-value.ts';

export interface YamlLine {
  readonly line: number | undefined;
  readonly text: string;
}

export function yamlLines(node: Node): readonly YamlLine[] {
  if (node.kind === 'scalar' || sizeOf(node) === 0) return [{ line: node.where.line, text: flat(node) }];
  if (node.kind === 'list') return node.items.flatMap((item) => hang('- ', yamlLines(item), item.where.line));
  return node.entries.flatMap(([key, value]): YamlLine[] => {
    const head = `${flat(key)}:`;
    if (value.kind === 'scalar' || sizeOf(value) === 0) return [{ line: key.where.line, text: `${head} ${flat(value)}` }];
    const indent = value.kind === 'list' ? '' : '  ';
    return [{ line: key.where.line, text: head }, ...yamlLines(value).map(({ line, text }) => ({ line, text: indent + text }))];
  });
}

function hang(sign: string, [first, ...rest]: readonly YamlLine[], line: number | undefined): readonly YamlLine[] {
  const blank = ' '.repeat(sign.length);
  return [
    { line: first?.line ?? line, text: sign + (first?.text ?? '') },
    ...rest.map((one) => ({ ...one, text: blank + one.text })),
  ];
}

function sizeOf(node: Node): number {
  return node.kind === 'list' ? node.items.length : node.kind === 'map' ? node.entries.length : 1;
}

/** In one line, whatever it holds. */
function flat(node: Node): string {
  const value = valueOfNode(node);
  if (typeof value === 'string' && /[\n\t]/.test(value)) return JSON.stringify(value);
  return dumpYaml(value)
    .replace(/\n\.\.\.\n?$/, '')
    .replace(/\n+$/, '')
    .replace(/\n\s*/g, ' ');
}
