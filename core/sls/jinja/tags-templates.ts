/** Tags that go from one template to others, or hold a part of one under a name. */
import type { Stmt } from './ast.ts';
import type { Blocks } from './blocks.ts';
import { readExpression } from './expressions.ts';
import { readTarget } from './target.ts';
import type { Place } from './tokens.ts';

export function readContext(p: Blocks, usual: boolean): boolean {
  for (const [word, value] of [
    ['with', true],
    ['without', false],
  ] as const) {
    if (p.tokens.isName(word) && p.tokens.peek(1).text === 'context') {
      p.tokens.skip(2);
      return value;
    }
  }
  return usual;
}

export function readInclude(p: Blocks, at: Place): Stmt {
  const template = readExpression(p.tokens);
  let ignoreMissing = false;
  if (p.tokens.isName('ignore') && p.tokens.peek(1).text === 'missing') {
    p.tokens.skip(2);
    ignoreMissing = true;
  }
  const withContext = readContext(p, true);
  p.tokens.end();
  return { k: 'include', template, ignoreMissing, withContext, ...at };
}

export function readImport(p: Blocks, at: Place): Stmt {
  const template = readExpression(p.tokens);
  p.tokens.expect('as', 'name');
  const as = p.tokens.ident();
  const withContext = readContext(p, false);
  p.tokens.end();
  return { k: 'import', template, as, withContext, ...at };
}

export function readFrom(p: Blocks, at: Place): Stmt {
  const template = readExpression(p.tokens);
  p.tokens.expect('import', 'name');
  const names: { name: string; as: string }[] = [];
  let withContext = false;
  for (;;) {
    if (p.tokens.isName('with') || p.tokens.isName('without')) {
      const before = p.tokens.position;
      withContext = readContext(p, false);
      if (p.tokens.position !== before) break;
    }
    const name = p.tokens.ident();
    if (name.startsWith('_')) p.tokens.fail('names starting with an underline can not be imported');
    names.push({ name, as: p.tokens.take('as', 'name') ? p.tokens.ident() : name });
    if (p.tokens.isName('with') || p.tokens.isName('without')) {
      withContext = readContext(p, false);
      break;
    }
    if (!p.tokens.take(',')) break;
    if (p.tokens.peek().kind === 'endblock') break;
  }
  p.tokens.end();
  return { k: 'from', template, names, withContext, ...at };
}

export function readBlockTag(p: Blocks, at: Place): Stmt {
  const token = p.tokens.peek();
  const name = p.tokens.ident();
  if (p.names.has(name)) p.tokens.fail(`block '${name}' defined twice`, token);
  p.names.add(name);
  const scoped = p.tokens.take('scoped', 'name');
  const required = p.tokens.take('required', 'name');
  if (p.tokens.is('-'))
    p.tokens.fail(
      'Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.',
    );
  const body = p.function(['endblock']);
  if (required && !body.every((one) => one.k === 'data' && one.text.trim() === ''))
    p.tokens.fail('Required blocks can only contain comments or whitespace');
  p.tokens.skip();
  if (p.tokens.isName(name)) p.tokens.skip();
  p.tokens.end();
  return { k: 'block', name, body, scoped, required, ...at };
}

export function readLoad(p: Blocks, at: Place, format: 'yaml' | 'json' | 'text'): Stmt {
  p.tokens.expect('as', 'name');
  const target = readTarget(p.tokens, true);
  const body = p.function(['endload']);
  p.close();
  return { k: 'load', format, target, body, ...at };
}
