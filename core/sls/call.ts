/** One function of an ID → its call: both argument schemas, the keys beside `tgt`, and where data may not stand. */
import type { Where } from '../errors.ts';
import type { ReactionKind, ReactionProblem } from '../reactor/reactions.ts';
import { Dict, type Value } from '../value.ts';
import type { Node } from '../yaml/node.ts';
import { valueOfNode } from '../yaml/node-value.ts';
import { checkKeywords, readArguments, renamed } from './arguments.ts';
import { REQUISITES } from './call-keys.ts';
import { checkCommands } from './command-taint.ts';
import type { CompileContext, Draft } from './compile.ts';
import { isEndless, published, withoutSets } from './published.ts';
import { checkSignature } from './signature.ts';
import { checkCalled, checkExpressions, checkFiredTag, checkKeys, checkPaths, isTainted } from './taint.ts';
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

/** A target that is no text, nor a list of texts, as it was written. */
function untextOf(tgt: Value | undefined): Value | undefined {
  if (typeof tgt === 'string' || tgt === undefined) return undefined;
  return Array.isArray(tgt) && tgt.every((one) => typeof one === 'string') ? undefined : tgt;
}

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
  const { args, kwargs: named, literal = [] } = readArguments(call, complain);
  const kwargs = (local ? published(named) : withoutSets(named)) as Dict;
  if (isEndless([...args, kwargs, value('metadata') ?? null]))
    complain('reactor.arguments', 'a list or mapping that holds itself cannot be sent', call.where);
  if (call.kind === 'caller') checkKeywords(kwargs, call, complain);
  const target = local ? readTarget(call, complain) : undefined;
  const given = local ? untextOf(value('tgt')) : undefined;
  const jid = local ? call.keys.get('jid') : undefined;
  if (jid && isTainted(jid[1])) complain('reactor.tainted', 'what a host wrote is the jid of a job', jid[1].where);
  checkKeys(call, complain);
  if (local) checkCommands(call, complain);
  checkCalled(call, complain);
  checkExpressions(call, complain);
  checkFiredTag(call, complain);
  checkPaths(call, complain);
  for (const name of ['__id__', '__sls__']) {
    const reserved = call.keys.get(name);
    if (reserved) complain('reactor.arguments', `'${name}' is Salt's own name`, reserved[0].where, 'leave it out');
  }
  for (const name of REQUISITES) {
    const list = call.keys.get(name)?.[1];
    if (list && list.kind !== 'list')
      complain(
        'reactor.requisite',
        `'${name}' of '${call.id}' is not formed as a list`,
        list.where,
        `- ${name}: [{local: other_id}]`,
      );
  }
  if (local && call.keys.has('listen'))
    complain('reactor.requisite', `with 'listen' Salt cannot call ${call.state}.${call.fun}`, call.where, 'leave listen out');
  const names = namesOf(call, complain);
  if (call.kind === 'runner' || call.kind === 'wheel') checkSignature(call, complain);
  if (problems.length > before) return [];
  const [ttl, timeout, metadata, ret] = [value('queue_ttl'), value('timeout'), value('metadata'), value('ret')];
  const base = {
    kind: call.kind,
    state: call.state,
    fun: call.fun,
    args: args.map(local ? published : withoutSets),
    kwargs,
    id: call.id,
    sls: context.sls,
    entry: context.entry,
    where: call.where,
    order: orderOf(value('order')),
    requires: requiresOf(call),
    ...(literal.length > 0 && { literalArgs: literal }),
    ...(target && { target }),
    ...(target && given !== undefined && { given }),
    ...(typeof ttl === 'bigint' && { queueTtl: Math.min(604_800, Math.max(1, Number(ttl))) }),
    ...(value('on_crash') === 'retry' && { onCrash: 'retry' as const }),
    ...(typeof timeout === 'bigint' && { timeout: Number(timeout) }),
    ...(metadata instanceof Dict && { metadata: published(metadata) as Dict }),
    ...(typeof ret === 'string' && { ret }),
    ...(jid && { jid: String(valueOfNode(jid[1])) }),
  };
  return names.flatMap(({ name, keys }) => {
    if (!keys) return [{ ...base, name, kwargs: names.length > 1 ? renamed(kwargs, call, name) : kwargs }];
    // A name with keys of its own: they count over those that all share.
    const own = new Map([...call.keys].filter(([key]) => key !== 'names'));
    for (const [key, pair] of keys) own.set(key, pair);
    return readCall({ ...call, keys: own.set('name', nameNode(name, call)) }, context, problems);
  });
}

function nameNode(name: string, call: Call): readonly [Node, Node] {
  const node: Node = { kind: 'scalar', value: name, where: call.where, taint: [], quoted: true };
  return [node, node];
}

interface Named {
  readonly name: string;
  readonly keys?: ReadonlyMap<string, readonly [Node, Node]>;
}

function namesOf(call: Call, complain: Complain): readonly Named[] {
  const [names, name] = [call.keys.get('names'), call.keys.get('name')];
  const own = { name: name ? String(valueOfNode(name[1])) : call.id };
  if (!names) return [own];
  const list = names[1];
  if (list.kind !== 'list') {
    complain('reactor.shape', "'names' is a list", list.where);
    return [];
  }
  if (list.items.length === 0) return [own];
  return list.items.map((item) => {
    if (item.kind !== 'map') return { name: String(valueOfNode(item)) };
    const [key, body] = item.entries[0] as readonly [Node, Node];
    const keys = new Map<string, readonly [Node, Node]>();
    for (const part of body.kind === 'list' ? body.items : [body])
      if (part.kind === 'map') for (const [inner, value] of part.entries) keys.set(String(valueOfNode(inner)), [inner, value]);
    return { name: String(valueOfNode(key)), keys };
  });
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
