/** The arguments of a reaction's function: Salt's new schema (`args`) and the old one (salt-semantics 1.9). */
import { BrineError } from '../errors.ts';
import { pyStr } from '../python/print.ts';
import { Dict, type Value } from '../value.ts';
import type { Node } from '../yaml/node.ts';
import { valueOfNode } from '../yaml/node-value.ts';
import { parseYaml } from '../yaml/parse.ts';
import type { Call, Complain } from './call.ts';
import { type LiteralArg, literalArgs } from './positional.ts';
import { namedArguments, takesAnything } from './signature.ts';
import { isTainted } from './taint.ts';

export interface Arguments {
  readonly args: readonly Value[];
  readonly kwargs: Dict;
  readonly literal?: readonly LiteralArg[];
}

/** New schema `args`; old schema `arg`/`kwarg`, and for runner and wheel every other key by its name. */
export function readArguments(call: Call, complain: Complain): Arguments {
  const given = call.keys.get('args');
  if (given) return call.kind === 'caller' ? callerArguments(given[1], complain) : newSchema(given[1], complain);
  const [arg, kwarg] = [call.keys.get('arg'), call.keys.get('kwarg')];
  // Names beside `caller` never reach its function.
  const kwargs = call.kind === 'runner' || call.kind === 'wheel' ? namedArguments(call) : new Dict();
  if (kwarg) {
    const named = valueOfNode(kwarg[1]);
    if (named instanceof Dict) for (const [name, item] of named) kwargs.set(name, item);
    else if (named !== null) complain('reactor.arguments', "'kwarg' is a mapping", kwarg[1].where, '- kwarg: {name: value}');
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

/** What Python takes for no keyword of a call. */
export function checkKeywords(kwargs: Dict, { keys, where }: Call, complain: Complain): void {
  for (const name of kwargs.keys())
    if (typeof name !== 'string' || name === 'fun' || name === 'self')
      complain('reactor.arguments', `'${pyStr(name)}' cannot be the name of an argument`, keys.get('args')?.[0].where ?? where);
}

/** Of several names each is handed to a function that asks for one. */
export function renamed(kwargs: Dict, call: Call, name: string): Dict {
  const old = call.kind === 'runner' || call.kind === 'wheel' ? namedArguments(call) : null;
  return !call.keys.has('args') && old?.has('name') ? Dict.from([...kwargs, ['name', name] as const]) : kwargs;
}
