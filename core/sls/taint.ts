/** Where what a host wrote may stand, and where it may not: data is never code. */
import type { Node, ScalarNode } from '../yaml/node.ts';
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
    else if (typeof node.value === 'string' && node.value.trimStart().startsWith('salt://') && node.taint.length > 0)
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
  for (const node of given(call, call.fun === 'event.send' ? 0 : 1, 'tag')) {
    if (!isTainted(node)) continue;
    if (node.kind !== 'scalar' || /^salt(\/|$)/.test(String(node.value)))
      complain('reactor.tainted', 'a tag under salt/ holds what a host wrote', node.where, 'fire it under a prefix of your own');
  }
}

/** Keys of a reaction are the author's, and so is what lies between the levels of a target. */
export function checkKeys(call: Call, complain: Complain): void {
  for (const [key] of call.keys.values())
    if (isTainted(key)) complain('reactor.tainted', 'what a host wrote names a key of the reaction', key.where, 'write the name');
  const delimiter = call.keys.get('delimiter')?.[1];
  if (delimiter && isTainted(delimiter))
    complain('reactor.tainted', 'what a host wrote is the delimiter of a target', delimiter.where, 'write it');
  const args = call.keys.get('args')?.[1];
  if (args?.kind === 'scalar' && args.taint.length > 0)
    complain(
      'reactor.tainted',
      "'args' is a text to be read as YAML, and a host wrote in it",
      args.where,
      'write the arguments as a list',
    );
}

/** Functions that call another one by its name: where that name stands. */
const CALLS: Readonly<Record<string, readonly [place: number, name: string]>> = {
  'salt.cmd': [0, 'fun'],
  'salt.execute': [1, 'fun'],
  'saltutil.cmd': [1, 'fun'],
  'saltutil.runner': [0, 'name'],
  'saltutil.wheel': [0, 'name'],
  'publish.publish': [1, 'fun'],
  'publish.full_data': [1, 'fun'],
  'publish.runner': [0, 'fun'],
  'state.orchestrate_single': [0, 'fun'],
  'schedule.add': [-1, 'function'],
};

/** A function is named by the author, also where it is an argument of another. */
export function checkCalled(call: Call, complain: Complain): void {
  const place = Object.hasOwn(CALLS, call.fun) ? CALLS[call.fun] : undefined;
  for (const node of place ? given(call, ...place) : [])
    if (isTainted(node))
      complain('reactor.tainted', 'what a host wrote names a function', node.where, 'choose among several with {% if %}');
}

const SPECIAL = /[*?[\]{}()|\\^$+@&,;\s]/;

/** Runners and wheels that take minions by an expression: what a host wrote in it has no special characters. */
export function checkExpressions(call: Call, complain: Complain): void {
  if (call.kind !== 'runner' && call.kind !== 'wheel') return;
  const names = ['match', 'tgt', 'target', 'minions', 'id'];
  const first = /^(key|cache|manage|salt|minions)\./.test(call.fun) ? positional(call)[0] : undefined;
  const visit = (node: Node): void => {
    if (node.kind === 'list') return node.items.forEach(visit);
    if (node.kind !== 'scalar' || typeof node.value !== 'string') return;
    const odd = node.taint.map(([from, to]) => SPECIAL.exec((node.value as string).slice(from, to))?.[0]).find((char) => char);
    if (odd !== undefined)
      complain(
        'reactor.tainted',
        `what a host wrote has the character ${JSON.stringify(odd)} in an expression for minions`,
        node.where,
      );
  };
  for (const [key, value] of keywords(call)) if (key.kind === 'scalar' && names.includes(String(key.value))) visit(value);
  if (first) visit(first);
}

/** The names of what `kwarg` and `args` give. */
export function keywordKeys(call: Call): Node[] {
  return ['kwarg', 'args'].flatMap((name) => {
    const holder = call.keys.get(name)?.[1];
    const maps = holder?.kind === 'list' ? holder.items : holder ? [holder] : [];
    return maps.flatMap((map) => (map.kind === 'map' ? map.entries.map(([key]) => key) : []));
  });
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

function positional(call: Call): readonly Node[] {
  const arg = call.keys.get('arg')?.[1];
  return arg === undefined ? [] : arg.kind === 'list' ? arg.items : [arg];
}

/** A parameter as it was given: by its place, or by its name in `kwarg`, `args` and beside the function. */
export function given(call: Call, place: number, name: string): readonly Node[] {
  const own = positional(call)[place];
  const named = keywords(call).filter(([key]) => key.kind === 'scalar' && String(key.value) === name);
  // `name=value` as a positional text is a keyword, too.
  const words = positional(call).flatMap((node) => (wordOf(node, name) ? [wordOf(node, name) as ScalarNode] : []));
  return [...(own ? [own] : []), ...named.map(([, value]) => value), ...words];
}

/** The value of `name=value`, with the ranges that a host wrote. */
function wordOf(node: Node, name: string): ScalarNode | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || !node.value.startsWith(`${name}=`)) return undefined;
  const cut = name.length + 1;
  const moved = (ranges: ScalarNode['taint']) =>
    ranges.map(([from, to]) => [Math.max(0, from - cut), Math.max(0, to - cut)] as const);
  return { ...node, value: node.value.slice(cut), taint: moved(node.taint), ...(node.safe && { safe: moved(node.safe) }) };
}

function keywords(call: Call): readonly (readonly [Node, Node])[] {
  const held = ['kwarg', 'args'].flatMap((name) => {
    const holder = call.keys.get(name)?.[1];
    const maps = holder?.kind === 'list' ? holder.items : holder ? [holder] : [];
    return maps.flatMap((map) => (map.kind === 'map' ? map.entries : []));
  });
  return call.kind === 'local' ? held : [...held, ...call.keys.values()];
}
