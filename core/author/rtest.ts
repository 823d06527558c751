/** A file of reactor tests (`*.rtest.yaml`): events and what each is to lead to. docs/reactor-tests.md. */
import { BrineError, type Where } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { Dict, type Value } from '../value.ts';
import type { MapNode, Node } from '../yaml/node.ts';
import { valueOfNode } from '../yaml/node-value.ts';
import { parseYamlTree } from '../yaml/parse.ts';

export interface TestCase {
  readonly name: string;
  readonly event: { readonly tag: string; readonly data: Dict };
  /** Hosts of the case, and those that the file gives to all: id → grains, as a tree. */
  readonly minions: readonly Node[];
  /** null: not said, which is an empty list. */
  readonly expect: readonly Value[];
  readonly errors: readonly string[];
  /** ID of a reaction → hosts that it is to mean; null: not asked. */
  readonly hosts: Dict | null;
  readonly where: Where;
  readonly node: MapNode;
}

const KEYS = ['name', 'event', 'minions', 'expect', 'errors', 'hosts'];

function fail(text: string, where: Where, hint?: string): never {
  throw new BrineError({ code: 'lint.test', text, where, hint });
}

/** Throws `lint.test` and `yaml.*`, located. */
export function parseTests(text: string, file: string): readonly TestCase[] {
  const tree = parseYamlTree(text, { file });
  const hint = '- {name: …, event: {tag: …, data: {}}, expect: []}';
  if (!tree) return fail('the file holds no test', { file, line: 1, col: 1 }, hint);
  if (tree.kind === 'list') return tree.items.map((item) => caseOf(item, []));
  const list = tree.kind === 'map' ? child(tree, 'tests') : undefined;
  if (tree.kind !== 'map' || list?.kind !== 'list')
    return fail('a file of tests is a list, or a mapping with tests: and minions:', tree.where, hint);
  refuseUnknown(tree, ['tests', 'minions']);
  const shared = child(tree, 'minions');
  return list.items.map((item) => caseOf(item, shared ? [shared] : []));
}

function child(map: MapNode, name: string): Node | undefined {
  return map.entries.find(([key]) => key.kind === 'scalar' && key.value === name)?.[1];
}

function refuseUnknown(map: MapNode, known: readonly string[]): void {
  for (const [key] of map.entries) {
    const name = key.kind === 'scalar' ? String(key.value) : key.kind;
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    fail(`a test has no '${name}'`, key.where, near ? `did you mean '${near}'?` : `it has ${known.join(', ')}`);
  }
}

function caseOf(node: Node, shared: readonly Node[]): TestCase {
  if (node.kind !== 'map') return fail('a test is a mapping with name, event and expect', node.where);
  refuseUnknown(node, KEYS);
  const event = child(node, 'event');
  if (event?.kind !== 'map')
    return fail(
      'a test has an event: a mapping with tag and data',
      (event ?? node).where,
      'event: {tag: salt/minion/web1/start, data: {id: web1}}',
    );
  const [tag, data] = [child(event, 'tag'), child(event, 'data')];
  if (tag?.kind !== 'scalar' || typeof tag.value !== 'string')
    return fail('an event has a tag, which is text', event.where, "tag: 'deploy/now'");
  const value = data ? valueOfNode(data) : null;
  if (value !== null && !(value instanceof Dict)) return fail("an event's data is a mapping", data?.where ?? event.where);
  const name = child(node, 'name');
  const minions = child(node, 'minions');
  const hosts = child(node, 'hosts');
  const wanted = hosts ? valueOfNode(hosts) : null;
  if (wanted !== null && !(wanted instanceof Dict))
    return fail('hosts: is a mapping of IDs to lists of hosts', hosts?.where ?? node.where, 'hosts: {deploy: [web1]}');
  return {
    name: name ? String(valueOfNode(name)) : tag.value,
    event: { tag: tag.value, data: value ?? new Dict() },
    minions: minions ? [...shared, minions] : shared,
    expect: listOf(child(node, 'expect'), 'expect'),
    errors: listOf(child(node, 'errors'), 'errors').map(String),
    hosts: wanted,
    where: node.where,
    node,
  };
}

function listOf(node: Node | undefined, name: string): readonly Value[] {
  if (!node) return [];
  const value = valueOfNode(node);
  if (value === null) return [];
  return Array.isArray(value) ? value : fail(`${name}: is a list`, node.where, `${name}: []`);
}

/** Order of the keys beside a function; arguments by name have none. */
const ORDER = ['tgt', 'tgt_type', 'arg', 'kwarg', 'queue_ttl', 'timeout', 'ret', 'metadata', 'jid', 'on_crash'];

/** A reaction as it is compared: keys in one order, what is usual left out. */
export function normal(value: Value): Value {
  if (Array.isArray(value)) return value.map(normal);
  if (!(value instanceof Dict)) return value;
  const keys = [...value].filter(([key, item]) => !(key === 'tgt_type' && item === 'glob'));
  const rank = (key: Value) => ORDER.indexOf(String(key));
  const sorted = keys.sort(([a], [b]) => (rank(a) >= 0 && rank(b) >= 0 ? rank(a) - rank(b) : String(a) < String(b) ? -1 : 1));
  return Dict.from(sorted.map(([key, item]) => [key, normal(item)] as const));
}
