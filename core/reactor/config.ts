/** reactor.conf → entries in file order. Every shape that works in Salt; what Salt drops in silence is a located problem (salt-semantics 1.2, 9). */
import { BrineError, type Problem } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { Nodegroups } from '../target/nodegroups.ts';
import type { MapNode, Node } from '../yaml/node.ts';
import { valueOfNode } from '../yaml/node-value.ts';
import { parseYamlTree } from '../yaml/parse.ts';
import type { ReactorEntry } from './reactions.ts';

export interface ReactorConfig {
  readonly entries: readonly ReactorEntry[];
  /** Of Salt's own configuration; those of brine.yaml count over them. */
  readonly nodegroups: Nodegroups;
  readonly problems: readonly Problem[];
  /** What works otherwise than it looks. */
  readonly traps: readonly Problem[];
}

/** Several files are concatenated in the order given, as Salt does with `reactor.d`. `load` reads the file that `reactor: path` names. */
export function parseReactorConfig(
  files: readonly { readonly path: string; readonly text: string }[],
  load?: (path: string) => string | undefined,
): ReactorConfig {
  const entries: ReactorEntry[] = [];
  const problems: Problem[] = [];
  const traps: Problem[] = [];
  const nodegroups: Record<string, string | readonly string[]> = {};
  for (const { path, text } of files) {
    try {
      const tree = parseYamlTree(text, { file: path });
      if (tree) readFile(tree, { entries, nodegroups, problems, traps, path, load });
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      problems.push(error);
    }
  }
  return { entries, nodegroups, problems, traps };
}

interface Reading {
  readonly entries: ReactorEntry[];
  readonly nodegroups: Record<string, string | readonly string[]>;
  readonly problems: Problem[];
  readonly traps: Problem[];
  readonly path: string;
  readonly load: ((path: string) => string | undefined) | undefined;
}

function readFile(tree: Node, reading: Reading): void {
  if (tree.kind !== 'map')
    return complain(reading, tree, "expected a mapping with 'reactor:'", "reactor: [{'tag': [/srv/reactor/file.sls]}]");
  const groups = tree.entries.find(([key]) => key.kind === 'scalar' && key.value === 'nodegroups');
  if (groups) readNodegroups(groups[1], reading);
  const found = tree.entries.find(([key]) => key.kind === 'scalar' && key.value === 'reactor');
  if (!found) return readMisspelt(tree, reading);
  const value = found[1];
  if (value.kind === 'list') return readList(value, reading);
  if (value.kind === 'scalar' && value.value === null) return;
  if (value.kind === 'scalar' && typeof value.value === 'string' && reading.load) return readNamed(value.value, value, reading);
  const shape = value.kind === 'map' ? 'a mapping' : 'a text';
  complain(
    reading,
    value,
    `'reactor' wants a list, found ${shape}: in Salt nothing would ever match`,
    "write each tag as a list item: - 'tag':",
  );
}

/** `reactors:` is an option that Salt does not know, and takes without a word. */
function readMisspelt(tree: MapNode, { traps }: Reading): void {
  for (const [key] of tree.entries) {
    const name = key.kind === 'scalar' ? String(key.value) : '';
    if (name.length > 5 && name.length < 10 && nearest(name, ['reactor']))
      traps.push({
        code: 'lint.silent',
        text: `'${name}' is no option: Salt passes over it in silence`,
        where: key.where,
        hint: "did you mean 'reactor'?",
      });
  }
}

/** A text is the path of a YAML file that holds the list. */
function readNamed(path: string, value: Node, reading: Reading): void {
  const text = reading.load?.(path);
  if (text === undefined)
    return complain(
      reading,
      value,
      `'reactor' names ${path}, which is not there: Salt's reactor dies on the first event`,
      'write the list here',
    );
  const tree = parseYamlTree(text, { file: path });
  if (tree?.kind === 'list') readList(tree, reading);
  else complain(reading, tree ?? value, `${path} is to hold the list of the reactor`, "- 'tag': [/srv/reactor/file.sls]");
}

/** A mapping, or a list of mappings with one key each. */
function readNodegroups(node: Node, reading: Reading): void {
  if (node.kind === 'list') for (const item of node.items) readNodegroups(item, reading);
  else if (node.kind !== 'map') complain(reading, node, "'nodegroups' is a mapping", "nodegroups: {web: 'L@web1,web2'}");
  else
    for (const [key, value] of node.entries) {
      const group = valueOfNode(value);
      if (typeof group === 'string') reading.nodegroups[String(valueOfNode(key))] = group;
      else if (Array.isArray(group)) reading.nodegroups[String(valueOfNode(key))] = group.map(String);
      else complain(reading, value, 'a nodegroup is text or a list', "web: 'L@web1,web2'");
    }
}

function readList(list: Extract<Node, { kind: 'list' }>, reading: Reading): void {
  const outdented = new Set<Node>();
  for (const [i, item] of list.items.entries()) {
    if (outdented.has(item)) continue;
    const tag = emptyTag(item);
    const beside = tag ? textsFrom(list.items, i + 1) : [];
    for (const text of beside) outdented.add(text);
    if (tag && beside[0]) {
      const found = `expected the SLS files of '${tag.value}' below it, found '${String(beside[0].value)}' beside it`;
      complain(reading, beside[0], found, `indent it under '${tag.value}'`);
      const paths = beside.map(({ value }) => String(value));
      reading.entries.push({ index: reading.entries.length, glob: String(tag.value), paths, where: tag.where });
    } else if (item.kind === 'map') readItem(item, reading);
    else complain(reading, item, "expected 'tag:' with a list of SLS files", "- 'salt/minion/*/start': [/srv/reactor/start.sls]");
  }
}

type ScalarNode = Extract<Node, { kind: 'scalar' }>;

/** Of `- 'tag':` with nothing below it. */
function emptyTag(item: Node): ScalarNode | null {
  const [key, value] = (item.kind === 'map' && item.entries.length === 1 && item.entries[0]) || [];
  const bare = key?.kind === 'scalar' && typeof key.value === 'string' && value?.kind === 'scalar' && value.value === null;
  return bare ? key : null;
}

/** The texts that follow each other from here on. */
function textsFrom(items: readonly Node[], from: number): readonly ScalarNode[] {
  const texts: ScalarNode[] = [];
  for (const item of items.slice(from)) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string') break;
    texts.push(item);
  }
  return texts;
}

function readItem(item: MapNode, reading: Reading): void {
  if (item.entries.length !== 1) {
    const extra = item.entries[1]?.[0] ?? item;
    complain(reading, extra, 'two tags in one list item: Salt skips the whole item', 'begin each tag with a dash of its own');
  }
  for (const [key, value] of item.entries) {
    if (key.kind !== 'scalar' || typeof key.value !== 'string') {
      complain(reading, key, `a tag is text, found ${key.kind === 'scalar' ? String(key.value) : key.kind}`, 'quote it');
      continue;
    }
    const paths = pathsOf(value, reading, key.value);
    reading.entries.push({ index: reading.entries.length, glob: key.value, paths, where: key.where });
  }
}

function pathsOf(value: Node, reading: Reading, glob: string): readonly string[] {
  if (value.kind === 'scalar' && typeof value.value === 'string') return [value.value];
  if (value.kind !== 'list') {
    const found = value.kind === 'scalar' ? String(value.value) : 'a mapping';
    complain(
      reading,
      value,
      `'${glob}' names no SLS file, found ${found === 'null' ? 'nothing' : found}`,
      '- /srv/reactor/file.sls',
    );
    return [];
  }
  return value.items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return [item.value];
    complain(reading, item, 'expected the path of an SLS file', '- /srv/reactor/file.sls');
    return [];
  });
}

function complain({ problems }: Reading, node: Node, text: string, hint: string): void {
  problems.push({ code: 'reactor.config', text, where: node.where, hint });
}
