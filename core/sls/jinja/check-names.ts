/** Filters and tests that nobody knows, and arguments named twice: Jinja says them before anything is rendered, but not what stands under an `if`. */
import type { Expr, Stmt } from './ast.ts';
import { jinjaError } from './error.ts';
import { filterNames } from './filters.ts';
import { testNames } from './tests.ts';

export function checkNames(body: readonly Stmt[], file: string): void {
  statements(body, { file, soft: false });
}

interface Place {
  readonly file: string;
  /** Under an `if`: what is unknown is said when it is reached. */
  readonly soft: boolean;
}

const hard = (place: Place): Place => ({ ...place, soft: false });
const soft = (place: Place): Place => ({ ...place, soft: true });

function statements(body: readonly Stmt[], place: Place): void {
  for (const stmt of body) statement(stmt, place);
}

function statement(stmt: Stmt, place: Place): void {
  if (stmt.k === 'if') {
    for (const { test, body } of stmt.branches) {
      walk(test, soft(place));
      statements(body, soft(place));
    }
    return statements(stmt.else, soft(place));
  }
  for (const [name, part] of Object.entries(stmt)) {
    if (name === 'body' || name === 'else') statements(part as readonly Stmt[], hard(place));
    else walk(part, place);
  }
}

/** Every expression below. */
function walk(part: unknown, place: Place): void {
  if (typeof part !== 'object' || part === null) return;
  if (Array.isArray(part)) {
    for (const one of part) walk(one, place);
    return;
  }
  const expr = part as Expr;
  if (expr.k === 'const') return;
  if (expr.k === 'filter' || expr.k === 'test') known(expr, place);
  if ('args' in expr) twice(expr, place);
  for (const one of Object.values(expr)) walk(one, expr.k === 'if' ? soft(place) : place);
}

function known(expr: Extract<Expr, { k: 'filter' | 'test' }>, { file, soft }: Place): void {
  if (soft || (expr.k === 'filter' ? filterNames() : testNames()).has(expr.name)) return;
  throw jinjaError('jinja.missing', `No ${expr.k} named '${expr.name}'.`, { file, line: expr.line, col: expr.col });
}

function twice({ args, line, col }: Extract<Expr, { k: 'call' | 'filter' | 'test' }>, { file }: Place): void {
  const names = args.named.map(({ name }) => name);
  const again = names.find((name, i) => names.indexOf(name) !== i);
  if (again !== undefined) throw jinjaError('jinja.syntax', `keyword argument repeated: ${again}`, { file, line, col });
}
