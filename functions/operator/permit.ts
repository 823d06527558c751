/** `operators:` of brine.yaml, Salt's publisher_acl in form: role → functions, targets, and `@fire`, `@runner`, `@wheel`, `@key`, `@jobs`, `@events`. */
import { BrineError } from '../../core/errors.ts';
import { matchGlob } from '../../core/glob.ts';
import type { MinionId } from '../../core/ids.ts';
import type { OperatorRule } from '../../core/settings.ts';
import type { ActionContext } from './types.ts';

/** What is asked: a function on these very hosts, or one of the platform's own powers with what it is about. */
export type Wish =
  | { readonly fun: string; readonly minions: readonly MinionId[] }
  | { readonly power: '@fire' | '@runner' | '@wheel' | '@key' | '@jobs' | '@events'; readonly about: string };

/** Throws `operator.denied`. Without `operators:` the account's administrators alone may. An empty set of hosts is no permission. */
export function permit({ caller, context }: ActionContext, wish: Wish): void {
  if (caller.administrator) return;
  const rules = Object.entries(context.project.settings.operators ?? {}).flatMap(([arn, list]) =>
    matchGlob(caller.arn, arn) ? list : [],
  );
  if (rules.some((rule) => allows(rule, wish))) return;
  const what = 'fun' in wish ? `${wish.fun} on ${wish.minions.length} minions` : `${wish.power} ${wish.about}`;
  throw new BrineError({
    code: 'operator.denied',
    text: `${caller.user} may not do ${what}`,
    hint: `name ${caller.arn} under operators: in brine.yaml`,
  });
}

function allows(rule: OperatorRule, wish: Wish): boolean {
  if (typeof rule === 'string') return 'fun' in wish ? !rule.startsWith('@') && matchGlob(wish.fun, rule) : rule === wish.power;
  return Object.entries(rule).some(([key, list]) => {
    if ('power' in wish) return key === wish.power && list.some((glob) => matchGlob(wish.about, glob));
    if (key.startsWith('@')) return false;
    // `{target glob: [functions]}`: every addressee has to be inside, not the target's text.
    return (
      wish.minions.length > 0 && wish.minions.every((id) => matchGlob(id, key)) && list.some((glob) => matchGlob(wish.fun, glob))
    );
  });
}
