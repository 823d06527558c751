/** A place in a pattern, and the complaints about it. */
import { BrineError } from '../errors.ts';
import { indexOf } from '../python/code-points.ts';

const CONTROLS: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

export class RegexReader {
  readonly pattern: string;
  #offset = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  get offset(): number {
    return this.#offset;
  }

  get done(): boolean {
    return this.#offset >= this.pattern.length;
  }

  at(text: string): boolean {
    return this.pattern.startsWith(text, this.#offset);
  }

  /** The character here; empty at the end. */
  peek(): string {
    const code = this.pattern.codePointAt(this.#offset);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  /** The code point here, and on. */
  next(): number {
    const code = this.pattern.codePointAt(this.#offset);
    if (code === undefined) throw this.error('unexpected end of pattern');
    this.#offset += code > 0xffff ? 2 : 1;
    return code;
  }

  /** A sticky expression of ours; what it matched is passed. */
  take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#offset;
    const found = expression.exec(this.pattern);
    if (found) this.#offset += found[0].length;
    return found;
  }

  /** `\n`, `\x41`, `\u00e9`, `\101`, `\.`: the character that an escape stands for. */
  escapedCode(inSet: boolean): number {
    const start = this.#offset;
    this.next();
    if (this.done) throw this.error('bad escape (end of pattern)', start);
    const hex = this.take(/x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y);
    if (hex) {
      const code = Number.parseInt(hex[1] ?? hex[2] ?? (hex[3] as string), 16);
      if (code > 0x10ffff) throw this.error(`bad escape \\${hex[0]}`, start);
      return code;
    }
    const octal = this.take(inSet ? /[0-7]{1,3}/y : /0[0-7]{0,2}|[0-3][0-7][0-7]/y);
    if (octal) {
      const code = Number.parseInt(octal[0], 8);
      if (code > 0o377) throw this.error(`octal escape value \\${octal[0]} outside of range 0-0o377`, start);
      return code;
    }
    const char = this.peek();
    if (char in CONTROLS && (inSet || char !== 'b')) {
      this.next();
      return CONTROLS[char] as number;
    }
    if (/[xuU]/.test(char)) {
      const partial = this.take(/[xuU][0-9a-fA-F]*/y)?.[0] ?? '';
      throw this.error(`incomplete escape \\${partial}`, start);
    }
    if (char === 'N') throw this.error('characters by name', start, 'regex.unsupported');
    if (/[a-zA-Z0-9]/.test(char)) throw this.error(`bad escape \\${char}`, start);
    return this.next();
  }

  /** `at`: offset of the complaint, here unless said; null: of the whole pattern. */
  error(text: string, at: number | null = this.#offset, code: 'regex.syntax' | 'regex.unsupported' = 'regex.syntax'): BrineError {
    const place = at === null ? '' : ` at position ${indexOf(this.pattern, at)}`;
    return new BrineError({ code, text: `${shown(this.pattern)} is not a regular expression that can be used: ${text}${place}` });
  }
}

/** A pattern as it is named in a message. */
export function shown(pattern: string): string {
  return JSON.stringify(pattern.length > 200 ? `${pattern.slice(0, 200)}…` : pattern);
}
