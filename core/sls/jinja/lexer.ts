/**
 * Jinja's lexer: template text → tokens with line and column; whitespace control, line statements, raw blocks. The same states and rules as Jinja's
 * own, so that what is odd there (`{%+`, `-%}` before a comment, prefixes inside of text) is read alike here.
 */
import type { BrineError, Where } from '../../errors.ts';
import { jinjaError } from './error.ts';
import { EscapeError, unescapeText } from './string-literal.ts';

export interface Token {
  readonly kind:
    | 'data'
    | 'print'
    | 'endprint'
    | 'block'
    | 'endblock'
    | 'name'
    | 'int'
    | 'float'
    | 'string'
    | 'op'
    | 'end'
    | 'error';
  /** As it stands; a string's meaning. */
  readonly text: string;
  readonly line: number;
  readonly col: number;
  /** What the text cannot be read further for; the parser says it when it comes here. */
  readonly error?: BrineError;
}

export interface LexOptions {
  readonly trim_blocks: boolean;
  readonly lstrip_blocks: boolean;
  readonly keep_trailing_newline: boolean;
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
  keep_trailing_newline: false,
  block_start_string: '{%',
  block_end_string: '%}',
  variable_start_string: '{{',
  variable_end_string: '}}',
  comment_start_string: '{#',
  comment_end_string: '#}',
  line_statement_prefix: null,
  line_comment_prefix: null,
};

/** Python's white space, in a character class. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const TRAILING = new RegExp(`[${SPACE}]+$`);

/** Tokens, the last of which is the end or an error. */
export function lex(source: string, name: string, options: LexOptions): Token[] {
  const text = source.replace(/\r\n|\r/g, '\n');
  return new Lexer(options.keep_trailing_newline ? text : text.replace(/\n$/, ''), name, rulesOf(options)).run();
}

type State = 'block' | 'print' | 'comment' | 'linestatement' | 'linecomment' | 'raw';

interface Rules {
  /** The next tag behind some text; groups: text, then one named after the state, then the sign of each. */
  readonly root: RegExp;
  readonly comment: RegExp;
  readonly raw: RegExp;
  readonly ends: Readonly<Record<'block' | 'print' | 'linestatement', RegExp>>;
  readonly lstrip: boolean;
}

const known = new Map<string, Rules>();

function rulesOf(options: LexOptions): Rules {
  const key = JSON.stringify(options);
  const found = known.get(key);
  if (found) return found;
  const rules = compileRules(options);
  if (known.size > 100) known.clear();
  known.set(key, rules);
  return rules;
}

function compileRules(options: LexOptions): Rules {
  const e = (text: string) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  const sticky = (pattern: string) => new RegExp(pattern, 'sy');
  const [open, close] = [e(options.block_start_string), e(options.block_end_string)];
  const suffix = options.trim_blocks ? '\\n?' : '';
  const s = `[${SPACE}]*`;
  const starts: [number, State, string][] = [
    [options.comment_start_string.length, 'comment', e(options.comment_start_string)],
    [options.block_start_string.length, 'block', open],
    [options.variable_start_string.length, 'print', e(options.variable_start_string)],
  ];
  const { line_statement_prefix: statement, line_comment_prefix: comment } = options;
  if (statement !== null) starts.push([statement.length, 'linestatement', `(?<![^\\n])[ \\t\\v]*${e(statement)}`]);
  // Either at the start of a line, or behind something on it.
  if (comment !== null)
    starts.push([comment.length, 'linecomment', `(?:(?<![^\\n])|(?<=[^${SPACE}]))(?:(?![\\r\\n])[${SPACE}])*${e(comment)}`]);
  // The longest first; of those that are equally long, the last by Jinja's own names.
  const order = ['comment', 'block', 'linecomment', 'linestatement', 'print'];
  starts.sort((a, b) => b[0] - a[0] || order.indexOf(b[1]) - order.indexOf(a[1]));
  const parts = [
    `(?<raw>${open}(?<rawsign>[-+]|)${s}raw${s}(?:-${close}${s}|${close}))`,
    ...starts.map(([, state, pattern]) => `(?<${state}>${pattern}(?<${state}sign>[-+]|))`),
  ];
  return {
    root: sticky(`(.*?)(?:${parts.join('|')})`),
    comment: sticky(
      `(.*?)(?:\\+${e(options.comment_end_string)}|-${e(options.comment_end_string)}${s}|${e(options.comment_end_string)}${suffix})`,
    ),
    raw: sticky(`(.*?)(?:${open}([-+]|))${s}endraw${s}(?:\\+${close}|-${close}${s}|${close}${suffix})`),
    ends: {
      block: sticky(`(?:\\+${close}|-${close}${s}|${close}${suffix})`),
      print: sticky(`-${e(options.variable_end_string)}${s}|${e(options.variable_end_string)}`),
      linestatement: sticky(`${s}(?:\\n|$)`),
    },
    lstrip: options.lstrip_blocks,
  };
}

const BLANK = new RegExp(`[${SPACE}]+`, 'y');
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INT = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{M}\p{N}\p{Pc}]+/uy;
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;
const STRING = /'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;
const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

class Lexer {
  readonly #source: string;
  readonly #name: string;
  readonly #rules: Rules;
  readonly #tokens: Token[] = [];
  /** Brackets to be closed. */
  readonly #open: string[] = [];
  #at = 0;
  #line = 1;
  #lineStart = 0;
  /** Where the line under way ends. */
  #break: number;
  /** Did what was read last end a line? */
  #fresh = true;

  constructor(source: string, name: string, rules: Rules) {
    this.#source = source;
    this.#name = name;
    this.#rules = rules;
    this.#break = this.#breakFrom(0);
  }

  #breakFrom(at: number): number {
    const found = this.#source.indexOf('\n', at);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }

  run(): Token[] {
    while (this.#at < this.#source.length && this.#root()) {}
    if (this.#tokens.at(-1)?.kind === 'error') return this.#tokens;
    // The end is said to be where the last token began, as Jinja says it.
    const { line, col } = this.#tokens.at(-1) ?? { line: 1, col: 1 };
    this.#tokens.push({ kind: 'end', text: '', line, col });
    return this.#tokens;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source);
  }

  #where(): Where {
    return { file: this.#name, line: this.#line, col: this.#at - this.#lineStart + 1 };
  }

  #push(kind: Token['kind'], text: string): void {
    this.#tokens.push({ kind, text, line: this.#line, col: this.#at - this.#lineStart + 1 });
  }

  #fail(text: string, where = this.#where()): false {
    const error = jinjaError('jinja.syntax', text, where);
    this.#tokens.push({ kind: 'error', text: '', line: where.line as number, col: where.col as number, error });
    return false;
  }

  /** Goes over a text that was read. */
  #advance(length: number): true {
    const end = this.#at + length;
    while (this.#break < end) {
      this.#line += 1;
      this.#lineStart = this.#break + 1;
      this.#break = this.#breakFrom(this.#lineStart);
    }
    if (length > 0) this.#fresh = this.#source[end - 1] === '\n';
    this.#at = end;
    return true;
  }

  /** Text up to the next tag, and the tag; false: nothing more can be read. */
  #root(): boolean {
    const found = this.#match(this.#rules.root);
    if (!found) {
      this.#push('data', this.#source.slice(this.#at));
      return this.#advance(this.#source.length - this.#at);
    }
    const groups = found.groups as Record<string, string | undefined>;
    const state = (['raw', 'block', 'print', 'comment', 'linestatement', 'linecomment'] as const).find(
      (name) => groups[name] !== undefined,
    ) as State;
    const text = found[1] as string;
    this.#data(text, groups[`${state}sign`] as string, state === 'print');
    this.#advance((groups[state] as string).length);
    if (state === 'block' || state === 'print' || state === 'linestatement')
      this.#push(state === 'print' ? 'print' : 'block', groups[state] as string);
    switch (state) {
      case 'comment':
        // A comment that begins with the last characters is none to Jinja, and no error.
        return (
          this.#at >= this.#source.length ||
          this.#skip(this.#rules.comment) ||
          this.#fail('Missing end of comment tag', this.#where())
        );
      case 'linecomment':
        return this.#advance((/[^\n]*/.exec(this.#source.slice(this.#at)) as RegExpExecArray)[0].length);
      case 'raw':
        return this.#raw();
      default:
        return this.#expression(this.#rules.ends[state], state === 'print' ? 'endprint' : 'endblock');
    }
  }

  /** Text before a tag: `-` takes the white space, lstrip_blocks what indents the tag. */
  #data(text: string, sign: string, print: boolean): void {
    let kept = text;
    if (sign === '-') kept = text.replace(TRAILING, '');
    else if (sign !== '+' && this.#rules.lstrip && !print) {
      const from = text.lastIndexOf('\n') + 1;
      if ((from > 0 || this.#fresh) && TRAILING.exec(text.slice(from))?.index === 0) kept = text.slice(0, from);
    }
    if (kept !== '') this.#push('data', kept);
    this.#advance(text.length);
  }

  #skip(pattern: RegExp): boolean {
    const found = this.#match(pattern);
    return found !== null && this.#advance(found[0].length);
  }

  #raw(): boolean {
    if (this.#at >= this.#source.length) return true;
    const found = this.#match(this.#rules.raw);
    if (!found) return this.#fail('Missing end of raw directive');
    const [all, text] = found as unknown as [string, string];
    this.#data(text, found[2] as string, false);
    return this.#advance(all.length - text.length);
  }

  #expression(end: RegExp, kind: 'endblock' | 'endprint'): boolean {
    this.#open.length = 0;
    for (;;) {
      const found = this.#open.length === 0 ? this.#match(end) : null;
      if (found) {
        this.#push(kind, found[0]);
        return this.#advance(found[0].length);
      }
      // What is missing is the parser's to say.
      if (this.#at >= this.#source.length) return true;
      if (!this.#token()) return false;
    }
  }

  #token(): boolean {
    const blank = this.#match(BLANK);
    if (blank) return this.#advance(blank[0].length);
    const float = this.#match(FLOAT);
    if (float) return this.#take('float', float[0]);
    const int = this.#match(INT);
    if (int) return this.#take('int', int[0]);
    const name = this.#match(NAME);
    if (name) return IDENTIFIER.test(name[0]) ? this.#take('name', name[0]) : this.#fail('Invalid character in identifier');
    const string = this.#match(STRING);
    if (string) return this.#string(string[0]);
    const operator = this.#match(OPERATOR)?.[0];
    if (operator === undefined) {
      const char = String.fromCodePoint(this.#source.codePointAt(this.#at) as number);
      return this.#fail(`unexpected char ${char === "'" ? '"\'"' : `'${char}'`} at ${this.#at}`);
    }
    if (operator in CLOSES) this.#open.push(CLOSES[operator] as string);
    else if (')]}'.includes(operator)) {
      const expected = this.#open.pop();
      if (expected === undefined) return this.#fail(`unexpected '${operator}'`);
      if (expected !== operator) return this.#fail(`unexpected '${operator}', expected '${expected}'`);
    }
    return this.#take('op', operator);
  }

  #take(kind: Token['kind'], text: string): true {
    this.#push(kind, text);
    return this.#advance(text.length);
  }

  #string(literal: string): boolean {
    try {
      this.#push('string', unescapeText(literal));
    } catch (error) {
      if (error instanceof EscapeError) return this.#fail(error.message);
      throw error;
    }
    return this.#advance(literal.length);
  }
}
