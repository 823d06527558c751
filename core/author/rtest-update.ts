/** Writes what was seen into a file of tests, in place: only `expect`, `errors` and `hosts` of a test that changed are written anew, all else stays as it is. */
import { Dict, type Value } from '../value.ts';
import { dumpYaml } from '../yaml/dump.ts';
import type { MapNode } from '../yaml/node.ts';
import { valueOfNode } from '../yaml/node-value.ts';

export interface Update {
  readonly node: MapNode;
  /** Name → what is to stand there; null: nothing. */
  readonly values: ReadonlyMap<string, Value | null>;
}

export function updateText(text: string, updates: readonly Update[]): string {
  const lines = text.split('\n');
  const starts = updates.map(({ node }) => node.where.line ?? 1);
  // From the end, so that earlier lines keep their numbers.
  for (const update of [...updates].sort((a, b) => (b.node.where.line ?? 0) - (a.node.where.line ?? 0)))
    writeCase(lines, update, starts);
  return lines.join('\n');
}

function writeCase(lines: string[], { node, values }: Update, starts: readonly number[]): void {
  const first = node.where.line ?? 1;
  const next = starts.filter((line) => line > first).sort((a, b) => a - b)[0];
  const last = trimmedEnd(lines, first, endOfCase(lines, node, next ?? lines.length + 1));
  const keyLines = node.entries.map(([key]) => key.where.line ?? 0);
  const inBlock =
    new Set(keyLines).size === keyLines.length && node.entries.every(([key]) => key.where.col === node.entries[0]?.[0].where.col);
  if (!inBlock || (lines[first - 1] ?? '').slice((node.where.col ?? 1) - 1).startsWith('{'))
    return writeWhole(lines, { node, values }, { first, last });
  for (const [name, value] of [...values].reverse()) writeKey(lines, { node, name, value, last });
}

/** A test ends where something stands further left than its keys. */
function endOfCase(lines: readonly string[], node: MapNode, limit: number): number {
  const col = node.entries[0]?.[0].where.col ?? 1;
  for (let line = (node.where.line ?? 1) + 1; line < limit; line += 1) {
    const text = lines[line - 1] ?? '';
    if (text.trim() !== '' && !/^\s*#/.test(text) && text.search(/\S/) < col - 1) return line;
  }
  return limit;
}

/** The last line before `end` that is neither empty nor a comment. */
function trimmedEnd(lines: readonly string[], from: number, end: number): number {
  let last = end - 1;
  while (last > from && /^\s*(#|$)/.test(lines[last - 1] ?? '')) last -= 1;
  return last;
}

interface Key {
  readonly node: MapNode;
  readonly name: string;
  readonly value: Value | null;
  readonly last: number;
}

function writeKey(lines: string[], { node, name, value, last }: Key): void {
  const col = node.entries[0]?.[0].where.col ?? 1;
  const indent = ' '.repeat(col - 1);
  const written = value === null ? [] : blockOf(name, value, indent);
  const at = node.entries.findIndex(([key]) => key.kind === 'scalar' && key.value === name);
  if (at < 0) {
    lines.splice(last, 0, ...written);
    return;
  }
  const from = node.entries[at]?.[0].where.line as number;
  const after = node.entries[at + 1]?.[0].where.line;
  const to = trimmedEnd(lines, from, after ?? last + 1);
  // The first key of a test stands behind its dash.
  const head = (lines[from - 1] ?? '').slice(0, col - 1);
  if (written[0] !== undefined) written[0] = head + written[0].slice(col - 1);
  lines.splice(from - 1, to - from + 1, ...written);
}

function blockOf(name: string, value: Value, indent: string): string[] {
  const short = Array.isArray(value) && (value.length === 0 || value.every((item) => typeof item === 'string'));
  const text = short ? `${name}: [${(value as string[]).join(', ')}]` : dumpYaml(Dict.of({ [name]: value })).trimEnd();
  return text.split('\n').map((line) => indent + line);
}

/** A test in one line is written as a block. */
function writeWhole(lines: string[], { node, values }: Update, { first, last }: { first: number; last: number }): void {
  const value = (valueOfNode(node) as Dict).copy();
  for (const [name, one] of values) {
    if (one === null) value.delete(name);
    else value.set(name, one);
  }
  const head = (lines[first - 1] ?? '').slice(0, (node.where.col ?? 1) - 1);
  const written = dumpYaml(value).trimEnd().split('\n');
  lines.splice(first - 1, last - first + 1, ...written.map((line, i) => (i === 0 ? head : ' '.repeat(head.length)) + line));
}
