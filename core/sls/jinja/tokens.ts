/** A way through the tokens of a template: what comes next, and how it is said when it is not what was meant. */
import type { Where } from '../../errors.ts';
import { jinjaError } from './error.ts';
import type { Token } from './lexer.ts';

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

/** A place in a template. */
export interface Place {
  readonly line: number;
  readonly col: number;
}

export class Tokens {
  readonly #tokens: readonly Token[];
  readonly #name: string;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], name: string) {
    this.#tokens = tokens;
    this.#name = name;
  }

  /** How many were read. */
  get position(): number {
    return this.#at;
  }

  skip(count = 1): void {
    this.#at += count;
  }

  /** An expression within another one. */
  enter(): void {
    this.#depth += 1;
    if (this.#depth > 200) this.fail('an expression is nested too deep');
  }

  leave(): void {
    this.#depth -= 1;
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
    if (token.error) throw token.error;
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  where(at: Place = this.peek()): Where {
    return { file: this.#name, line: at.line, col: at.col };
  }

  fail(text: string, at: Place = this.peek(), hint?: string): never {
    throw jinjaError('jinja.syntax', text, this.where(at), hint);
  }

  show(token = this.peek()): string {
    return `'${SAID[token.kind] ?? token.text}'`;
  }

  is(text: string, kind: Token['kind'] = 'op'): boolean {
    const token = this.peek();
    return token.kind === kind && token.text === text;
  }

  isName(text: string): boolean {
    return this.is(text, 'name');
  }

  take(text: string, kind: Token['kind'] = 'op'): boolean {
    if (!this.is(text, kind)) return false;
    this.#at += 1;
    return true;
  }

  expect(text: string, kind: Token['kind'] = 'op'): Token {
    if (!this.is(text, kind)) this.fail(`expected token '${text}', got ${this.show()}`);
    return this.next();
  }

  ident(): string {
    const token = this.peek();
    if (token.kind !== 'name') this.fail(`expected token 'name', got ${this.show()}`);
    return this.next().text;
  }

  end(): void {
    if (this.peek().kind !== 'endblock') this.fail(`expected token 'end of statement block', got ${this.show()}`);
    this.#at += 1;
  }

  at(): { line: number; col: number } {
    const { line, col } = this.peek();
    return { line, col };
  }
}
