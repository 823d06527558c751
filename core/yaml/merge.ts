/** `<<`: keys that a mapping takes from others, by Salt's rules: its own count over them, and two that are merged do not get on. */
import { BrineError, type Where } from '../errors.ts';
import { hashKey } from '../value.ts';
import type { Node } from './node.ts';
import { valueOfNode } from './node-value.ts';

type Entry = readonly [Node, Node];

/** Of a mapping, or of a list of them, the last first. */
export function mergeable(value: Node): readonly Entry[] {
  if (value.kind === 'map') return value.entries;
  if (value.kind === 'list')
    return value.items
      .map((item) => {
        if (item.kind !== 'map') throw refused('expected a mapping for merging', item.where);
        return item.entries;
      })
      .reverse()
      .flat();
  throw refused('expected a mapping or list of mappings for merging', value.where);
}

/** What is merged and is none of the mapping's own. */
export function unlike(merged: readonly Entry[], own: ReadonlyMap<string, Where>): readonly Entry[] {
  const seen = new Map<string, Where>();
  return merged.filter(([key]) => {
    const hash = hashKey(valueOfNode(key)) as string;
    if (own.has(hash)) return false;
    const first = seen.get(hash);
    if (first) throw duplicate(key, first);
    seen.set(hash, key.where);
    return true;
  });
}

export function duplicate(key: Node, first: Where): BrineError {
  return new BrineError({
    code: 'yaml.duplicate_key',
    text: `found conflicting ID '${String(valueOfNode(key))}'`,
    where: key.where,
    also: [first],
    hint: 'give one of the two another name, or join them',
  });
}

function refused(text: string, where: Where): BrineError {
  return new BrineError({ code: 'yaml.syntax', text, where });
}
