/** Steps 8 and 9: a rendered SLS tree → reactions, as Salt's compiler reads high data (salt-semantics 1.5, 1.8–1.10, 10.2). */

import type { Problem, Where } from '../errors.ts';
import type { Event } from '../event.ts';
import { nearest } from '../nearest.ts';
import type { Reaction, ReactionKind, ReactionProblem, Reactions } from '../reactor/reactions.ts';
import type { Settings } from '../settings.ts';
import type { MapNode, Node, ScalarNode } from '../yaml/node.ts';
import { readCall } from './call.ts';

/** A reaction before its place among the others is known. */
export interface Draft extends Omit<Reaction, 'ordinal'> {
  readonly order: number | 'first' | 'last' | null;
  /** IDs that must come first, with the type as it was written. */
  readonly requires: readonly { readonly state: string; readonly id: string; readonly where: Where }[];
  /** The type as written: `cmd` and `local` are two to a requisite. */
  readonly state: string;
}

export interface Compiled {
  readonly drafts: readonly Draft[];
  readonly problems: readonly ReactionProblem[];
}

export interface CompileContext {
  readonly sls: string;
  readonly entry: number;
  readonly event: Event;
}

const KINDS: Readonly<Record<string, ReactionKind>> = {
  local: 'local',
  cmd: 'local',
  runner: 'runner',
  wheel: 'wheel',
  caller: 'caller',
};

export function compileSls(tree: Node, context: CompileContext): Compiled {
  const drafts: Draft[] = [];
  const problems: ReactionProblem[] = [];
  if (tree.kind !== 'map') {
    // Salt's YAML renderer gives nothing for what is false.
    if (isNothing(tree)) return { drafts, problems };
    const hint = 'some_id: {local.test.ping: [{tgt: web1}]}';
    return {
      drafts,
      problems: [{ code: 'reactor.shape', text: 'a reactor SLS file is a mapping of IDs', where: tree.where, hint }],
    };
  }
  for (const [key, body] of tree.entries) {
    const id = idOf(key, problems);
    if (id !== null) drafts.push(...compileId({ id, key, body }, context, problems));
  }
  return { drafts, problems };
}

function isNothing(tree: Node): boolean {
  if (tree.kind === 'list') return tree.items.length === 0;
  return tree.kind === 'scalar' && (tree.value === '' || tree.value === false || tree.value === 0n || tree.value === 0);
}

function idOf(key: Node, problems: ReactionProblem[]): string | null {
  if (key.kind === 'scalar' && typeof key.value === 'string') {
    if (key.value.startsWith('__')) {
      problems.push({
        code: 'reactor.shape',
        text: `'${key.value}' begins with two underscores: Salt passes it over in silence`,
        where: key.where,
        hint: 'give the ID another name',
      });
      return null;
    }
    if (!['include', 'extend', 'exclude'].includes(key.value)) return key.value;
    problems.push({
      code: 'reactor.shape',
      text: `'${key.value}' means nothing in a reactor file`,
      where: key.where,
      hint: 'name the other file in reactor.conf',
    });
    return null;
  }
  const found = key.kind === 'scalar' ? String(key.value) : key.kind;
  problems.push({ code: 'reactor.shape', text: `ID '${found}' is not formed as a string`, where: key.where, hint: 'quote it' });
  return null;
}

interface Entry {
  readonly id: string;
  readonly key: Node;
  readonly body: Node;
}

function compileId({ id, key, body }: Entry, context: CompileContext, problems: ReactionProblem[]): Draft[] {
  const fail = (text: string, where: Where, hint?: string): Draft[] => {
    problems.push({ code: 'reactor.shape', text, where, id, ...(hint && { hint }) });
    return [];
  };
  // The short form: `overstate_run: runner.state.over`
  if (body.kind === 'scalar' && typeof body.value === 'string')
    return compileFunction({ id, name: body, args: null }, context, problems);
  if (body.kind !== 'map') return fail(`ID '${id}' names no function`, key.where, `${id}: {local.test.ping: [{tgt: web1}]}`);
  return body.entries.flatMap(([name, args]) => {
    if (name.kind !== 'scalar' || typeof name.value !== 'string') return fail('a function is named by text', name.where);
    return name.value.startsWith('__') ? [] : compileFunction({ id, name, args }, context, problems);
  });
}

interface Called {
  readonly id: string;
  readonly name: ScalarNode;
  readonly args: Node | null;
}

function compileFunction({ id, name, args }: Called, context: CompileContext, problems: ReactionProblem[]): Draft[] {
  const { where } = name;
  const complain = (problem: Problem): Draft[] => {
    problems.push({ ...problem, id });
    return [];
  };
  if (name.taint.length > 0) {
    return complain({
      code: 'reactor.tainted',
      text: 'what a host wrote names a function',
      where,
      hint: 'write the name, and choose among several with {% if %}',
    });
  }
  const text = name.value as string;
  const dot = text.indexOf('.');
  const state = dot < 0 ? text : text.slice(0, dot);
  const kind = Object.hasOwn(KINDS, state) ? KINDS[state] : undefined;
  if (!kind) {
    const close = nearest(state, Object.keys(KINDS));
    return complain({
      code: 'reactor.function',
      text: `'${text}' is no type of reaction`,
      where,
      hint: `${close ? `did you mean ${close}? ` : ''}local, cmd, runner, wheel or caller, a dot, and the function`,
    });
  }
  if (args && args.kind !== 'list') {
    const found = args.kind === 'map' ? 'a mapping' : 'nothing';
    return complain({
      code: 'reactor.shape',
      text: `State '${id}' in SLS '${context.sls}' is not formed as a list, found ${found}`,
      where: args.where,
      hint: 'begin each argument with a dash: - tgt: web1',
    });
  }
  const items = args?.items ?? [];
  const words = items.filter((item): item is ScalarNode => item.kind === 'scalar' && typeof item.value === 'string');
  // Salt passes these over without a word.
  for (const item of items)
    if (item.kind === 'list' || (item.kind === 'scalar' && typeof item.value !== 'string'))
      problems.push({
        code: 'reactor.shape',
        text: `'${id}' has an item that means nothing`,
        where: item.where,
        id,
        hint: '- key: value',
      });
  const [named, extra] = dot < 0 ? [words[0], words[1]] : [undefined, words[0]];
  if (named && named.taint.length > 0)
    return complain({ code: 'reactor.tainted', text: 'what a host wrote names a function', where: named.where });
  if (extra) {
    return complain({
      code: 'reactor.function',
      text: `Too many functions declared in state '${state}' of '${id}': ${String(extra.value)}`,
      where: extra.where,
      hint: 'arguments are key: value; a colon is missing, or it belongs under arg:',
    });
  }
  const fun = dot < 0 ? named?.value : text.slice(dot + 1);
  if (typeof fun === 'string' && /\s/.test(fun)) {
    return complain({
      code: 'reactor.function',
      text: `'${fun}' is no function: a name has no white space`,
      where,
      hint: 'arguments are key: value; a colon is missing, or it belongs under arg:',
    });
  }
  if (typeof fun !== 'string' || fun === '') {
    return complain({
      code: 'reactor.function',
      text: `No function declared in state '${state}' of '${id}'`,
      where,
      hint: `${state}.test.ping`,
    });
  }
  const keys = joinItems(items.filter((item): item is MapNode => item.kind === 'map'));
  return readCall({ id, state, kind, fun, keys, where }, context, problems);
}

/** The keys of all list items, the later over the earlier, as Salt updates its chunk. */
function joinItems(items: readonly MapNode[]): ReadonlyMap<string, readonly [Node, Node]> {
  const keys = new Map<string, readonly [Node, Node]>();
  for (const item of items) {
    for (const [key, value] of item.entries) if (key.kind === 'scalar') keys.set(String(key.value), [key, value]);
  }
  return keys;
}

/** File order, or Salt's own on request; requisites put the other reaction first; `order` counts before both. */
export function orderDrafts(
  drafts: readonly Draft[],
  problems: readonly ReactionProblem[],
  { compat }: Pick<Settings, 'compat'>,
): Pick<Reactions, 'reactions' | 'problems'> {
  const kept = compat.ids === 'last' ? lastOfEachId(drafts) : drafts;
  const salt = compat.order === 'salt';
  const sorted = kept
    .map((draft, i) => ({ draft, i }))
    .sort(
      (a, b) =>
        rank(a.draft, kept.length) - rank(b.draft, kept.length) || (salt ? compareSalt(a.draft, b.draft) : 0) || a.i - b.i,
    )
    .map(({ draft }) => draft);
  const found: ReactionProblem[] = [...problems];
  const ordered: Draft[] = [];
  const state = new Map<Draft, 'open' | 'done'>();
  const visit = (draft: Draft): void => {
    const at = { where: draft.where, sls: draft.sls, id: draft.id };
    if (state.get(draft) === 'done') return;
    if (state.get(draft) === 'open') {
      found.push({ code: 'reactor.requisite', text: `the requisites of '${draft.id}' go round in a circle`, ...at });
      return;
    }
    state.set(draft, 'open');
    for (const need of draft.requires) {
      const fitting = sorted.filter((other) => other.id === need.id && (need.state === '*' || other.state === need.state));
      const own = fitting.filter((other) => other.sls === draft.sls);
      const others = own.length > 0 ? own : fitting;
      if (others.length === 0) {
        found.push({
          code: 'reactor.requisite',
          text: `'${draft.id}' requires ${need.state}: ${need.id}, which does not exist`,
          ...at,
          where: need.where,
        });
      }
      for (const other of others) visit(other);
    }
    state.set(draft, 'done');
    ordered.push(draft);
  };
  for (const draft of sorted) visit(draft);
  return {
    reactions: ordered.map(({ order: _, requires: __, state: ___, ...reaction }, ordinal) => ({ ...reaction, ordinal })),
    problems: found,
  };
}

function rank({ order }: Draft, count: number): number {
  if (order === null) return 10_000;
  if (order === 'first') return 0;
  if (order === 'last') return 1_000_000;
  return order < 0 ? 1_000_000 + count + order : order;
}

function compareSalt(a: Draft, b: Draft): number {
  const key = ({ state, name, fun }: Draft) => `${state}${name}${fun}`;
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

function lastOfEachId(drafts: readonly Draft[]): readonly Draft[] {
  const last = new Map<string, string>();
  for (const draft of drafts) last.set(draft.id, draft.sls);
  return drafts.filter((draft) => last.get(draft.id) === draft.sls);
}
