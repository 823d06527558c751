/** Jinja's grammar with Salt's tags: tokens → tree. */
import type { Where } from '../../errors.ts';
import type { Args, Expr, Parameter, Stmt, Target } from './ast.ts';
import { jinjaError } from './error.ts';
import { DEFAULTS, type LexOptions, lex, type Token } from './lexer.ts';

export function parseTemplate(source: string, name: string, options: LexOptions = DEFAULTS): readonly Stmt[] {
  return new Parser(lex(source, name, options), name).template();
}

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

/** How Jinja calls a token in its errors, where it does not show it. */
const SAID: Partial<Record<Token['kind'], string>> = {
  end: 'end of template',
  block: 'begin of statement block',
  endblock: 'end of statement block',
  print: 'begin of print statement',
  endprint: 'end of print statement',
  data: 'template data / text',
  string: 'string',
  int: 'integer',
  float: 'float',
};

class Parser {
  readonly #tokens: readonly Token[];
  readonly #name: string;
  /** Tags whose end is not reached, and for each body that is being read the tags that may end it. */
  readonly #open: string[] = [];
  readonly #ends: (readonly string[])[] = [];
  /** Are we in the body of a loop, within the same function? */
  #loops = 0;
  readonly #blocks = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], name: string) {
    this.#tokens = tokens;
    this.#name = name;
  }

  template(): readonly Stmt[] {
    const body = this.#body([]);
    if (this.#peek().kind !== 'end') this.#fail(`unexpected ${this.#show()}`);
    return body;
  }

  #peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
    if (token.error) throw token.error;
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #where(token = this.#peek()): Where {
    return { file: this.#name, line: token.line, col: token.col };
  }

  #fail(text: string, token = this.#peek()): never {
    throw jinjaError('jinja.syntax', text, this.#where(token));
  }

  #show(token = this.#peek()): string {
    return `'${SAID[token.kind] ?? token.text}'`;
  }

  #is(text: string, kind: Token['kind'] = 'op'): boolean {
    const token = this.#peek();
    return token.kind === kind && token.text === text;
  }

  #isName(text: string): boolean {
    return this.#is(text, 'name');
  }

  #take(text: string, kind: Token['kind'] = 'op'): boolean {
    if (!this.#is(text, kind)) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string, kind: Token['kind'] = 'op'): Token {
    if (!this.#is(text, kind)) this.#fail(`expected token '${text}', got ${this.#show()}`);
    return this.#next();
  }

  #ident(): string {
    const token = this.#peek();
    if (token.kind !== 'name') this.#fail(`expected token 'name', got ${this.#show()}`);
    return this.#next().text;
  }

  #end(): void {
    if (this.#peek().kind !== 'endblock') this.#fail(`expected token 'end of statement block', got ${this.#show()}`);
    this.#at += 1;
  }

  /** Statements until one of these tags, whose name is left to be read. */
  #body(until: readonly string[]): readonly Stmt[] {
    const body: Stmt[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'end') {
        if (until.length === 0) return body;
        this.#unclosed(null, [...this.#ends], token);
      }
      if (token.kind === 'data') {
        this.#at += 1;
        body.push({ k: 'data', text: token.text, line: token.line, col: token.col });
      } else if (token.kind === 'print') {
        this.#at += 1;
        const expr = this.#tupleOr(true);
        if (this.#peek().kind !== 'endprint') this.#fail(`expected token 'end of print statement', got ${this.#show()}`);
        this.#at += 1;
        body.push({ k: 'print', expr, line: token.line, col: token.col });
      } else if (token.kind === 'block') {
        this.#at += 1;
        const tag = this.#peek();
        if (tag.kind === 'name' && until.includes(tag.text)) return body;
        if (tag.kind !== 'name') this.#fail('tag name expected');
        body.push(...this.#statement());
      } else this.#fail(`unexpected ${this.#show()}`);
    }
  }

  /** A body up to one of these tags. A colon may stand before it, as in Python. */
  #within(until: readonly string[]): readonly Stmt[] {
    this.#take(':');
    this.#end();
    this.#ends.push(until);
    if (this.#ends.length > 100) this.#fail('blocks are nested too deep');
    const body = this.#body(until);
    this.#ends.pop();
    return body;
  }

  /** A body that is a function of its own: a loop around it is none of its. */
  #function(until: readonly string[]): readonly Stmt[] {
    const loops = this.#loops;
    this.#loops = 0;
    const body = this.#within(until);
    this.#loops = loops;
    return body;
  }

  /** A tag that nobody knows, or none where one is missing. */
  #unclosed(tag: string | null, ends: readonly (readonly string[])[], at: Token): never {
    const looking = ends
      .at(-1)
      ?.map((end) => `'${end}'`)
      .join(' or ');
    const nesting = tag !== null && ends.some((list) => list.includes(tag));
    const text = [tag === null ? 'Unexpected end of template.' : `Encountered unknown tag '${tag}'.`];
    if (looking)
      text.push(
        nesting
          ? `You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ${looking}.`
          : `Jinja was looking for the following tags: ${looking}.`,
      );
    if (this.#open.length > 0) text.push(`The innermost block that needs to be closed is '${this.#open.at(-1)}'.`);
    this.#fail(text.join(' '), at);
  }

  /** Reads `endtag` and the end of its block. */
  #close(): void {
    this.#at += 1;
    this.#end();
  }

  #statement(): readonly Stmt[] {
    const tag = this.#peek();
    this.#open.push(tag.text);
    this.#at += 1;
    const read = this.#statementOf(tag);
    this.#open.pop();
    return read;
  }

  #statementOf(tag: Token): readonly Stmt[] {
    const at = { line: tag.line, col: tag.col };
    switch (tag.text) {
      case 'if':
        return [this.#if(at)];
      case 'for':
        return [this.#for(at)];
      case 'set':
        return [this.#set(at)];
      case 'with':
        return [this.#with(at)];
      case 'macro':
        return [this.#macro(at)];
      case 'call':
        return [this.#call(at)];
      case 'filter': {
        const filter = this.#filters(null, true);
        const body = this.#within(['endfilter']);
        this.#close();
        return [{ k: 'filter', filter, body, ...at }];
      }
      case 'do': {
        const expr = this.#tupleOr(true);
        this.#end();
        return [{ k: 'do', expr, ...at }];
      }
      case 'print': {
        const exprs: Expr[] = [];
        while (this.#peek().kind !== 'endblock') {
          if (exprs.length > 0) this.#expect(',');
          exprs.push(this.#expr());
        }
        this.#end();
        return exprs.map((expr) => ({ k: 'print', expr, ...at }));
      }
      case 'break':
      case 'continue':
        if (this.#loops === 0) this.#fail(`'${tag.text}' outside loop`, tag);
        this.#end();
        return [{ k: tag.text, ...at }];
      case 'include':
        return [this.#include(at)];
      case 'import':
        return [this.#import(at)];
      case 'from':
        return [this.#from(at)];
      case 'block':
        return [this.#blockTag(at)];
      case 'extends': {
        const template = this.#expr();
        this.#end();
        return [{ k: 'extends', template, ...at }];
      }
      case 'load_yaml':
      case 'load_json':
      case 'load_text':
        return [this.#load(at, tag.text.slice(5) as 'yaml')];
      case 'import_yaml':
      case 'import_json':
      case 'import_text': {
        const template = this.#expr();
        this.#expect('as', 'name');
        const target = this.#target(true);
        const withContext = this.#context(false);
        this.#end();
        return [{ k: 'importData', format: tag.text.slice(7) as 'yaml', template, target, withContext, ...at }];
      }
      case 'profile': {
        this.#expect('as', 'name');
        const expr = this.#expr();
        const body = this.#within(['endprofile']);
        this.#close();
        return [{ k: 'do', expr, ...at }, ...body];
      }
      case 'autoescape': {
        const on = this.#expr();
        const body = this.#within(['endautoescape']);
        this.#close();
        return [{ k: 'autoescape', on, body, ...at }];
      }
      default:
        this.#open.pop();
        return this.#unclosed(tag.text, this.#ends, tag);
    }
  }

  #if(at: { line: number; col: number }): Stmt {
    const branches: { test: Expr; body: readonly Stmt[] }[] = [];
    let test = this.#tupleOr(false);
    for (;;) {
      const body = this.#within(['elif', 'else', 'endif']);
      branches.push({ test, body });
      const tag = this.#next().text;
      if (tag === 'elif') {
        test = this.#tupleOr(false);
        continue;
      }
      let otherwise: readonly Stmt[] = [];
      if (tag === 'else') {
        otherwise = this.#within(['endif']);
        this.#at += 1;
      }
      this.#end();
      return { k: 'if', branches, else: otherwise, ...at };
    }
  }

  #for(at: { line: number; col: number }): Stmt {
    const token = this.#peek();
    const target = this.#target(true, { until: 'in' });
    if (namesOf(target).includes('loop')) this.#fail("Can't assign to special loop variable in for-loop target", token);
    this.#expect('in', 'name');
    const iter = this.#tupleOr(false, 'recursive');
    const test = this.#take('if', 'name') ? this.#expr() : null;
    const recursive = this.#take('recursive', 'name');
    this.#loops += 1;
    const body = this.#within(['endfor', 'else']);
    this.#loops -= 1;
    let otherwise: readonly Stmt[] = [];
    if (this.#next().text === 'else') {
      otherwise = this.#within(['endfor']);
      this.#at += 1;
    }
    this.#end();
    return { k: 'for', target, iter, test, recursive, body, else: otherwise, ...at };
  }

  #set(at: { line: number; col: number }): Stmt {
    const target = this.#target(true, { attributes: true });
    if (this.#take('=')) {
      const value = this.#tupleOr(true);
      this.#end();
      return { k: 'set', target, value, ...at };
    }
    const filter = this.#is('|') ? this.#filters(null, false) : null;
    const body = this.#within(['endset']);
    this.#close();
    return { k: 'setblock', target, filter, body, ...at };
  }

  #with(at: { line: number; col: number }): Stmt {
    const pairs: { target: Target; value: Expr }[] = [];
    while (this.#peek().kind !== 'endblock') {
      if (pairs.length > 0) this.#expect(',');
      const target = this.#target(true);
      this.#expect('=');
      pairs.push({ target, value: this.#expr() });
    }
    const body = this.#within(['endwith']);
    this.#close();
    return { k: 'with', pairs, body, ...at };
  }

  #parameters(): readonly Parameter[] {
    const parameters: Parameter[] = [];
    this.#expect('(');
    while (!this.#is(')')) {
      if (parameters.length > 0) this.#expect(',');
      if (this.#is(')')) break;
      const name = this.#ident();
      const value = this.#take('=') ? this.#expr() : null;
      if (!value && parameters.some((parameter) => parameter.value)) this.#fail('non-default argument follows default argument');
      parameters.push({ name, value });
    }
    this.#expect(')');
    return parameters;
  }

  #macro(at: { line: number; col: number }): Stmt {
    const name = this.#ident();
    const parameters = this.#parameters();
    const body = this.#function(['endmacro']);
    this.#close();
    return { k: 'macro', name, parameters, body, ...at };
  }

  #call(at: { line: number; col: number }): Stmt {
    const parameters = this.#is('(') ? this.#parameters() : [];
    const call = this.#expr();
    if (call.k !== 'call') throw jinjaError('jinja.syntax', 'expected call', { file: this.#name, ...at });
    const body = this.#function(['endcall']);
    this.#close();
    return { k: 'call', call, parameters, body, ...at };
  }

  #context(usual: boolean): boolean {
    for (const [word, value] of [
      ['with', true],
      ['without', false],
    ] as const) {
      if (this.#isName(word) && this.#peek(1).text === 'context') {
        this.#at += 2;
        return value;
      }
    }
    return usual;
  }

  #include(at: { line: number; col: number }): Stmt {
    const template = this.#expr();
    let ignoreMissing = false;
    if (this.#isName('ignore') && this.#peek(1).text === 'missing') {
      this.#at += 2;
      ignoreMissing = true;
    }
    const withContext = this.#context(true);
    this.#end();
    return { k: 'include', template, ignoreMissing, withContext, ...at };
  }

  #import(at: { line: number; col: number }): Stmt {
    const template = this.#expr();
    this.#expect('as', 'name');
    const as = this.#ident();
    const withContext = this.#context(false);
    this.#end();
    return { k: 'import', template, as, withContext, ...at };
  }

  #from(at: { line: number; col: number }): Stmt {
    const template = this.#expr();
    this.#expect('import', 'name');
    const names: { name: string; as: string }[] = [];
    let withContext = false;
    for (;;) {
      if (this.#isName('with') || this.#isName('without')) {
        const before = this.#at;
        withContext = this.#context(false);
        if (this.#at !== before) break;
      }
      const name = this.#ident();
      if (name.startsWith('_')) this.#fail('names starting with an underline can not be imported');
      names.push({ name, as: this.#take('as', 'name') ? this.#ident() : name });
      if (this.#isName('with') || this.#isName('without')) {
        withContext = this.#context(false);
        break;
      }
      if (!this.#take(',')) break;
      if (this.#peek().kind === 'endblock') break;
    }
    this.#end();
    return { k: 'from', template, names, withContext, ...at };
  }

  #blockTag(at: { line: number; col: number }): Stmt {
    const token = this.#peek();
    const name = this.#ident();
    if (this.#blocks.has(name)) this.#fail(`block '${name}' defined twice`, token);
    this.#blocks.add(name);
    const scoped = this.#take('scoped', 'name');
    const required = this.#take('required', 'name');
    if (this.#is('-'))
      this.#fail(
        'Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.',
      );
    const body = this.#function(['endblock']);
    if (required && !body.every((one) => one.k === 'data' && one.text.trim() === ''))
      this.#fail('Required blocks can only contain comments or whitespace');
    this.#at += 1;
    if (this.#isName(name)) this.#at += 1;
    this.#end();
    return { k: 'block', name, body, scoped, required, ...at };
  }

  #load(at: { line: number; col: number }, format: 'yaml' | 'json' | 'text'): Stmt {
    this.#expect('as', 'name');
    const target = this.#target(true);
    const body = this.#function(['endload']);
    this.#close();
    return { k: 'load', format, target, body, ...at };
  }

  /** What may be assigned to: names, members of a namespace, several of them. It is read as a value, and refused where it is one. */
  #target(tuples: boolean, how: { readonly attributes?: boolean; readonly until?: string } = {}): Target {
    const token = this.#peek();
    const one = (): Expr => {
      const first = this.#peek();
      if (!how.attributes || first.kind !== 'name' || this.#peek(1).text !== '.' || this.#peek(1).kind !== 'op')
        return this.#primary();
      this.#at += 2;
      return {
        k: 'attr',
        of: { k: 'name', name: first.text, line: first.line, col: first.col },
        name: this.#ident(),
        line: first.line,
        col: first.col,
      };
    };
    const expr = tuples ? this.#listed(one, { until: how.until }) : one();
    return this.#assignable(expr, token);
  }

  #assignable(expr: Expr, token: Token): Target {
    if (expr.k === 'name') return { k: 'name', name: expr.name };
    if (expr.k === 'attr' && expr.of.k === 'name') return { k: 'attr', of: expr.of.name, name: expr.name };
    if (expr.k === 'tuple') return { k: 'tuple', items: expr.items.map((item) => this.#assignable(item, token)) };
    return this.#fail(`can't assign to '${expr.k}'`, token);
  }

  // Expressions

  #at_(): { line: number; col: number } {
    const { line, col } = this.#peek();
    return { line, col };
  }

  /** An expression, or several with commas between: a tuple. Without `condition` an `if` is left alone: it is the loop's own. */
  #tupleOr(condition: boolean, until?: string): Expr {
    return this.#listed(() => (condition ? this.#expr() : this.#or()), { until });
  }

  #listed(one: () => Expr, { until, empty = false }: { readonly until?: string | undefined; readonly empty?: boolean }): Expr {
    const at = this.#at_();
    const items: Expr[] = [];
    let comma = false;
    for (;;) {
      const { kind, text } = this.#peek();
      if (kind === 'endblock' || kind === 'endprint' || (kind === 'op' && text === ')') || (kind === 'name' && text === until))
        break;
      items.push(one());
      if (!this.#take(',')) break;
      comma = true;
    }
    if (comma || (items.length === 0 && empty)) return { k: 'tuple', items, ...at };
    return items[0] ?? this.#fail(`Expected an expression, got ${this.#show()}`);
  }

  #expr(): Expr {
    this.#depth += 1;
    if (this.#depth > 200) this.#fail('an expression is nested too deep');
    const first = this.#or();
    const value = this.#isName('if') ? this.#ternary(first) : first;
    this.#depth -= 1;
    return value;
  }

  #ternary(first: Expr): Expr {
    let then = first;
    while (this.#isName('if')) {
      const at = this.#at_();
      this.#at += 1;
      const test = this.#or();
      const otherwise = this.#take('else', 'name') ? this.#expr() : null;
      then = { k: 'if', test, then, else: otherwise, ...at };
    }
    return then;
  }

  #or(): Expr {
    let left = this.#and();
    while (this.#isName('or')) {
      const at = this.#at_();
      this.#at += 1;
      left = { k: 'or', left, right: this.#and(), ...at };
    }
    return left;
  }

  #and(): Expr {
    let left = this.#not();
    while (this.#isName('and')) {
      const at = this.#at_();
      this.#at += 1;
      left = { k: 'and', left, right: this.#not(), ...at };
    }
    return left;
  }

  #not(): Expr {
    if (!this.#isName('not')) return this.#compare();
    const at = this.#at_();
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > 200) this.#fail('an expression is nested too deep');
    const of = this.#not();
    this.#depth -= 1;
    return { k: 'unary', op: 'not', of, ...at };
  }

  #compare(): Expr {
    const at = this.#at_();
    const first = this.#sum();
    const rest: { op: string; right: Expr }[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'op' && ['==', '!=', '<', '<=', '>', '>='].includes(token.text)) {
        this.#at += 1;
        rest.push({ op: token.text, right: this.#sum() });
      } else if (this.#isName('in')) {
        this.#at += 1;
        rest.push({ op: 'in', right: this.#sum() });
      } else if (this.#isName('not') && this.#peek(1).kind === 'name' && this.#peek(1).text === 'in') {
        this.#at += 2;
        rest.push({ op: 'not in', right: this.#sum() });
      } else break;
    }
    return rest.length === 0 ? first : { k: 'compare', first, rest, ...at };
  }

  #sum(): Expr {
    let left = this.#concat();
    while (this.#is('+') || this.#is('-')) {
      const at = this.#at_();
      const op = this.#next().text;
      left = { k: 'binary', op, left, right: this.#concat(), ...at };
    }
    return left;
  }

  #concat(): Expr {
    const at = this.#at_();
    const items = [this.#product()];
    while (this.#take('~')) items.push(this.#product());
    return items.length === 1 ? (items[0] as Expr) : { k: 'concat', items, ...at };
  }

  #product(): Expr {
    let left = this.#power();
    while (['*', '/', '//', '%'].some((op) => this.#is(op))) {
      const at = this.#at_();
      const op = this.#next().text;
      left = { k: 'binary', op, left, right: this.#power(), ...at };
    }
    return left;
  }

  /** From the left, and after signs: `-2 ** 2` is 4. */
  #power(): Expr {
    let left = this.#unary(true);
    while (this.#is('**')) {
      const at = this.#at_();
      this.#at += 1;
      left = { k: 'binary', op: '**', left, right: this.#unary(true), ...at };
    }
    return left;
  }

  #unary(filters: boolean): Expr {
    const at = this.#at_();
    let of: Expr;
    if (this.#is('-') || this.#is('+')) {
      const op = this.#next().text as '-' | '+';
      this.#depth += 1;
      if (this.#depth > 200) this.#fail('an expression is nested too deep');
      of = { k: 'unary', op, of: this.#unary(false), ...at };
      this.#depth -= 1;
    } else of = this.#primary();
    of = this.#postfix(of);
    return filters ? this.#filterChain(of) : of;
  }

  #postfix(start: Expr): Expr {
    let of = start;
    for (;;) {
      const at = this.#at_();
      if (this.#take('.')) {
        const token = this.#next();
        if (token.kind === 'name') of = { k: 'attr', of, name: token.text, ...at };
        else if (token.kind === 'int')
          of = { k: 'item', of, key: { k: 'const', value: BigInt(token.text.replaceAll('_', '')), ...at }, ...at };
        else this.#fail('expected name or number', token);
      } else if (this.#take('[')) {
        of = { k: 'item', of, key: this.#subscript(), ...at };
        this.#expect(']');
      } else if (this.#is('(')) of = { k: 'call', of, args: this.#args(), ...at };
      else return of;
    }
  }

  #filterChain(start: Expr): Expr {
    let of = start;
    for (;;) {
      if (this.#is('|')) of = this.#filters(of, false);
      else if (this.#isName('is')) of = this.#test(of);
      else if (this.#is('(')) of = { k: 'call', of, args: this.#args(), ...this.#at_() };
      else return of;
    }
  }

  #subscript(): Expr {
    const at = this.#at_();
    const one = (): Expr => {
      const parts: (Expr | null)[] = [null];
      if (!this.#is(':')) parts[0] = this.#expr();
      if (!this.#is(':')) return parts[0] as Expr;
      while (parts.length < 3 && this.#take(':'))
        parts.push(this.#is(':') || this.#is(']') || this.#is(',') ? null : this.#expr());
      return { k: 'slice', from: parts[0] ?? null, to: parts[1] ?? null, step: parts[2] ?? null, ...at };
    };
    const items: Expr[] = [];
    while (!this.#is(']')) {
      if (items.length > 0) this.#expect(',');
      items.push(one());
    }
    return items.length === 1 ? (items[0] as Expr) : { k: 'tuple', items, ...at };
  }

  #args(): Args {
    const positional: Expr[] = [];
    const named: { name: string; value: Expr }[] = [];
    let star: Expr | null = null;
    let starstar: Expr | null = null;
    this.#expect('(');
    let first = true;
    while (!this.#is(')')) {
      if (!first) {
        this.#expect(',');
        if (this.#is(')')) break;
      }
      first = false;
      if (this.#take('**')) {
        if (starstar) this.#fail('invalid syntax for function call expression');
        starstar = this.#expr();
      } else if (this.#take('*')) {
        if (star || starstar) this.#fail('invalid syntax for function call expression');
        star = this.#expr();
      } else if (this.#peek().kind === 'name' && this.#peek(1).kind === 'op' && this.#peek(1).text === '=') {
        if (starstar) this.#fail('invalid syntax for function call expression');
        const name = this.#ident();
        this.#at += 1;
        named.push({ name, value: this.#expr() });
      } else {
        if (named.length > 0 || star || starstar) this.#fail('invalid syntax for function call expression');
        positional.push(this.#expr());
      }
    }
    this.#expect(')');
    return { positional, named, star, starstar };
  }

  #noArgs(): Args {
    return { positional: [], named: [], star: null, starstar: null };
  }

  #filters(start: Expr | null, first: boolean): Expr {
    let of = start;
    let inline = first;
    while (inline || this.#is('|')) {
      const at = this.#at_();
      if (!inline) this.#at += 1;
      inline = false;
      let name = this.#ident();
      while (this.#take('.')) name += `.${this.#ident()}`;
      of = { k: 'filter', of, name, args: this.#is('(') ? this.#args() : this.#noArgs(), ...at };
    }
    return of as Expr;
  }

  #test(of: Expr): Expr {
    const at = this.#at_();
    this.#at += 1;
    const negated = this.#take('not', 'name');
    let name = this.#ident();
    while (this.#take('.')) name += `.${this.#ident()}`;
    let args = this.#noArgs();
    const token = this.#peek();
    if (this.#is('(')) args = this.#args();
    else if (['name', 'string', 'int', 'float'].includes(token.kind) || this.#is('[') || this.#is('{')) {
      // As in Jinja, any other word is what the test is asked with: `x is defined if y` is an error there, too.
      if (!(token.kind === 'name' && ['else', 'or', 'and'].includes(token.text))) {
        if (token.kind === 'name' && token.text === 'is') this.#fail('You cannot chain multiple tests with is');
        args = { ...args, positional: [this.#postfix(this.#primary())] };
      }
    }
    return { k: 'test', of, name, args, negated, ...at };
  }

  #primary(): Expr {
    const token = this.#peek();
    const at = { line: token.line, col: token.col };
    if (!['name', 'string', 'int', 'float'].includes(token.kind) && !(token.kind === 'op' && '([{'.includes(token.text)))
      return this.#fail(`unexpected ${this.#show(token)}`, token);
    this.#at += 1;
    switch (token.kind) {
      case 'name': {
        const constant = CONSTANTS.get(token.text);
        return constant === undefined ? { k: 'name', name: token.text, ...at } : { k: 'const', value: constant, ...at };
      }
      case 'string': {
        let text = token.text;
        while (this.#peek().kind === 'string') text += this.#next().text;
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
      const value = this.#listed(() => this.#expr(), { empty: true });
      this.#expect(')');
      return value;
    }
    if (token.kind === 'op' && token.text === '[') {
      const items: Expr[] = [];
      while (!this.#is(']')) {
        if (items.length > 0) this.#expect(',');
        if (this.#is(']')) break;
        items.push(this.#expr());
      }
      this.#expect(']');
      return { k: 'list', items, ...at };
    }
    const pairs: (readonly [Expr, Expr])[] = [];
    while (!this.#is('}')) {
      if (pairs.length > 0) this.#expect(',');
      if (this.#is('}')) break;
      const key = this.#expr();
      this.#expect(':');
      pairs.push([key, this.#expr()]);
    }
    this.#expect('}');
    return { k: 'dict', pairs, ...at };
  }
}

function namesOf(target: Target): readonly string[] {
  if (target.k === 'tuple') return target.items.flatMap(namesOf);
  return target.k === 'name' ? [target.name] : [];
}
