/** A tree with places → the value that it stands for. */
import { PySet } from '../python/set.ts';
import { Dict, equal, Tuple, type Value } from '../value.ts';
import type { MapNode, Node } from './node.ts';

/** The plain value of a tree. Mappings keep their order, keys their types. */
export function valueOfNode(node: Node): Value {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(node.pairs ? pairOf : valueOfNode);
  if (node.set) return new PySet(node.entries.map(([key]) => valueOfNode(key))) as unknown as Value;
  return Dict.from(node.entries.map(([key, value]) => [valueOfNode(key), valueOfNode(value)] as const));
}

function pairOf(node: Node): Value {
  const [key, value] = (node as MapNode).entries[0] as readonly [Node, Node];
  return new Tuple([valueOfNode(key), valueOfNode(value)]);
}

/** Equal in Python's sense; for tests and lints over trees. */
export function sameValue(a: Node, b: Node): boolean {
  return equal(valueOfNode(a), valueOfNode(b));
}
