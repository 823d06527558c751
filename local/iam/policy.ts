/**
 * IAM's policy language, as far as Brine's own roles, session policies, queue policies and key policies use it. What is not understood here is
 * refused when the policy is put: a Deny that is read past would open a door.
 */
import * as v from 'valibot';

const texts = v.union([v.string(), v.array(v.string())]);
const principal = v.union([v.literal('*'), v.strictObject({ AWS: v.optional(texts), Service: v.optional(texts) })]);
const scalar = v.union([v.string(), v.number(), v.boolean()]);

const statement = v.pipe(
  v.strictObject({
    Sid: v.optional(v.string()),
    Effect: v.picklist(['Allow', 'Deny']),
    Principal: v.optional(principal),
    Action: v.optional(texts),
    NotAction: v.optional(texts),
    Resource: v.optional(texts),
    NotResource: v.optional(texts),
    Condition: v.optional(
      v.record(v.pipe(v.string(), v.check(isOperator)), v.record(v.string(), v.union([scalar, v.array(scalar)]))),
    ),
  }),
  v.check(({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined)),
  v.check(({ Resource, NotResource }) => Resource === undefined || NotResource === undefined),
);

const policy = v.strictObject({
  Version: v.optional(v.picklist(['2012-10-17', '2008-10-17'])),
  Id: v.optional(v.string()),
  Statement: v.union([statement, v.pipe(v.array(statement), v.minLength(1))]),
});

export type Statement = Readonly<v.InferOutput<typeof statement>>;

export interface Question {
  readonly action: string;
  readonly resource: string;
  /** Condition keys in lower case → values. */
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** ARNs under which the caller can be named as principal. */
  readonly principals: readonly string[];
  /** The caller's account, for a role: a statement that names it leaves the decision to the role's own policies. */
  readonly account: readonly string[];
  readonly service: string | null;
}

export type Decision = 'allow' | 'delegates' | 'deny' | 'none';

/** An explicit deny wins, then an allow; none otherwise. `named` says whether statements carry principals (resource policies). */
export function decide(statements: readonly Statement[], question: Question, named: boolean): Decision {
  let decision: Decision = 'none';
  for (const statement of statements) {
    if (!applies(statement, question)) continue;
    const who = named ? nameOf(statement.Principal, question) : 'caller';
    if (who === null) continue;
    if (statement.Effect === 'Deny') return 'deny';
    if (who === 'caller') decision = 'allow';
    else if (decision === 'none') decision = 'delegates';
  }
  return decision;
}

const parsed = new Map<string, readonly Statement[]>();

/** Throws a SyntaxError for what is no policy, or says something that is not understood here. */
export function parsePolicy(text: string): readonly Statement[] {
  const known = parsed.get(text);
  if (known) return known;
  const found = v.safeParse(policy, JSON.parse(text));
  if (!found.success) throw new SyntaxError(`not a policy: ${v.getDotPath(found.issues[0]) ?? ''} ${found.issues[0].message}`);
  const statements = [found.output.Statement].flat();
  if (parsed.size > 10_000) parsed.clear();
  parsed.set(text, statements);
  return statements;
}

function applies(statement: Statement, question: Question): boolean {
  const fill = (pattern: string) =>
    pattern.replace(/\$\{([^}]+)\}/g, (_all, key: string) => question.context.get(key.toLowerCase())?.[0] ?? '\u0000');
  const action = (pattern: string) => glob(pattern.toLowerCase(), question.action.toLowerCase());
  const resource = (pattern: string) => glob(fill(pattern), question.resource);
  if (statement.Action !== undefined && !list(statement.Action).some(action)) return false;
  if (statement.NotAction !== undefined && list(statement.NotAction).some(action)) return false;
  if (statement.Resource !== undefined && !list(statement.Resource).some(resource)) return false;
  if (statement.NotResource !== undefined && list(statement.NotResource).some(resource)) return false;
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(
        operator,
        question.context.get(key.toLowerCase()),
        list(wanted).map((item) => fill(String(item))),
      ),
    ),
  );
}

/** Whether the principal is the caller, or only the account that it is of. */
function nameOf(principal: Statement['Principal'], question: Question): 'caller' | 'account' | null {
  if (principal === '*') return 'caller';
  const { AWS = [], Service = [] } = principal ?? {};
  if (question.service !== null && list(Service).includes(question.service)) return 'caller';
  if (question.service !== null) return list(AWS).includes('*') ? 'caller' : null;
  if (list(AWS).some((wanted) => wanted === '*' || question.principals.includes(wanted))) return 'caller';
  return list(AWS).some((wanted) => question.account.includes(wanted)) ? 'account' : null;
}

const OPERATOR = /^(ForAllValues:|ForAnyValue:)?(\w+?)(IfExists)?$/;

function isOperator(operator: string): boolean {
  const name = OPERATOR.exec(operator)?.[2] ?? '';
  return name === 'Null' || Object.hasOwn(TESTS, name);
}

function holds(operator: string, found: readonly string[] | undefined, wanted: readonly string[]): boolean {
  const [, set, name, optional] = OPERATOR.exec(operator) ?? [];
  if (!name) return false;
  if (name === 'Null') return wanted.some((value) => (value === 'true') === (found === undefined));
  if (found === undefined)
    return optional !== undefined || set === 'ForAllValues:' || (set === undefined && name.includes('Not'));
  const test = TESTS[name];
  if (!test) return false;
  const one = (value: string) =>
    name.includes('Not') ? wanted.every((want) => test(want, value)) : wanted.some((want) => test(want, value));
  return set === 'ForAllValues:' ? found.every(one) : found.some(one);
}

const TESTS: Readonly<Record<string, (wanted: string, found: string) => boolean>> = {
  StringEquals: (a, b) => a === b,
  StringNotEquals: (a, b) => a !== b,
  StringEqualsIgnoreCase: (a, b) => a.toLowerCase() === b.toLowerCase(),
  StringLike: glob,
  StringNotLike: (a, b) => !glob(a, b),
  ArnEquals: glob,
  ArnLike: glob,
  ArnNotEquals: (a, b) => !glob(a, b),
  ArnNotLike: (a, b) => !glob(a, b),
  Bool: (a, b) => a.toLowerCase() === b.toLowerCase(),
  NumericEquals: (a, b) => Number(b) === Number(a),
  NumericLessThan: (a, b) => Number(b) < Number(a),
  NumericLessThanEquals: (a, b) => Number(b) <= Number(a),
  NumericGreaterThan: (a, b) => Number(b) > Number(a),
  NumericGreaterThanEquals: (a, b) => Number(b) >= Number(a),
};

function list<T extends string | number | boolean>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** `*` any run, `?` any one character; linear in the text for each star. */
export function glob(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      mark += 1;
      t = mark;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
