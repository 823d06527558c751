/** One function of an ID → its call: both argument schemas, the keys beside `tgt`, and where data may not stand. */
import { BrineError, type Where } from '../errors.ts';
import { pyStr } from '../python/print.ts';
import type { ReactionKind, ReactionProblem } from '../reactor/reactions.ts';
import { Bytes, Dict, Tuple, type Value } from '../value.ts';
import type { Node } from '../yaml/node.ts';
import { parseYaml, valueOfNode } from '../yaml/parse.ts';
import { REQUISITES } from './call-keys.ts';
import { checkCommands } from './command-taint.ts';
import type { CompileContext, Draft } from './compile.ts';
import { type LiteralArg, literalArgs } from './positional.ts';
import { checkSignature, namedArguments, takesAnything } from './signature.ts';
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

/** What msgpack makes of arguments on Salt's way to a host: numbers beyond 64 bits are texts, bytes too, tuples lists. */
function published(value: Value): Value {
  if (typeof value === 'bigint') return value >= LONG || value <= -LONG ? String(value) : value;
  if (value instanceof Bytes) return new TextDecoder().decode(value.bytes);
  if (Array.isArray(value)) return value.map(published);
  if (value instanceof Tuple) return value.items.map(published);
  return value instanceof Dict ? Dict.from([...value].map(([key, item]) => [published(key), published(item)] as const)) : value;
}

const LONG = 2n ** 63n;

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
  const kwargs = local ? (published(named) as Dict) : named;
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
        `- ${name}:\n      - local: other_id`,
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
    args: local ? args.map(published) : args,
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
    ...(metadata instanceof Dict && { metadata }),
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

/** Of several names each is handed to a function that asks for one. */
function renamed(kwargs: Dict, call: Call, name: string): Dict {
  const old = call.kind === 'runner' || call.kind === 'wheel' ? namedArguments(call) : null;
  return !call.keys.has('args') && old?.has('name') ? Dict.from([...kwargs, ['name', name] as const]) : kwargs;
}

function nameNode(name: string, call: Call): readonly [Node, Node] {
  const node: Node = { kind: 'scalar', value: name, where: call.where, taint: [], quoted: true };
  return [node, node];
}

/** What Python takes for no keyword of a call. */
function checkKeywords(kwargs: Dict, { keys, where }: Call, complain: Complain): void {
  for (const name of kwargs.keys())
    if (typeof name !== 'string' || name === 'fun' || name === 'self')
      complain('reactor.arguments', `'${pyStr(name)}' cannot be the name of an argument`, keys.get('args')?.[0].where ?? where);
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

interface Arguments {
  readonly args: readonly Value[];
  readonly kwargs: Dict;
  readonly literal?: readonly LiteralArg[];
}

/** New schema `args`; old schema `arg`/`kwarg`, and for runner and wheel every other key by its name. */
function readArguments(call: Call, complain: Complain): Arguments {
  const given = call.keys.get('args');
  if (given) return call.kind === 'caller' ? callerArguments(given[1], complain) : newSchema(given[1], complain);
  const [arg, kwarg] = [call.keys.get('arg'), call.keys.get('kwarg')];
  // Names beside `caller` never reach its function.
  const kwargs = call.kind === 'runner' || call.kind === 'wheel' ? namedArguments(call) : new Dict();
  if (kwarg) {
    const named = valueOfNode(kwarg[1]);
    if (named instanceof Dict) for (const [name, item] of named) kwargs.set(name, item);
    else if (named !== null)
      complain('reactor.arguments', "'kwarg' is a mapping", kwarg[1].where, 'kwarg:\n          name: value');
  }
  const args = arg ? positional(call, arg[1], complain) : [];
  if (arg && call.kind === 'local') return { args, kwargs, literal: literalArgs(arg[1]) };
  if (arg && !kwarg && takesAnything(call)) kwargs.set('arg', [...args]);
  return { args, kwargs };
}

/** A list; one text is one argument (Salt would send its letters). What Salt cannot go through is an error, as there. */
function positional(call: Call, node: Node, complain: Complain): readonly Value[] {
  const value = valueOfNode(node);
  if (Array.isArray(value)) return value;
  if (typeof value === 'string' && call.kind !== 'caller') return [value];
  const found = value === null ? 'nothing' : value instanceof Dict ? 'a mapping, of which Salt would send the keys' : 'one value';
  complain(
    'reactor.arguments',
    `'arg' is a list, found ${found}`,
    node.where,
    'begin each argument with a dash, or leave arg out',
  );
  return [];
}

function listIn(text: string): Value[] | undefined {
  try {
    const value = parseYaml(text);
    return Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof BrineError) return undefined;
    throw error;
  }
}

function callerArguments(node: Node, complain: Complain): Arguments {
  const value = valueOfNode(node);
  if (Array.isArray(value) && value.length === 0) return newSchema(node, complain);
  const positional = Array.isArray(value) && !value.every((item) => item instanceof Dict && item.size === 1);
  return positional ? { args: value, kwargs: new Dict() } : newSchema(node, complain);
}

function newSchema(node: Node, complain: Complain): Arguments {
  let value: Value | undefined = valueOfNode(node);
  // What a host wrote is not read again: `checkKeys` refuses it.
  if (typeof value === 'string' && isTainted(node)) return { args: [], kwargs: new Dict() };
  const kwargs = new Dict();
  if (typeof value === 'string') {
    // `args: |` holds YAML of its own, which is to be a list.
    value = listIn(value);
    if (value === undefined) {
      complain('reactor.arguments', "the text under 'args' is no list of YAML", node.where, 'write the list without the |');
      return { args: [], kwargs };
    }
  }
  if (value === null || (Array.isArray(value) && value.length === 0)) {
    complain(
      'reactor.arguments',
      "'args' holds nothing: Salt calls it an incorrect argument format",
      node.where,
      'leave args out to call without arguments',
    );
    return { args: [], kwargs };
  }
  if (value instanceof Dict) return { args: [], kwargs: value };
  if (!Array.isArray(value)) {
    complain('reactor.arguments', "'args' is a list of key: value, or a mapping", node.where);
    return { args: [], kwargs };
  }
  for (const [i, item] of value.entries()) {
    if (typeof item === 'string' || typeof item === 'bigint' || typeof item === 'number' || typeof item === 'boolean')
      kwargs.set(item, null);
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
