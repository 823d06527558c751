/** One function of an ID → its call: both argument schemas, the keys beside `tgt`, and where data may not stand. */
import { parseArgs } from '../args.ts';
import type { Where } from '../errors.ts';
import type { ReactionKind, ReactionProblem } from '../reactor/reactions.ts';
import { Dict, type Value } from '../value.ts';
import type { Node } from '../yaml/node.ts';
import { parseYaml, valueOfNode } from '../yaml/parse.ts';
import type { CompileContext, Draft } from './compile.ts';
import { checkCommands, checkFiredTag, isTainted } from './taint.ts';
import { readTarget } from './target-of.ts';

export interface Call {
  readonly id: string;
  readonly state: string;
  readonly kind: ReactionKind;
  readonly fun: string;
  readonly keys: ReadonlyMap<string, readonly [Node, Node]>;
  readonly where: Where;
}

export type Complain = (code: ReactionProblem['code'], text: string, where: Where, hint?: string) => void;

const REQUISITES = [
  'require',
  'watch',
  'onchanges',
  'onfail',
  'require_any',
  'watch_any',
  'onchanges_any',
  'onfail_any',
  'prereq',
];
/** Not arguments: what the compiler itself reads. */
const INTERNAL = new Set([
  ...REQUISITES,
  'name',
  'names',
  'order',
  'use',
  'listen',
  'require_in',
  'fun',
  'state',
  'key',
  '__id__',
  '__sls__',
  'queue_ttl',
  'on_crash',
]);

export function readCall(call: Call, context: CompileContext, problems: ReactionProblem[]): Draft[] {
  const before = problems.length;
  const complain: Complain = (code, text, where, hint) => {
    problems.push({ code, text, where, id: call.id, ...(hint && { hint }) });
  };
  const value = (key: string): Value | undefined => {
    const found = call.keys.get(key);
    return found && valueOfNode(found[1]);
  };
  const local = call.kind === 'local';
  const { args, kwargs } = readArguments(call, complain);
  const target = local ? readTarget(call, complain) : undefined;
  const jid = local ? call.keys.get('jid') : undefined;
  if (jid && isTainted(jid[1])) complain('reactor.tainted', 'what a host wrote is the jid of a job', jid[1].where);
  if (local) checkCommands(call, complain);
  checkFiredTag(call, complain);
  const names = namesOf(call, complain);
  if (problems.length > before) return [];
  const [ttl, timeout, metadata, ret] = [value('queue_ttl'), value('timeout'), value('metadata'), value('ret')];
  const base = {
    kind: call.kind,
    state: call.state,
    fun: call.fun,
    args,
    kwargs,
    id: call.id,
    sls: context.sls,
    entry: context.entry,
    where: call.where,
    order: orderOf(value('order')),
    requires: requiresOf(call),
    ...(target && { target }),
    ...(typeof ttl === 'bigint' && { queueTtl: Math.min(604_800, Math.max(1, Number(ttl))) }),
    ...(value('on_crash') === 'retry' && { onCrash: 'retry' as const }),
    ...(typeof timeout === 'bigint' && { timeout: Number(timeout) }),
    ...(metadata instanceof Dict && { metadata }),
    ...(typeof ret === 'string' && { ret }),
    ...(jid && { jid: String(valueOfNode(jid[1])) }),
  };
  return names.map((name) => ({ ...base, name }));
}

function namesOf(call: Call, complain: Complain): readonly string[] {
  const [names, name] = [call.keys.get('names'), call.keys.get('name')];
  if (!names) return [name ? String(valueOfNode(name[1])) : call.id];
  const list = valueOfNode(names[1]);
  if (Array.isArray(list)) return list.map((item) => (item instanceof Dict ? String([...item.keys()][0]) : String(item)));
  complain('reactor.shape', "'names' is a list", names[1].where);
  return [];
}

function orderOf(value: Value | undefined): Draft['order'] {
  if (value === 'first' || value === 'last') return value;
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : null;
}

function requiresOf({ keys }: Call): Draft['requires'] {
  return REQUISITES.flatMap((name) => {
    const list = keys.get(name)?.[1];
    if (list?.kind !== 'list') return [];
    return list.items.flatMap((item) => {
      if (item.kind === 'scalar') return [{ state: '*', id: String(item.value), where: item.where }];
      if (item.kind !== 'map') return [];
      return item.entries.map(([state, id]) => ({
        state: String(valueOfNode(state)),
        id: String(valueOfNode(id)),
        where: state.where,
      }));
    });
  });
}

interface Arguments {
  readonly args: readonly Value[];
  readonly kwargs: Dict;
}

/** New schema `args`; old schema `arg`/`kwarg`, and for runner and wheel every other key by its name. */
function readArguments(call: Call, complain: Complain): Arguments {
  const given = call.keys.get('args');
  if (given) return call.kind === 'caller' ? callerArguments(given[1], complain) : newSchema(given[1], complain);
  const [arg, kwarg] = [call.keys.get('arg'), call.keys.get('kwarg')];
  const kwargs = new Dict();
  if (call.kind !== 'local') {
    for (const [name, [, node]] of call.keys)
      if (!INTERNAL.has(name) && name !== 'arg' && name !== 'kwarg') kwargs.set(name, valueOfNode(node));
  }
  if (kwarg) {
    const named = valueOfNode(kwarg[1]);
    const dicts =
      named instanceof Dict ? [named] : Array.isArray(named) ? named.filter((item): item is Dict => item instanceof Dict) : [];
    for (const dict of dicts) for (const [name, item] of dict) kwargs.set(name, item);
    if (dicts.length === 0 && named !== null) complain('reactor.arguments', "'kwarg' is a mapping", kwarg[1].where);
  }
  const list = arg ? valueOfNode(arg[1]) : [];
  // One scalar is one argument; Salt would send its letters.
  return { args: Array.isArray(list) ? list : list === null ? [] : [list], kwargs };
}

function callerArguments(node: Node, complain: Complain): Arguments {
  const value = valueOfNode(node);
  const positional = Array.isArray(value) && !value.every((item) => item instanceof Dict && item.size === 1);
  return positional ? { args: value, kwargs: new Dict() } : newSchema(node, complain);
}

function newSchema(node: Node, complain: Complain): Arguments {
  let value = valueOfNode(node);
  // `args: |` holds YAML of its own, as Salt reads it.
  if (typeof value === 'string') value = value.includes('\n') ? parseYaml(value) : (parseArgs([value]).args[0] ?? null);
  const kwargs = new Dict();
  if (value === null) return { args: [], kwargs };
  if (value instanceof Dict) return { args: [], kwargs: value };
  if (!Array.isArray(value)) {
    complain('reactor.arguments', "'args' is a list of key: value, or a mapping", node.where);
    return { args: [], kwargs };
  }
  for (const [i, item] of value.entries()) {
    if (!(item instanceof Dict) && !Array.isArray(item)) kwargs.set(item, null);
    else if (item instanceof Dict && item.size === 1) for (const [name, one] of item) kwargs.set(name, one);
    else
      complain(
        'reactor.arguments',
        "each item of 'args' has one key",
        node.kind === 'list' ? (node.items[i]?.where ?? node.where) : node.where,
        'begin each with a dash',
      );
  }
  return { args: [], kwargs };
}
