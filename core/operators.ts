/**
 * Who may do what through the operator function: Salt's `publisher_acl` in form, decided on addressees and never on a target's text. Pure; the
 * function asks this file and nothing else. Trust section 8.
 */
import * as v from 'valibot';
import { coversFunction } from './allow.ts';
import { isGlob, literalPrefix, matchGlob, parseGlob } from './glob.ts';

export const POWERS = ['@fire', '@runner', '@wheel', '@key', '@jobs', '@events'] as const;
export type Power = (typeof POWERS)[number];

/** A text: functions by glob on every host, or a whole power. A mapping: `{glob of ids: [globs of functions]}`, `{power: [globs]}`. */
export type OperatorRule = string | Readonly<Record<string, readonly string[]>>;

/** Principal (as `checkPrincipal` takes it) → rules. */
export type Operators = Readonly<Record<string, readonly OperatorRule[]>>;

/** Whom AWS says that a call is from. */
export interface Principal {
  /** `arn:aws:iam::<account>:role/<name>` without the role's path, which a session's ARN does not show; a user's ARN; the account's root. */
  readonly arn: string;
  /** `<name>/<session>` of an assumed role. The bearer chose the session's name. */
  readonly session: string | null;
}

const ROLE = /^arn:aws[a-z-]*:iam::([^:]+):role\/(.+)$/;
const SESSION = /^arn:aws[a-z-]*:sts::([^:]+):assumed-role\/([^/]+)\/(.+)$/;
const USER = /^arn:aws[a-z-]*:iam::([^:]+):(user\/.+|root)$/;

/** What is wrong with a name of a caller in brine.yaml; null when nothing is. */
export function principalProblem(name: string): string | null {
  const session = SESSION.exec(name);
  if (session) {
    return isGlob(`${session[1]}${session[2]}`)
      ? 'a session name is chosen by its bearer, so the role before it is written out, without a glob'
      : null;
  }
  const role = ROLE.exec(name);
  if (role)
    return role[2]?.includes('/') && isGlob(role[2]) ? 'AWS tells no path of a role, so a glob stands over its name alone' : null;
  if (USER.test(name) || name === '*') return null;
  return 'expected arn:aws:iam::<account>:role/<name>, arn:aws:sts::<account>:assumed-role/<role>/<session> or a user’s ARN';
}

/** Does this name of brine.yaml mean this caller? */
export function isPrincipal(name: string, { arn, session }: Principal): boolean {
  if (SESSION.test(name)) return session !== null && matchGlob(session, name);
  // Names of roles are unique in an account, whatever their path.
  const bare = isGlob(name) ? name : name.replace(/(:role\/).*\//, '$1');
  return matchGlob(arn, bare);
}

/** `*`, `web*`, `db[12]`: a target here is a glob of ids, since addressees are compared by id. */
const targetGlob = v.pipe(
  v.string(),
  v.check(
    (text) => (POWERS as readonly string[]).includes(text) || /^[A-Za-z0-9._*?[\]!-]+$/.test(text),
    `a rule is for a glob of minion ids, or one of ${POWERS.join(', ')}`,
  ),
);
const wholeRule = v.pipe(
  v.string(),
  v.check(
    (text) => (text.startsWith('@') ? (POWERS as readonly string[]).includes(text) : text !== ''),
    `a rule is a glob of functions, or one of ${POWERS.join(', ')}`,
  ),
);
const principal = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? principalProblem(dataset.value) : null;
    if (problem !== null) addIssue({ message: problem });
  }),
);

export const operatorsSchema = v.record(principal, v.array(v.union([wholeRule, v.record(targetGlob, v.array(v.string()))])));
export const administratorsSchema = v.array(
  v.pipe(
    principal,
    v.check((text) => !isGlob(text), 'an administrator is written out, without a glob'),
  ),
);

/** What somebody wishes: a function on these very hosts, one of the platform's powers with what it is about, or to watch the tags of a glob. */
export type Wish =
  | { readonly fun: string; readonly minions: readonly string[] }
  | { readonly power: Power; readonly about: string }
  | { readonly watch: string };

export type Permission = { readonly ok: true } | { readonly ok: false; readonly outside: readonly string[] };

/** Rules that a caller has; whoever is not named has none. */
export function rulesOf(operators: Operators | null, caller: Principal): readonly OperatorRule[] {
  return Object.entries(operators ?? {}).flatMap(([name, rules]) => (isPrincipal(name, caller) ? rules : []));
}

/** The caller's name in jobs and events: the role's ARN, with the session where a rule names it behind its role. */
export function userOf(operators: Operators | null, caller: Principal): string {
  const named = Object.keys(operators ?? {}).some((name) => SESSION.test(name) && isPrincipal(name, caller));
  return named && caller.session !== null ? caller.session : caller.arn;
}

export function permission(rules: readonly OperatorRule[], wish: Wish): Permission {
  if ('power' in wish)
    return { ok: rules.some((rule) => hasPower(rule, wish.power, (glob) => matchGlob(wish.about, glob))), outside: [] };
  if ('watch' in wish)
    return { ok: rules.some((rule) => hasPower(rule, '@events', (glob) => watchIsInside(wish.watch, glob))), outside: [] };
  // A rule for every host speaks also where none matched: its owner learns nothing that he may not know.
  if (coversFunction(functionsOn(rules, null), wish.fun)) return { ok: true };
  const outside = wish.minions.filter((id) => !coversFunction(functionsOn(rules, id), wish.fun));
  // No host is no permission: an empty set was once read as everybody.
  return wish.minions.length > 0 && outside.length === 0 ? { ok: true } : { ok: false, outside };
}

function hasPower(rule: OperatorRule, power: Power, fits: (glob: string) => boolean): boolean {
  if (typeof rule === 'string') return rule === power;
  return Object.entries(rule).some(([key, globs]) => key === power && globs.some(fits));
}

/** Globs of functions that may run on this host; null: on every one. */
function functionsOn(rules: readonly OperatorRule[], id: string | null): readonly string[] {
  return rules
    .flatMap((rule) => {
      if (typeof rule === 'string') return [rule];
      return Object.entries(rule).flatMap(([key, globs]) =>
        id !== null && !key.startsWith('@') && matchGlob(id, key) ? globs : [],
      );
    })
    .filter((glob) => !glob.startsWith('@'));
}

/**
 * Is everything that a watch of `wanted` is fed inside of `allowed`? Its rule on the bus narrows by the literal prefix alone, so the prefix decides:
 * comparing one glob's text with the other glob would let `a/*` pass for `a/?`.
 */
export function watchIsInside(wanted: string, allowed: string): boolean {
  const [first, second, ...more] = parseGlob(allowed);
  const prefix = literalPrefix(wanted);
  if (first?.kind === 'any' && second === undefined) return true;
  if (first?.kind !== 'text' || more.length > 0) return false;
  if (second === undefined) return !isGlob(wanted) && wanted === allowed;
  return second.kind === 'any' && prefix.startsWith(first.text);
}
