/** What may be assigned to. */
import type { Expr, Target } from './ast.ts';
import { readListed, readPrimary } from './expressions.ts';
import type { Token } from './lexer.ts';
import type { Tokens } from './tokens.ts';

/** What may be assigned to: names, members of a namespace, several of them. It is read as a value, and refused where it is one. */
export function readTarget(
  t: Tokens,
  tuples: boolean,
  how: { readonly attributes?: boolean; readonly until?: string } = {},
): Target {
  const token = t.peek();
  const one = (): Expr => {
    const first = t.peek();
    if (!how.attributes || first.kind !== 'name' || t.peek(1).text !== '.' || t.peek(1).kind !== 'op') return readPrimary(t);
    t.skip(2);
    return {
      k: 'attr',
      of: { k: 'name', name: first.text, line: first.line, col: first.col },
      name: t.ident(),
      line: first.line,
      col: first.col,
    };
  };
  const expr = tuples ? readListed(t, one, { until: how.until }) : one();
  return assignable(t, expr, token);
}

function assignable(t: Tokens, expr: Expr, token: Token): Target {
  if (expr.k === 'name') return { k: 'name', name: expr.name };
  if (expr.k === 'attr' && expr.of.k === 'name') return { k: 'attr', of: expr.of.name, name: expr.name };
  if (expr.k === 'tuple') return { k: 'tuple', items: expr.items.map((item) => assignable(t, item, token)) };
  return t.fail(`can't assign to '${expr.k}'`, token);
}
