/** Jinja's lexer: template text → tokens with line and column; whitespace control, line statements, raw blocks. */
import type { Where } from '../../errors.ts';
import { jinjaError } from './error.ts';

export interface Token {
  readonly kind: 'data' | 'print' | 'endprint' | 'block' | 'endblock' | 'name' | 'int' | 'float' | 'string' | 'op' | 'end';
  readonly text: string;
  readonly line: number;
  readonly col: number;
}

export interface LexOptions {
  readonly trim_blocks: boolean;
  readonly lstrip_blocks: boolean;
  readonly block_start_string: string;
  readonly block_end_string: string;
  readonly variable_start_string: string;
  readonly variable_end_string: string;
  readonly comment_start_string: string;
  readonly comment_end_string: string;
  readonly line_statement_prefix: string | null;
  readonly line_comment_prefix: string | null;
}

export const DEFAULTS: LexOptions = {
  trim_blocks: false,
  lstrip_blocks: false,
  block_start_string: '{%',
  block_end_string: '%}',
  variable_start_string: '{{',
  variable_end_string: '}}',
  comment_start_string: '{#',
  comment_end_string: '#}',
  line_statement_prefix: null,
  line_comment_prefix: null,
};

const OPERATORS = [
  '//',
  '**',
  '==',
  '!=',
  '>=',
  '<=',
  '+',
  '-',
  '/',
  '*',
  '%',
  '~',
  '[',
  ']',
  '(',
  ')',
  '{',
  '}',
  '>',
  '<',
  '=',
  '.',
  ':',
  '|',
  ',',
  ';',
];

export function lex(source: string, name: string, options: LexOptions): Token[] {
  return new Lexer(source.replace(/\r\n|\r/g, '\n'), name, options).run();
}

class Lexer {
  readonly #source: string;
  readonly #name: string;
  readonly #options: LexOptions;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(source: string, name: string, options: LexOptions) {
    this.#source = source;
    this.#name = name;
    this.#options = options;
  }

  run(): Token[] {
    while (this.#at < this.#source.length) this.#next();
    // The end is said to be where the last token began, as Jinja says it.
    const last = this.#tokens.at(-1) ?? { line: 1, col: 1 };
    this.#tokens.push({ kind: 'end', text: '', line: last.line, col: last.col });
    return this.#tokens;
  }

  #where(): Where {
    return { file: this.#name, line: this.#line, col: this.#at - this.#lineStart + 1 };
  }

  #push(kind: Token['kind'], text: string): void {
    this.#tokens.push({ kind, text, line: this.#line, col: this.#at - this.#lineStart + 1 });
  }

  #advance(count: number): void {
    for (let i = 0; i < count; i += 1) {
      if (this.#source[this.#at] === '\n') {
        this.#line += 1;
        this.#lineStart = this.#at + 1;
      }
      this.#at += 1;
    }
  }

  #next(): void {
    const { block_start_string: block, variable_start_string: print, comment_start_string: comment } = this.#options;
    const starts: [string, 'block' | 'print' | 'comment'][] = [
      [block, 'block'],
      [print, 'print'],
      [comment, 'comment'],
    ];
    starts.sort((a, b) => b[0].length - a[0].length);
    let found: { at: number; open: string; kind: 'block' | 'print' | 'comment' } | null = null;
    for (const [open, kind] of starts) {
      const at = this.#source.indexOf(open, this.#at);
      if (at >= 0 && (!found || at < found.at)) found = { at, open, kind };
    }
    const line = this.#lineStatement(found?.at ?? this.#source.length);
    if (line) return line();
    if (!found) return this.#data(this.#source.slice(this.#at));
    const { at, open, kind } = found;
    let data = this.#source.slice(this.#at, at);
    const mark = this.#source[at + open.length];
    const length = data.length;
    if (mark === '-') data = data.replace(/\s+$/, '');
    else if (this.#options.lstrip_blocks && mark !== '+' && kind !== 'print') data = this.#lstrip(data);
    this.#data(data, length);
    this.#advance(open.length + (mark === '-' || mark === '+' ? 1 : 0));
    if (kind === 'comment') return this.#comment();
    if (kind === 'block' && this.#raw()) return;
    this.#push(kind, open);
    this.#expression(kind);
  }

  #lstrip(data: string): string {
    const from = data.lastIndexOf('\n') + 1;
    if (from === 0 && this.#at !== 0 && this.#source[this.#at - 1] !== '\n') return data;
    return /^[ \t\v\f]*$/.test(data.slice(from)) ? data.slice(0, from) : data;
  }

  #data(data: string, length = data.length): void {
    if (data !== '') this.#push('data', data);
    this.#advance(length);
  }

  #comment(): void {
    const close = this.#options.comment_end_string;
    const end = this.#source.indexOf(close, this.#at);
    if (end < 0) throw jinjaError('jinja.syntax', 'Missing end of comment tag', this.#where());
    const minus = this.#source[end - 1] === '-';
    this.#advance(end + close.length - this.#at);
    this.#after(minus, this.#source[end - 1] === '+' || !this.#options.trim_blocks);
  }

  /** What follows a tag: `-%}` takes all white space, trim_blocks one newline. */
  #after(minus: boolean, keep: boolean): void {
    if (minus) this.#advance(/^\s*/.exec(this.#source.slice(this.#at))?.[0].length ?? 0);
    else if (!keep && this.#source[this.#at] === '\n') this.#advance(1);
  }

  #raw(): boolean {
    const { block_end_string: close, block_start_string: open } = this.#options;
    const quoteRegex = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const head = new RegExp(`^\\s*raw\\s*(-?)${quoteRegex(close)}`).exec(this.#source.slice(this.#at));
    if (!head) return false;
    const start = this.#where();
    this.#advance(head[0].length);
    const tail = new RegExp(`${quoteRegex(open)}([-+]?)\\s*endraw\\s*([-+]?)${quoteRegex(close)}`).exec(
      this.#source.slice(this.#at),
    );
    if (!tail) throw jinjaError('jinja.syntax', 'Missing end of raw directive', start);
    let data = this.#source.slice(this.#at, this.#at + tail.index);
    const length = data.length;
    if (head[1] === '-') data = data.replace(/^\s+/, '');
    else if (this.#options.trim_blocks && data.startsWith('\n')) data = data.slice(1);
    if (tail[1] === '-') data = data.replace(/\s+$/, '');
    else if (this.#options.lstrip_blocks && tail[1] !== '+') data = this.#lstrip(data);
    this.#data(data, length);
    this.#advance(tail[0].length);
    this.#after(tail[2] === '-', tail[2] === '+' || !this.#options.trim_blocks);
    return true;
  }

  #expression(kind: 'block' | 'print'): void {
    const { block_end_string: blockEnd, variable_end_string: printEnd } = this.#options;
    const close = kind === 'block' ? blockEnd : printEnd;
    const open: string[] = [];
    for (;;) {
      this.#advance(/^\s*/.exec(this.#source.slice(this.#at, this.#at + 10_000))?.[0].length ?? 0);
      // What is missing is the parser's to say.
      if (this.#at >= this.#source.length) return;
      if (open.length === 0) {
        for (const sign of ['-', '+', '']) {
          if (sign === '+' && kind === 'print') continue;
          if (!this.#source.startsWith(sign + close, this.#at)) continue;
          this.#push(kind === 'block' ? 'endblock' : 'endprint', close);
          this.#advance(sign.length + close.length);
          return this.#after(sign === '-', kind === 'print' || sign === '+' || !this.#options.trim_blocks);
        }
      }
      this.#token(open);
    }
  }

  #token(open: string[]): void {
    const rest = this.#source.slice(this.#at);
    const float = /^(?:\d+(?:_\d+)*\.\d+(?:_\d+)*(?:e[+-]?\d+(?:_\d+)*)?|\d+(?:_\d+)*e[+-]?\d+(?:_\d+)*)/i.exec(rest);
    if (float && this.#source[this.#at - 1] !== '.') return this.#take('float', float[0]);
    const int = /^(?:0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*)/i.exec(rest);
    if (int) return this.#take('int', int[0]);
    const name = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(rest);
    if (name) return this.#take('name', name[0]);
    const string = /^(?:'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*")/.exec(rest);
    if (string) return this.#take('string', string[0]);
    const operator = OPERATORS.find((op) => rest.startsWith(op));
    if (!operator)
      throw jinjaError(
        'jinja.syntax',
        `unexpected char ${JSON.stringify(rest[0])} at ${this.#at}`.replaceAll('"', "'"),
        this.#where(),
      );
    if ('([{'.includes(operator)) open.push(operator);
    else if (')]}'.includes(operator)) {
      const expected = { ')': '(', ']': '[', '}': '{' }[operator];
      const last = open.pop();
      if (last === undefined) throw jinjaError('jinja.syntax', `unexpected '${operator}'`, this.#where());
      if (last !== expected)
        throw jinjaError(
          'jinja.syntax',
          `unexpected '${operator}', expected '${{ '(': ')', '[': ']', '{': '}' }[last]}'`,
          this.#where(),
        );
    }
    this.#take('op', operator);
  }

  #take(kind: Token['kind'], text: string): void {
    this.#push(kind, text);
    this.#advance(text.length);
  }

  /** A line that begins with the statement or comment prefix, when it comes before the next tag. */
  #lineStatement(before: number): (() => void) | null {
    const { line_statement_prefix: statement, line_comment_prefix: comment } = this.#options;
    for (const prefix of [statement, comment]) {
      if (!prefix) continue;
      const escaped = prefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      const pattern =
        prefix === statement
          ? new RegExp(`(^|\\n)[ \\t\\v]*${escaped}([-+]?)`, 'g')
          : new RegExp(`(^|\\n|[^\\S\\r\\n])[ \\t\\v]*${escaped}[^\\n]*`, 'g');
      pattern.lastIndex = Math.max(0, this.#at === 0 ? 0 : this.#at - 1);
      const found = pattern.exec(this.#source);
      if (!found || found.index + found[0].length > before + prefix.length || (found.index < this.#at && found[1] !== '\n'))
        continue;
      const from = found.index + (found[1] === '\n' ? 1 : 0);
      if (from < this.#at || from > before) continue;
      return () => {
        const keep =
          prefix === statement ? from : found.index + (found[1]?.length ?? 0) - (found[1] === '\n' ? 0 : (found[1]?.length ?? 0));
        this.#data(this.#source.slice(this.#at, Math.max(this.#at, keep)));
        if (prefix === comment) return this.#advance(found.index + found[0].length - this.#at);
        this.#advance(found.index + found[0].length - this.#at);
        this.#push('block', prefix);
        this.#lineExpression();
      };
    }
    return null;
  }

  #lineExpression(): void {
    const open: string[] = [];
    for (;;) {
      this.#advance(/^[^\S\n]*/.exec(this.#source.slice(this.#at))?.[0].length ?? 0);
      if (this.#at >= this.#source.length || (this.#source[this.#at] === '\n' && open.length === 0)) {
        this.#push('endblock', '\n');
        return this.#advance(this.#at < this.#source.length ? 1 : 0);
      }
      if (this.#source[this.#at] === '\n') this.#advance(1);
      else this.#token(open);
    }
  }
}
