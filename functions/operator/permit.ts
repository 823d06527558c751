/** May the caller do this? Administrators may; others as `operators:` of brine.yaml says. A denial is told to the caller, and is an event. */
import { BrineError } from '../../core/errors.ts';
import { formatStamp } from '../../core/event.ts';
import { permission, rulesOf, type Wish } from '../../core/operators.ts';
import type { Signer } from '../../core/ports.ts';
import type { Tag } from '../../core/tag.ts';
import { Dict } from '../../core/value.ts';
import type { FunctionContext } from '../context.ts';
import { fire } from '../fire.ts';
import type { ActionContext } from './types.ts';

/** Throws `operator.denied`. Without `operators:` the account's administrators alone may. An empty set of hosts is no permission. */
export function permit({ caller, context }: ActionContext, wish: Wish): void {
  if (caller.administrator) return;
  const { operators } = context.project.settings;
  const found = permission(rulesOf(operators, caller), wish);
  if (found.ok) return;
  throw new BrineError({
    code: 'operator.denied',
    text: `${caller.user} may not ${describe(wish, found.outside)}`,
    hint:
      operators === null ? 'without operators: in brine.yaml only administrators may' : 'operators: in brine.yaml says who may',
  });
}

/** What is about the platform itself, and no rule can give. */
export function permitAdministrator({ caller }: ActionContext, what: string): void {
  if (!caller.administrator)
    throw new BrineError({ code: 'operator.denied', text: `${caller.user} may not ${what}: only administrators may` });
}

/** A function on hosts that a runner chooses: it takes a rule for every host. */
export function permitEverywhere({ caller, context }: ActionContext, fun: string): void {
  if (caller.administrator || permission(rulesOf(context.project.settings.operators, caller), { fun, minions: [] }).ok) return;
  throw new BrineError({
    code: 'operator.denied',
    text: `${caller.user} may not run ${fun} on whatever hosts a runner asks`,
    hint: 'that takes a rule for this function on every host',
  });
}

/** Whoever has the power at all, whatever it is about. */
export function permitAny(it: ActionContext, power: '@events'): void {
  const { operators } = it.context.project.settings;
  const has = rulesOf(operators, it.caller).some((rule) => (typeof rule === 'string' ? rule === power : power in rule));
  if (!has) permit(it, { power, about: '' });
}

function describe(wish: Wish, outside: readonly string[]): string {
  if ('power' in wish) return `do ${wish.power} ${wish.about}`;
  if ('watch' in wish) return `watch ${wish.watch}`;
  if (wish.minions.length === 0) return `run ${wish.fun}: no minions matched the target, and an empty set is no permission`;
  const more = outside.length > 3 ? ` and ${outside.length - 3} more` : '';
  return `run ${wish.fun} on ${outside.slice(0, 3).join(', ')}${more}`;
}

const MINUTE = 60_000;

/** `salt/operator/denied`, at most once a minute for one caller; `count` is how many there were since the last one. */
export function createDenials(context: FunctionContext, signer: Signer) {
  const told = new Map<string, { at: number; count: number }>();
  return async (user: string, action: string, text: string): Promise<void> => {
    const now = context.clock.now();
    const last = told.get(user) ?? { at: Number.NEGATIVE_INFINITY, count: 0 };
    last.count += 1;
    if (told.size > 1000) told.clear();
    told.set(user, last);
    context.log('denied', { user, action, text });
    if (now - last.at < MINUTE) return;
    const data = Dict.of({ user, action, message: text, count: BigInt(last.count), _stamp: formatStamp(now) });
    told.set(user, { at: now, count: 0 });
    await fire(context, { source: 'brine.operator', signer, events: [{ tag: 'salt/operator/denied' as Tag, stamp: now, data }] });
  };
}
