/** Where what a host wrote may stand, and where it may not: data is never code. */
import type { Node } from '../yaml/node.ts';
import type { Call, Complain } from './call.ts';

export function isTainted(node: Node): boolean {
  if (node.kind === 'scalar') return node.taint.length > 0;
  return node.kind === 'list'
    ? node.items.some(isTainted)
    : node.entries.some(([key, value]) => isTainted(key) || isTainted(value));
}

/** A `salt://` path names what runs or is read: no part of it may be a host's. */
export function checkPaths(call: Call, complain: Complain): void {
  const visit = (node: Node): void => {
    if (node.kind === 'list') node.items.forEach(visit);
    else if (node.kind === 'map') for (const [, value] of node.entries) visit(value);
    else if (typeof node.value === 'string' && node.value.startsWith('salt://') && node.taint.length > 0)
      complain(
        'reactor.tainted',
        'a salt:// path holds what a host wrote',
        node.where,
        'write the paths that may be meant, and choose among them with {% if %}',
      );
  };
  for (const [, value] of call.keys.values()) visit(value);
}

/** A tag fired by a reaction lies under `salt/` only if no tainted part is in it. */
export function checkFiredTag(call: Call, complain: Complain): void {
  if (!/^event\.(send|fire|fire_master)$/.test(call.fun)) return;
  const position = call.fun === 'event.send' ? 0 : 1;
  const arg = call.keys.get('arg')?.[1];
  const positional = arg?.kind === 'list' ? arg.items[position] : position === 0 ? arg : undefined;
  for (const node of [...keywordNodes(call, ['tag']), call.keys.get('tag')?.[1], positional]) {
    if (node?.kind !== 'scalar' || node.taint.length === 0 || typeof node.value !== 'string') continue;
    if (/^salt(\/|$)/.test(node.value))
      complain('reactor.tainted', 'a tag under salt/ holds what a host wrote', node.where, 'fire it under a prefix of your own');
  }
}

/** What `kwarg` and `args` give under these names. */
export function keywordNodes(call: Call, names: readonly string[]): Node[] {
  return [call.keys.get('kwarg')?.[1], call.keys.get('args')?.[1]].flatMap((holder) => {
    const maps = holder?.kind === 'map' ? [holder] : holder?.kind === 'list' ? holder.items : [];
    return maps.flatMap((map) =>
      map.kind === 'map'
        ? map.entries.filter(([key]) => key.kind === 'scalar' && names.includes(String(key.value))).map(([, node]) => node)
        : [],
    );
  });
}
