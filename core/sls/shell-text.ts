/** What a host wrote inside of a shell command: where it stands there, and whether it may. The text around it is the author's and is read as a shell reads it. */
import type { ScalarNode } from '../yaml/node.ts';

/** What is wrong with a part of a command, and what to do about it. */
export interface ShellFault {
  readonly found: string;
  readonly hint: string;
}

const HARMLESS = /^[\p{L}\p{N} _@%+=:,./!^-]*$/u;
const QUOTE = 'write {{ … | quote }}, or give it as an argument of its own';
/** Words after which a command stands still. */
const BEFORE_COMMAND =
  /^(?:if|then|elif|else|while|until|do|time|exec|nohup|sudo|env|command|builtin|nice|setsid|eval|!|\{|[A-Za-z_]\w*=.*)$/s;

/** A shell's command, words that are split for a program, or code of another language. */
export type Language = 'shell' | 'words' | 'code';

/** The first fault of a text; undefined: it may run as it is. */
export function faultOf(node: ScalarNode, language: Language): ShellFault | undefined {
  if (typeof node.value !== 'string' || node.taint.length === 0) return undefined;
  return new ShellText(node, language).read();
}

class ShellText {
  readonly #text: string;
  readonly #node: ScalarNode;
  readonly #language: Language;
  /** Quotes that are open, from the outside in: those within `$(…)` or backquotes begin anew. */
  readonly #outer: string[] = [];
  #quote = '';
  /** The word under way, as far as it is the author's; null: a word may begin here. */
  #word: string | null = null;
  #command: boolean;
  #comment = false;
  #heredoc = false;
  /** The author's text ends in a backslash: it would take the quote away. */
  #escaped = false;

  constructor(node: ScalarNode, language: Language) {
    this.#node = node;
    this.#text = node.value as string;
    this.#language = language;
    this.#command = language === 'shell';
  }

  read(): ShellFault | undefined {
    let at = 0;
    for (const [from, to] of this.#node.taint) {
      this.#skip(at, from);
      const safe = (this.#node.safe ?? []).some(([a, b]) => a <= from && to <= b);
      const fault = this.#part(this.#text.slice(from, to), safe);
      if (fault) return fault;
      at = to;
    }
    return undefined;
  }

  #part(part: string, safe: boolean): ShellFault | undefined {
    const [first = ''] = part.trim();
    if (this.#command && part.trim() !== '' && (this.#word === null || this.#word === '' || part.includes('/')))
      return {
        found: 'as the command itself',
        hint: "write the commands yourself and look one up: {{ {'up': 'uptime'}[data.x] }}",
      };
    const starts = this.#word === null || this.#word === '';
    const dashed = !safe && ((starts && first === '-' && part.startsWith('-')) || /\s-/.test(part));
    if (dashed) return { found: 'with a word that begins with -', hint: QUOTE };
    if (!HARMLESS.test(part)) {
      const odd = [...part].find((char) => !HARMLESS.test(char)) ?? '';
      if (!safe) return { found: `with the character ${JSON.stringify(odd)}`, hint: QUOTE };
      const place = this.#place();
      if (place)
        return { found: `quoted, but inside ${place}`, hint: 'let it stand by itself, or give it as an argument of its own' };
    }
    if (part !== '') this.#word = /\s$/.test(part) && this.#quote === '' ? null : `${this.#word ?? ''}x`;
    if (part.trim() !== '') this.#command = false;
    return undefined;
  }

  /** What the shell is in the middle of, where quotes mean something else. */
  #place(): string | null {
    if (this.#language === 'code') return 'code that is no shell’s';
    if (this.#escaped) return 'a backslash';
    if (this.#comment) return 'a comment';
    if (this.#heredoc) return 'what may be a here-document';
    if (this.#outer.some((one) => one.startsWith('`'))) return 'backticks';
    return this.#quote === '' ? null : 'quotes';
  }

  /** Goes over what the author wrote. */
  #skip(from: number, to: number): void {
    this.#escaped = false;
    for (let at = from; at < to; at += 1) {
      const char = this.#text[at] as string;
      if (this.#comment && char !== '\n') continue;
      if (char === '\\' && this.#quote !== "'") {
        at += 1;
        this.#escaped = at === to;
        this.#word = `${this.#word ?? ''}${this.#text[at] ?? ''}`;
      } else if (this.#quote !== '') this.#quoted(char, this.#text[at - 1]);
      else this.#plain(char, at);
    }
  }

  #quoted(char: string, before: string | undefined): void {
    if (char === this.#quote) this.#quote = '';
    else if (this.#quote === '"' && ((char === '(' && before === '$') || char === '`')) this.#inside(char);
    else this.#word = `${this.#word ?? ''}${char}`;
  }

  #plain(char: string, at: number): void {
    if (char === "'" || char === '"') {
      this.#quote = char;
      this.#word ??= '';
    } else if (/\s/.test(char)) {
      this.#endWord();
      if (char === '\n') {
        this.#comment = false;
        this.#command = this.#language === 'shell' && !this.#heredoc;
      }
    } else if (char === '#' && this.#word === null) this.#comment = true;
    else if (char === '`' && this.#outer.at(-1)?.startsWith('`')) this.#leave();
    else if (char === '(' || char === '`') this.#inside(char);
    else if (char === ')') this.#leave();
    else if (';|&'.includes(char)) this.#begin();
    else if (char === '<' || char === '>') {
      if (this.#text.startsWith('<<', at) && this.#text[at + 2] !== '<') this.#heredoc = true;
      this.#endWord();
    } else this.#word = `${this.#word ?? ''}${char}`;
  }

  #endWord(): void {
    if (this.#word !== null && this.#word !== '' && !BEFORE_COMMAND.test(this.#word)) this.#command = false;
    this.#word = null;
  }

  #begin(): void {
    this.#word = null;
    this.#command = this.#language === 'shell';
  }

  #inside(sign: string): void {
    this.#outer.push((sign === '`' ? '`' : '(') + this.#quote);
    this.#quote = '';
    this.#begin();
  }

  #leave(): void {
    const outer = this.#outer.pop();
    if (outer === undefined) return;
    this.#quote = outer.slice(1);
    this.#word = 'x';
    this.#command = false;
  }
}
