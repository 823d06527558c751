/** The functions that a tree calls, with their keys and the conditions of nothing: what the rules of a check look at. */
import type { Where } from '../errors.ts';
import type { MapNode, Node, ScalarNode } from '../yaml/node.ts';
import { valueOfNode } from '../yaml/node-value.ts';
import type { Hole } from './abstract.ts';
import type { Settled } from './settle.ts';

export interface AuthorCall {
  readonly id: string;
  readonly idWhere: Where;
  /** Some of the ID is filled by an event. */
  readonly idOpen: boolean;
  /** As written: `local`, `cmd`, `runner`, `wheel`, `caller`. */
  readonly state: string;
  readonly fun: string;
  /** Some of the function's name is filled by an event, or by a value that is not known here. */
  readonly funOpen: boolean;
  readonly where: Where;
  /** The function as it is written. */
  readonly node: Node;
  readonly keys: ReadonlyMap<string, readonly [key: Node, value: Node]>;
  readonly settled: Settled;
}

const KINDS: ReadonlySet<string> = new Set(['local', 'cmd', 'runner', 'wheel', 'caller']);

export function callsOf(settled: Settled): readonly AuthorCall[] {
  if (settled.tree?.kind !== 'map') return [];
  return settled.tree.entries.flatMap(([key, body]) => {
    const id = key.kind === 'scalar' ? String(key.value) : '';
    const common = { id, idWhere: key.where, idOpen: settled.holes(key).length > 0, settled };
    if (body.kind === 'scalar' && typeof body.value === 'string') return callOf(common, body, null);
    if (body.kind !== 'map') return [];
    return body.entries.flatMap(([name, args]) => (name.kind === 'scalar' ? callOf(common, name, args) : []));
  });
}

type Common = Pick<AuthorCall, 'id' | 'idWhere' | 'idOpen' | 'settled'>;

function callOf(common: Common, name: ScalarNode, args: Node | null): readonly AuthorCall[] {
  const text = String(name.value);
  const dot = text.indexOf('.');
  const state = dot < 0 ? text : text.slice(0, dot);
  const items = args?.kind === 'list' ? args.items : [];
  const word = items.find((item): item is ScalarNode => item.kind === 'scalar' && typeof item.value === 'string');
  const named = dot < 0 ? word : name;
  const fun = dot < 0 ? String(word?.value ?? '') : text.slice(dot + 1);
  if (!KINDS.has(state) || fun === '' || !named) return [];
  const keys = new Map<string, readonly [Node, Node]>();
  for (const item of items.filter((one): one is MapNode => one.kind === 'map'))
    for (const [key, value] of item.entries) if (key.kind === 'scalar') keys.set(String(key.value), [key, value]);
  return [{ ...common, state, fun, funOpen: common.settled.holes(named).length > 0, where: named.where, node: named, keys }];
}

/** Every scalar below a node, keys included. */
export function scalarsIn(node: Node): readonly ScalarNode[] {
  if (node.kind === 'scalar') return [node];
  if (node.kind === 'list') return node.items.flatMap(scalarsIn);
  return node.entries.flatMap(([key, value]) => [...scalarsIn(key), ...scalarsIn(value)]);
}

/** What a function gets at a position, or under a name in any of the forms that arguments have. */
export function argumentOf({ keys, state }: AuthorCall, position: number, name: string): Node | undefined {
  const holders = [keys.get('kwarg')?.[1], keys.get('args')?.[1]];
  for (const holder of holders) {
    const maps = holder?.kind === 'map' ? [holder] : holder?.kind === 'list' ? holder.items : [];
    for (const map of maps)
      if (map.kind === 'map')
        for (const [key, value] of map.entries) if (key.kind === 'scalar' && key.value === name) return value;
  }
  const arg = keys.get('arg')?.[1];
  const positional = arg?.kind === 'list' ? arg.items[position] : position === 0 ? arg : undefined;
  return positional ?? (state === 'local' || state === 'cmd' ? undefined : keys.get(name)?.[1]);
}

export function holesBelow(node: Node, settled: Settled): readonly Hole[] {
  return scalarsIn(node).flatMap((scalar) => settled.holes(scalar));
}

export function textOfKey({ keys }: AuthorCall, key: string): string | undefined {
  const found = keys.get(key);
  return found && String(valueOfNode(found[1]));
}

/** A condition around it compares it with values of the author's own. */
export function chosen({ shown }: Hole, guards: readonly string[]): boolean {
  return guards.some((guard) => guard.includes(`${shown} in `) || guard.includes(`${shown} == '`));
}
