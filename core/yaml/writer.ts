/** Lines and columns of YAML text, and the three ways to write a text in it, folded at the width as libyaml folds. */
import { isWritable, type Style } from './analyze.ts';

const WIDTH = 80;
const BREAK = /[\n\r\x85\u2028\u2029]/;

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

export class YamlWriter {
  readonly #unicode: boolean;
  #out: string[] = [];
  #column = 0;
  /** Nothing but blanks and indicators since the line began: another indicator may follow without a break. */
  #indention = true;
  #whitespace = true;
  indent = -1;

  constructor(unicode: boolean) {
    this.#unicode = unicode;
  }

  get text(): string {
    return this.#out.join('');
  }

  get full(): boolean {
    return this.#column > WIDTH;
  }

  /** Nothing but blanks and indicators stands on this line. */
  get indention(): boolean {
    return this.#indention;
  }

  put(text: string): void {
    this.#out.push(text);
    for (const _ of text) this.#column += 1;
  }

  /** `-`, `?`, `:`, `[`: with a blank before where one is needed. */
  indicator(text: string, { blank = true, whitespace = false, indention = false } = {}): void {
    if (blank && !this.#whitespace) this.put(' ');
    this.put(text);
    this.#whitespace = whitespace;
    this.#indention &&= indention;
  }

  /** A new line at the present indentation, unless the line is there already. */
  newLine(): void {
    const indent = Math.max(this.indent, 0);
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.#break('\n');
    if (this.#column < indent) this.put(' '.repeat(indent - this.#column));
    this.#whitespace = true;
    this.#indention = true;
  }

  #break(char: string): void {
    this.#out.push(char);
    this.#column = 0;
  }

  end(): void {
    if (this.#column > 0) this.#break('\n');
  }

  /** `split`: may go over several lines. */
  scalar(text: string, style: Style, split: boolean): void {
    if (style === 'plain') this.#plain(text, split);
    else if (style === 'single') this.#single(text, split);
    else this.#double(text, split);
  }

  /** `|` and lines of base64. */
  literal(lines: readonly string[]): void {
    this.indicator('|');
    for (const line of lines) {
      this.#break('\n');
      this.put(' '.repeat(Math.max(this.indent, 0)) + line);
    }
    this.#whitespace = false;
    this.#indention = false;
  }

  #plain(text: string, split: boolean): void {
    if (!this.#whitespace && text !== '') this.put(' ');
    this.#folded(text, { split, inner: () => true });
    this.#whitespace = false;
    this.#indention = false;
  }

  #single(text: string, split: boolean): void {
    this.indicator("'");
    this.#folded(text.replaceAll("'", "''"), { split, inner: (at, size) => at > 0 && at < size - 1 });
    this.indicator("'", { blank: false });
    this.#whitespace = false;
    this.#indention = false;
  }

  /** Single blanks beyond the width become line ends; a line end of the text stands as an empty line. */
  #folded(text: string, { split, inner }: { split: boolean; inner: (at: number, size: number) => boolean }): void {
    const chars = [...text];
    let [spaces, breaks] = [false, false];
    for (const [i, char] of chars.entries()) {
      if (char === ' ') {
        if (split && !spaces && this.full && inner(i, chars.length) && chars[i + 1] !== ' ') this.newLine();
        else this.put(char);
        spaces = true;
      } else if (BREAK.test(char)) {
        if (!breaks && char === '\n') this.#break('\n');
        this.#break(char);
        this.#indention = true;
        breaks = true;
      } else {
        if (breaks) this.newLine();
        this.put(char);
        this.#indention = false;
        [spaces, breaks] = [false, false];
      }
    }
    if (breaks) this.newLine();
  }

  #double(text: string, split: boolean): void {
    this.indicator('"');
    const chars = [...text];
    let spaces = false;
    for (const [i, char] of chars.entries()) {
      if (char === '"' || char === '\\' || BREAK.test(char) || !isWritable(char, this.#unicode) || char === '\ufeff') {
        this.put(escaped(char));
        spaces = false;
      } else if (char === ' ') {
        if (split && !spaces && this.full && i > 0 && i < chars.length - 1) {
          this.newLine();
          if (chars[i + 1] === ' ') this.put('\\');
        } else this.put(char);
        spaces = true;
      } else {
        this.put(char);
        spaces = false;
      }
    }
    this.indicator('"', { blank: false });
    this.#whitespace = false;
    this.#indention = false;
  }
}

function escaped(char: string): string {
  const short = ESCAPES[char];
  if (short !== undefined) return `\\${short}`;
  const code = char.codePointAt(0) as number;
  const hex = code.toString(16).toUpperCase();
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
