/** Jinja's grammar of expressions: tokens → tree. */
import type { Args, Expr } from './ast.ts';
import type { Tokens } from './tokens.ts';

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

/** An expression, or several with commas between: a tuple. Without `condition` an `if` is left alone: it is the loop's own. */
export function readTuple(t: Tokens, condition: boolean, until?: string): Expr {
  return readListed(t, () => (condition ? readExpression(t) : readOr(t)), { until });
}

export function readListed(
  t: Tokens,
  one: () => Expr,
  { until, empty = false }: { readonly until?: string | undefined; readonly empty?: boolean },
): Expr {
  const at = t.at();
  const items: Expr[] = [];
  let comma = false;
  for (;;) {
    const { kind, text } = t.peek();
    if (kind === 'endblock' || kind === 'endprint' || (kind === 'op' && text === ')') || (kind === 'name' && text === until))
      break;
    items.push(one());
    if (!t.take(',')) break;
    comma = true;
  }
  if (comma || (items.length === 0 && empty)) return { k: 'tuple', items, ...at };
  return items[0] ?? t.fail(`Expected an expression, got ${t.show()}`);
}

export function readExpression(t: Tokens): Expr {
  t.enter();
  const first = readOr(t);
  const value = t.isName('if') ? readTernary(t, first) : first;
  t.leave();
  return value;
}

function readTernary(t: Tokens, first: Expr): Expr {
  let then = first;
  while (t.isName('if')) {
    const at = t.at();
    t.skip();
    const test = readOr(t);
    const otherwise = t.take('else', 'name') ? readExpression(t) : null;
    then = { k: 'if', test, then, else: otherwise, ...at };
  }
  return then;
}

function readOr(t: Tokens): Expr {
  let left = readAnd(t);
  while (t.isName('or')) {
    const at = t.at();
    t.skip();
    left = { k: 'or', left, right: readAnd(t), ...at };
  }
  return left;
}

function readAnd(t: Tokens): Expr {
  let left = readNot(t);
  while (t.isName('and')) {
    const at = t.at();
    t.skip();
    left = { k: 'and', left, right: readNot(t), ...at };
  }
  return left;
}

function readNot(t: Tokens): Expr {
  if (!t.isName('not')) return readCompare(t);
  const at = t.at();
  t.skip();
  t.enter();
  const of = readNot(t);
  t.leave();
  return { k: 'unary', op: 'not', of, ...at };
}

function readCompare(t: Tokens): Expr {
  const at = t.at();
  const first = readSum(t);
  const rest: { op: string; right: Expr }[] = [];
  for (;;) {
    const token = t.peek();
    if (token.kind === 'op' && ['==', '!=', '<', '<=', '>', '>='].includes(token.text)) {
      t.skip();
      rest.push({ op: token.text, right: readSum(t) });
    } else if (t.isName('in')) {
      t.skip();
      rest.push({ op: 'in', right: readSum(t) });
    } else if (t.isName('not') && t.peek(1).kind === 'name' && t.peek(1).text === 'in') {
      t.skip(2);
      rest.push({ op: 'not in', right: readSum(t) });
    } else break;
  }
  return rest.length === 0 ? first : { k: 'compare', first, rest, ...at };
}

function readSum(t: Tokens): Expr {
  let left = readConcat(t);
  while (t.is('+') || t.is('-')) {
    const at = t.at();
    const op = t.next().text;
    left = { k: 'binary', op, left, right: readConcat(t), ...at };
  }
  return left;
}

function readConcat(t: Tokens): Expr {
  const at = t.at();
  const items = [readProduct(t)];
  while (t.take('~')) items.push(readProduct(t));
  return items.length === 1 ? (items[0] as Expr) : { k: 'concat', items, ...at };
}

function readProduct(t: Tokens): Expr {
  let left = readPower(t);
  while (['*', '/', '//', '%'].some((op) => t.is(op))) {
    const at = t.at();
    const op = t.next().text;
    left = { k: 'binary', op, left, right: readPower(t), ...at };
  }
  return left;
}

/** From the left, and after signs: `-2 ** 2` is 4. */
function readPower(t: Tokens): Expr {
  let left = readUnary(t, true);
  while (t.is('**')) {
    const at = t.at();
    t.skip();
    left = { k: 'binary', op: '**', left, right: readUnary(t, true), ...at };
  }
  return left;
}

function readUnary(t: Tokens, filters: boolean): Expr {
  const at = t.at();
  let of: Expr;
  if (t.is('-') || t.is('+')) {
    const op = t.next().text as '-' | '+';
    t.enter();
    of = { k: 'unary', op, of: readUnary(t, false), ...at };
    t.leave();
  } else of = readPrimary(t);
  of = readPostfix(t, of);
  return filters ? readFiltersAndTests(t, of) : of;
}

function readPostfix(t: Tokens, start: Expr): Expr {
  let of = start;
  for (;;) {
    const at = t.at();
    if (t.take('.')) {
      const token = t.next();
      if (token.kind === 'name') of = { k: 'attr', of, name: token.text, ...at };
      else if (token.kind === 'int')
        of = { k: 'item', of, key: { k: 'const', value: BigInt(token.text.replaceAll('_', '')), ...at }, ...at };
      else t.fail('expected name or number', token);
    } else if (t.take('[')) {
      of = { k: 'item', of, key: readSubscript(t), ...at };
      t.expect(']');
    } else if (t.is('(')) of = { k: 'call', of, args: readArgs(t), ...at };
    else return of;
  }
}

function readFiltersAndTests(t: Tokens, start: Expr): Expr {
  let of = start;
  for (;;) {
    if (t.is('|')) of = readFilters(t, of, false);
    else if (t.isName('is')) of = readTest(t, of);
    else if (t.is('(')) of = { k: 'call', of, args: readArgs(t), ...t.at() };
    else return of;
  }
}

function readSubscript(t: Tokens): Expr {
  const at = t.at();
  const one = (): Expr => {
    const parts: (Expr | null)[] = [null];
    if (!t.is(':')) parts[0] = readExpression(t);
    if (!t.is(':')) return parts[0] as Expr;
    while (parts.length < 3 && t.take(':')) parts.push(t.is(':') || t.is(']') || t.is(',') ? null : readExpression(t));
    return { k: 'slice', from: parts[0] ?? null, to: parts[1] ?? null, step: parts[2] ?? null, ...at };
  };
  const items: Expr[] = [];
  while (!t.is(']')) {
    if (items.length > 0) t.expect(',');
    items.push(one());
  }
  return items.length === 1 ? (items[0] as Expr) : { k: 'tuple', items, ...at };
}

function readArgs(t: Tokens): Args {
  const positional: Expr[] = [];
  const named: { name: string; value: Expr }[] = [];
  let star: Expr | null = null;
  let starstar: Expr | null = null;
  t.expect('(');
  let first = true;
  while (!t.is(')')) {
    if (!first) {
      t.expect(',');
      if (t.is(')')) break;
    }
    first = false;
    if (t.take('**')) {
      if (starstar) t.fail('invalid syntax for function call expression');
      starstar = readExpression(t);
    } else if (t.take('*')) {
      if (star || starstar) t.fail('invalid syntax for function call expression');
      star = readExpression(t);
    } else if (t.peek().kind === 'name' && t.peek(1).kind === 'op' && t.peek(1).text === '=') {
      if (starstar) t.fail('invalid syntax for function call expression');
      const name = t.ident();
      t.skip();
      named.push({ name, value: readExpression(t) });
    } else {
      if (named.length > 0 || star || starstar) t.fail('invalid syntax for function call expression');
      positional.push(readExpression(t));
    }
  }
  t.expect(')');
  return { positional, named, star, starstar };
}

function noArgs(): Args {
  return { positional: [], named: [], star: null, starstar: null };
}

export function readFilters(t: Tokens, start: Expr | null, first: boolean): Expr {
  let of = start;
  let inline = first;
  while (inline || t.is('|')) {
    const at = t.at();
    if (!inline) t.skip();
    inline = false;
    let name = t.ident();
    while (t.take('.')) name += `.${t.ident()}`;
    of = { k: 'filter', of, name, args: t.is('(') ? readArgs(t) : noArgs(), ...at };
  }
  return of as Expr;
}

function readTest(t: Tokens, of: Expr): Expr {
  const at = t.at();
  t.skip();
  const negated = t.take('not', 'name');
  let name = t.ident();
  while (t.take('.')) name += `.${t.ident()}`;
  let args = noArgs();
  const token = t.peek();
  if (t.is('(')) args = readArgs(t);
  else if (['name', 'string', 'int', 'float'].includes(token.kind) || t.is('[') || t.is('{')) {
    // As in Jinja, any other word is what the test is asked with: `x is defined if y` is an error there, too.
    if (!(token.kind === 'name' && ['else', 'or', 'and'].includes(token.text))) {
      if (token.kind === 'name' && token.text === 'is') t.fail('You cannot chain multiple tests with is');
      args = { ...args, positional: [readPostfix(t, readPrimary(t))] };
    }
  }
  return { k: 'test', of, name, args, negated, ...at };
}

export function readPrimary(t: Tokens): Expr {
  const token = t.peek();
  const at = { line: token.line, col: token.col };
  if (!['name', 'string', 'int', 'float'].includes(token.kind) && !(token.kind === 'op' && '([{'.includes(token.text)))
    return t.fail(`unexpected ${t.show(token)}`, token);
  t.skip();
  switch (token.kind) {
    case 'name': {
      const constant = CONSTANTS.get(token.text);
      return constant === undefined ? { k: 'name', name: token.text, ...at } : { k: 'const', value: constant, ...at };
    }
    case 'string': {
      let text = token.text;
      while (t.peek().kind === 'string') text += t.next().text;
      return { k: 'const', value: text, ...at };
    }
    case 'int':
      return { k: 'const', value: BigInt(token.text.replaceAll('_', '')), ...at };
    case 'float':
      return { k: 'const', value: Number(token.text.replaceAll('_', '')), ...at };
    default:
      break;
  }
  if (token.kind === 'op' && token.text === '(') {
    const value = readListed(t, () => readExpression(t), { empty: true });
    t.expect(')');
    return value;
  }
  if (token.kind === 'op' && token.text === '[') {
    const items: Expr[] = [];
    while (!t.is(']')) {
      if (items.length > 0) t.expect(',');
      if (t.is(']')) break;
      items.push(readExpression(t));
    }
    t.expect(']');
    return { k: 'list', items, ...at };
  }
  const pairs: (readonly [Expr, Expr])[] = [];
  while (!t.is('}')) {
    if (pairs.length > 0) t.expect(',');
    if (t.is('}')) break;
    const key = readExpression(t);
    t.expect(':');
    pairs.push([key, readExpression(t)]);
  }
  t.expect('}');
  return { k: 'dict', pairs, ...at };
}
