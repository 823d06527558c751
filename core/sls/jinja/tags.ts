/** Jinja's own tags, Salt's beside them: tokens → statements. */
import type { Expr, Parameter, Stmt, Target } from './ast.ts';
import type { Blocks } from './blocks.ts';
import { readExpression, readFilters, readTuple } from './expressions.ts';
import type { Token } from './lexer.ts';
import { readBlockTag, readContext, readFrom, readImport, readInclude, readLoad } from './tags-templates.ts';
import { readTarget } from './target.ts';
import type { Place } from './tokens.ts';

/** The statements of a tag whose name was read. */
export function readTag(p: Blocks, tag: Token): readonly Stmt[] {
  const at = { line: tag.line, col: tag.col };
  switch (tag.text) {
    case 'if':
      return [readIf(p, at)];
    case 'for':
      return [readFor(p, at)];
    case 'set':
      return [readSet(p, at)];
    case 'with':
      return [readWith(p, at)];
    case 'macro':
      return [readMacro(p, at)];
    case 'call':
      return [readCall(p, at)];
    case 'filter': {
      const filter = readFilters(p.tokens, null, true);
      const body = p.within(['endfilter']);
      p.close();
      return [{ k: 'filter', filter, body, ...at }];
    }
    case 'do': {
      const expr = readTuple(p.tokens, true);
      p.tokens.end();
      return [{ k: 'do', expr, ...at }];
    }
    case 'print': {
      const exprs: Expr[] = [];
      while (p.tokens.peek().kind !== 'endblock') {
        if (exprs.length > 0) p.tokens.expect(',');
        exprs.push(readExpression(p.tokens));
      }
      p.tokens.end();
      return exprs.map((expr) => ({ k: 'print', expr, ...at }));
    }
    case 'break':
    case 'continue':
      if (p.loops === 0) p.tokens.fail(`'${tag.text}' outside loop`, tag);
      p.tokens.end();
      return [{ k: tag.text, ...at }];
    case 'include':
      return [readInclude(p, at)];
    case 'import':
      return [readImport(p, at)];
    case 'from':
      return [readFrom(p, at)];
    case 'block':
      return [readBlockTag(p, at)];
    case 'extends': {
      const template = readExpression(p.tokens);
      p.tokens.end();
      return [{ k: 'extends', template, ...at }];
    }
    case 'load_yaml':
    case 'load_json':
    case 'load_text':
      return [readLoad(p, at, tag.text.slice(5) as 'yaml')];
    case 'import_yaml':
    case 'import_json':
    case 'import_text': {
      const template = readExpression(p.tokens);
      p.tokens.expect('as', 'name');
      const target = readTarget(p.tokens, true);
      const withContext = readContext(p, false);
      p.tokens.end();
      return [{ k: 'importData', format: tag.text.slice(7) as 'yaml', template, target, withContext, ...at }];
    }
    case 'profile': {
      p.tokens.expect('as', 'name');
      const expr = readExpression(p.tokens);
      const body = p.within(['endprofile']);
      p.close();
      return [{ k: 'do', expr, ...at }, ...body];
    }
    case 'autoescape': {
      const on = readExpression(p.tokens);
      const body = p.within(['endautoescape']);
      p.close();
      return [{ k: 'autoescape', on, body, ...at }];
    }
    default:
      return p.unknown(tag);
  }
}

function readIf(p: Blocks, at: Place): Stmt {
  const branches: { test: Expr; body: readonly Stmt[] }[] = [];
  let test = readTuple(p.tokens, false);
  for (;;) {
    const body = p.within(['elif', 'else', 'endif']);
    branches.push({ test, body });
    const tag = p.tokens.next().text;
    if (tag === 'elif') {
      test = readTuple(p.tokens, false);
      continue;
    }
    let otherwise: readonly Stmt[] = [];
    if (tag === 'else') {
      otherwise = p.within(['endif']);
      p.tokens.skip();
    }
    p.tokens.end();
    return { k: 'if', branches, else: otherwise, ...at };
  }
}

function readFor(p: Blocks, at: Place): Stmt {
  const token = p.tokens.peek();
  const target = readTarget(p.tokens, true, { until: 'in' });
  if (namesOf(target).includes('loop')) p.tokens.fail("Can't assign to special loop variable in for-loop target", token);
  p.tokens.expect('in', 'name');
  const iter = readTuple(p.tokens, false, 'recursive');
  const test = p.tokens.take('if', 'name') ? readExpression(p.tokens) : null;
  const recursive = p.tokens.take('recursive', 'name');
  p.loops += 1;
  const body = p.within(['endfor', 'else']);
  p.loops -= 1;
  let otherwise: readonly Stmt[] = [];
  if (p.tokens.next().text === 'else') {
    otherwise = p.within(['endfor']);
    p.tokens.skip();
  }
  p.tokens.end();
  return { k: 'for', target, iter, test, recursive, body, else: otherwise, ...at };
}

function readSet(p: Blocks, at: Place): Stmt {
  const target = readTarget(p.tokens, true, { attributes: true });
  if (p.tokens.take('=')) {
    const value = readTuple(p.tokens, true);
    p.tokens.end();
    return { k: 'set', target, value, ...at };
  }
  const filter = p.tokens.is('|') ? readFilters(p.tokens, null, false) : null;
  const body = p.within(['endset']);
  p.close();
  return { k: 'setblock', target, filter, body, ...at };
}

function readWith(p: Blocks, at: Place): Stmt {
  const pairs: { target: Target; value: Expr }[] = [];
  while (p.tokens.peek().kind !== 'endblock') {
    if (pairs.length > 0) p.tokens.expect(',');
    const target = readTarget(p.tokens, true);
    p.tokens.expect('=');
    pairs.push({ target, value: readExpression(p.tokens) });
  }
  const body = p.within(['endwith']);
  p.close();
  return { k: 'with', pairs, body, ...at };
}

function readParameters(p: Blocks): readonly Parameter[] {
  const parameters: Parameter[] = [];
  p.tokens.expect('(');
  while (!p.tokens.is(')')) {
    if (parameters.length > 0) p.tokens.expect(',');
    if (p.tokens.is(')')) break;
    const name = p.tokens.ident();
    const value = p.tokens.take('=') ? readExpression(p.tokens) : null;
    if (!value && parameters.some((parameter) => parameter.value)) p.tokens.fail('non-default argument follows default argument');
    parameters.push({ name, value });
  }
  p.tokens.expect(')');
  return parameters;
}

function readMacro(p: Blocks, at: Place): Stmt {
  const name = p.tokens.ident();
  const parameters = readParameters(p);
  const body = p.function(['endmacro']);
  p.close();
  return { k: 'macro', name, parameters, body, ...at };
}

function readCall(p: Blocks, at: Place): Stmt {
  const parameters = p.tokens.is('(') ? readParameters(p) : [];
  const call = readExpression(p.tokens);
  if (call.k !== 'call') p.tokens.fail('expected call', at);
  const body = p.function(['endcall']);
  p.close();
  return { k: 'call', call, parameters, body, ...at };
}

function namesOf(target: Target): readonly string[] {
  if (target.k === 'tuple') return target.items.flatMap(namesOf);
  return target.k === 'name' ? [target.name] : [];
}
