/** IAM's policy language, as far as Brine's own roles, session policies, queue policies and key policies use it. */

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Question {
  readonly action: string;
  readonly resource: string;
  /** Condition keys in lower case → values. */
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** ARNs under which the caller can be named as principal, and its service if it is one. */
  readonly principals: readonly string[];
  readonly service: string | null;
}

export type Decision = 'allow' | 'deny' | 'none';

/** An explicit deny wins, then an allow; none otherwise. `named` says whether statements carry principals (resource policies). */
export function decide(statements: readonly Statement[], question: Question, named: boolean): Decision {
  let decision: Decision = 'none';
  for (const statement of statements) {
    if (!applies(statement, question, named)) continue;
    if (statement.Effect === 'Deny') return 'deny';
    decision = 'allow';
  }
  return decision;
}

export function parsePolicy(text: string): readonly Statement[] {
  const policy: unknown = JSON.parse(text);
  const found = (policy as { Statement?: Statement | Statement[] } | null)?.Statement;
  if (!found) throw new SyntaxError('a policy has a Statement');
  return Array.isArray(found) ? found : [found];
}

function applies(statement: Statement, question: Question, named: boolean): boolean {
  const fill = (pattern: string) =>
    pattern.replace(/\$\{([^}]+)\}/g, (_all, key: string) => question.context.get(key.toLowerCase())?.[0] ?? '\u0000');
  const action = (pattern: string) => glob(pattern.toLowerCase(), question.action.toLowerCase());
  if (statement.Action !== undefined && !list(statement.Action).some(action)) return false;
  if (statement.NotAction !== undefined && list(statement.NotAction).some(action)) return false;
  if (statement.Resource !== undefined && !list(statement.Resource).some((pattern) => glob(fill(pattern), question.resource)))
    return false;
  if (named && !isPrincipal(statement.Principal, question)) return false;
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

function isPrincipal(principal: unknown, question: Question): boolean {
  if (principal === '*') return true;
  const { AWS, Service } = (principal ?? {}) as { AWS?: string | string[]; Service?: string | string[] };
  if (Service !== undefined && question.service !== null && list(Service).includes(question.service)) return true;
  return AWS !== undefined && list(AWS).some((wanted) => wanted === '*' || question.principals.includes(wanted));
}

function holds(operator: string, found: readonly string[] | undefined, wanted: readonly string[]): boolean {
  const [, set, name, optional] = /^(ForAllValues:|ForAnyValue:)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  if (!name) return false;
  if (name === 'Null') return wanted.some((value) => (value === 'true') === (found === undefined));
  if (found === undefined) return optional !== undefined || set === 'ForAllValues:' || name.includes('Not');
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

function list<T>(value: T | readonly T[]): readonly T[] {
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
