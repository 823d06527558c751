/** What is odd about one function of an SLS file, whatever the event: each rule says what Salt makes of it, or what a host could make of it. */
import { nearest } from '../nearest.ts';
import { INTERNAL } from '../sls/call-keys.ts';
import { SIGNATURES } from '../sls/salt-signatures.ts';
import type { Node } from '../yaml/node.ts';
import { type AuthorCall, argumentOf, chosen, holesBelow } from './calls.ts';
import { checkArguments, checkCommand, checkExpressions } from './check-arguments.ts';
import { checkFunction } from './check-function.ts';
import type { Say } from './finding.ts';

export interface CallContext {
  /** Functions that Brine's hosts have of themselves; absent: those are not checked. */
  readonly functions?: ReadonlySet<string> | undefined;
  /** Runners of Brine's platform, and its wheel functions as `wheel.…`; absent: those are not checked. */
  readonly platform?: ReadonlySet<string> | undefined;
  /** Functions of the project's own modules, `module.function`. */
  readonly custom: ReadonlySet<string>;
  readonly say: Say;
}

const LOCAL_KEYS = [
  ...['tgt', 'tgt_type', 'expr_form', 'arg', 'kwarg', 'args', 'ret', 'ret_config', 'ret_kwargs', 'jid', 'metadata', 'timeout'],
  ...['delimiter', 'module_executors', 'executor_opts', 'queue_ttl', 'on_crash'],
];

export function checkCall(call: AuthorCall, context: CallContext): void {
  const local = call.state === 'local' || call.state === 'cmd';
  if (!call.funOpen) checkFunction(call, context);
  checkArguments(call, context);
  checkExpressions(call, context);
  if (!local) return checkPlatform(call, context);
  checkKeys(call, context);
  checkTarget(call, context);
  checkCommand(call, context);
}

/** Keys beside `tgt` that Salt passes over in silence. */
function checkKeys({ keys, where, state, fun }: AuthorCall, { say }: CallContext): void {
  checkOwnNames({ keys, state, fun }, say);
  for (const [name, [key]] of keys) {
    if (LOCAL_KEYS.includes(name) || INTERNAL.has(name)) continue;
    const special = IGNORED[name];
    const near = nearest(name, LOCAL_KEYS);
    const hint = special ?? (near ? `did you mean ${near}?` : 'arguments of the function go under arg: or kwarg:');
    say('warning', 'lint.ignored', `'${name}' means nothing beside tgt: Salt passes over it in silence`, key.where, { hint });
  }
  const old = keys.get('expr_form');
  if (old)
    say(
      'warning',
      'lint.old',
      'expr_form was dropped in Salt 2019.2: there the target is taken as a glob, in silence',
      old[0].where,
      {
        hint: 'write tgt_type',
      },
    );
  // With listen nothing is called at all: the compiler says it.
  for (const name of ['use', 'require_in'])
    if (keys.has(name))
      say('warning', 'lint.ignored', `'${name}' has no effect on a reaction`, keys.get(name)?.[0].where ?? where);
  const prereq = keys.get('prereq');
  if (prereq)
    say('warning', 'lint.ignored', "'prereq' has Salt send the other reaction twice, before and after", prereq[0].where);
}

const IGNORED: Readonly<Record<string, string>> = {
  batch: 'a reaction has no batches: send a runner.state.orchestrate with batch',
  subset: 'a reaction has no subset: narrow the target',
  asynchronous: 'a reaction never waits',
  user: "jobs of a reactor run as Salt's own user; give runas: under kwarg",
  queue: 'give it to the state function: kwarg: {queue: true}',
  test: 'give it to the state function: kwarg: {test: true}',
  pillar: 'give it to the state function: kwarg: {pillar: {…}}',
  mods: 'give it to the state function: arg: [mods]',
};

function checkTarget({ keys, state, fun, settled, where }: AuthorCall, { say }: CallContext): void {
  const tgt = keys.get('tgt')?.[1];
  if (!tgt) return;
  for (const hole of holesBelow(tgt, settled))
    if (hole.ofHost && !hole.harmless && !chosen(hole, settled.guards(tgt)))
      say(
        'warning',
        'lint.data',
        `what a host wrote (${hole.shown}) is in the target of ${state}.${fun}: in Salt its * would mean every host`,
        hole.where,
        {
          hint: 'Brine takes it as it stands, without wildcards or operators; compare it with a list of your own',
        },
      );
  const type = keys.get('tgt_type')?.[1];
  const text = tgt.kind === 'scalar' && typeof tgt.value === 'string' ? tgt.value : undefined;
  if (type || text === undefined || settled.holes(tgt).length > 0 || keys.has('expr_form')) return;
  if (/\s(and|or|not)\s|^not\s|^[GPIJLNSE]@/.test(text))
    say('warning', 'lint.silent', `'${text}' is taken as a glob of ids, and matches no host`, tgt.where ?? where, {
      hint: 'add - tgt_type: compound',
    });
  else if (/,/.test(text) && !/[[{]/.test(text))
    say('warning', 'lint.silent', `'${text}' is taken as a glob of ids, and matches no host`, tgt.where ?? where, {
      hint: 'add - tgt_type: list',
    });
}

function checkPlatform({ state, fun, keys, where, settled, ...call }: AuthorCall, { say }: CallContext): void {
  checkOwnNames({ keys, state, fun }, say);
  if (state === 'caller') return checkCaller(keys, say);
  if (keys.has('test') && !SIGNATURES[state as 'runner' | 'wheel'].get(fun)?.some((one) => /^(test=?|\*\*)$/.test(one)))
    say(
      'warning',
      'lint.silent',
      `test: does not hold ${state}.${fun} back: it runs for real`,
      keys.get('test')?.[0].where ?? where,
    );
  checkMinions({ keys, settled, state, fun }, say);
  const node = keys.get('args') ? argumentOf({ ...call, state, fun, keys, where, settled }, 0, 'match') : keys.get('match')?.[1];
  if (state !== 'wheel' || fun !== 'key.accept' || !node) return;
  const name = call as Pick<AuthorCall, 'id'>;
  if (!guarded(node, settled))
    say('warning', 'lint.accept', `'${name.id}' accepts the key of every host that asks`, node.where, {
      hint: "ask first: {% if data.act == 'pend' and data.id.startswith('web-') %}",
    });
}

/** Names that the reactor keeps for itself: the old schema never hands them on. */
function checkOwnNames({ keys, state, fun }: Pick<AuthorCall, 'keys' | 'state' | 'fun'>, say: Say): void {
  for (const name of ['fun', 'state', 'key']) {
    const key = keys.get(name)?.[0];
    if (key)
      say('warning', 'lint.ignored', `'${name}' is the reactor's own word: ${state}.${fun} does not get it`, key.where, {
        hint: `give it under args: {${name}: …}`,
      });
  }
}

/** Runners and wheels that take a glob of hosts or keys. */
function checkMinions({ keys, settled, state, fun }: Pick<AuthorCall, 'keys' | 'settled' | 'state' | 'fun'>, say: Say): void {
  for (const name of ['match', 'tgt']) {
    const node = argumentOf({ keys, state, fun } as AuthorCall, 0, name);
    if (!node) continue;
    const guards = settled.guards(node);
    for (const hole of holesBelow(node, settled)) {
      if (!hole.ofHost || hole.harmless || chosen(hole, guards)) continue;
      const asked = guards.some((guard) => guard.includes(hole.shown));
      say(
        asked ? 'note' : 'warning',
        'lint.data',
        `what a host wrote (${hole.shown}) says which hosts ${state}.${fun} means: in Salt its * would mean all of them`,
        hole.where,
        { hint: 'Brine refuses what is more than a name' },
      );
    }
  }
}

/** A caller takes its arguments from args alone. */
function checkCaller(keys: AuthorCall['keys'], say: Say): void {
  for (const [name, [key]] of keys)
    if (name === 'name' || (name !== 'args' && !INTERNAL.has(name)))
      say('warning', 'lint.ignored', `'${name}' does not reach a caller function: Salt passes over it in silence`, key.where, {
        hint: 'write args: [ … ]',
      });
}

function guarded(node: Node, settled: AuthorCall['settled']): boolean {
  return settled.guards(node).some((guard) => /\b(id|fingerprint|pub|grains)\b/.test(guard));
}
