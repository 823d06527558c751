/** Hosts to rehearse with: `[{id, grains, pillar}]`, or a mapping of them by any name. In a file of `--minions`, or under `minions:` of brine.yaml. */
import { BrineError, type Where } from '../core/errors.ts';
import { Dict } from '../core/value.ts';
import type { Node } from '../core/yaml/node.ts';
import { valueOfNode } from '../core/yaml/node-value.ts';

export interface KnownMinion {
  readonly id: string;
  readonly grains: Dict | null;
  readonly pillar: Dict | null;
}

/** Throws `lint.minions`, located. */
export function knownMinions(node: Node): readonly KnownMinion[] {
  if (node.kind === 'list') return node.items.map((item) => minionOf(item, null));
  if (node.kind !== 'map') return fail('hosts are a list of {id, grains}, or a mapping of ids', node.where);
  const inner = node.entries.find(([key]) => key.kind === 'scalar' && key.value === 'minions');
  if (inner) return knownMinions(inner[1]);
  return node.entries.map(([key, value]) => minionOf(value, key.kind === 'scalar' ? String(key.value) : null));
}

function fail(text: string, where: Where): never {
  throw new BrineError({ code: 'lint.minions', text, where, hint: '- {id: web1, grains: {os: CentOS}}' });
}

const KEYS = ['id', 'grains', 'pillar', 'nodegroups'];

function minionOf(node: Node, name: string | null): KnownMinion {
  const value = valueOfNode(node);
  if (value === null && name !== null) return { id: name, grains: null, pillar: null };
  if (!(value instanceof Dict)) return fail('a host is a mapping with id, grains and pillar', node.where);
  const odd = [...value].find(([key]) => !KEYS.includes(String(key)))?.[0];
  // `web1: {os: CentOS}`: the grains by themselves.
  if (odd !== undefined && name !== null && !KEYS.some((key) => value.has(key))) return { id: name, grains: value, pillar: null };
  if (odd !== undefined) return fail(`a host has id, grains and pillar, found '${String(odd)}'`, node.where);
  const id = value.get('id') ?? name;
  if (typeof id !== 'string') return fail('a host has an id', node.where);
  const part = (key: string): Dict | null => {
    const found = value.get(key) ?? null;
    return found === null || found instanceof Dict ? found : fail(`${key} of ${id} are a mapping`, node.where);
  };
  return { id, grains: part('grains'), pillar: part('pillar') };
}
