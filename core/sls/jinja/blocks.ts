/** Statements within statements: bodies, and the tags that end them. */
import type { Stmt } from './ast.ts';
import { readTuple } from './expressions.ts';
import type { Token } from './lexer.ts';
import type { Tokens } from './tokens.ts';

export type ReadTag = (blocks: Blocks, tag: Token) => readonly Stmt[];

export class Blocks {
  readonly tokens: Tokens;
  readonly #readTag: ReadTag;
  /** Tags whose end is not reached, and for each body that is being read the tags that may end it. */
  readonly #open: string[] = [];
  readonly #ends: (readonly string[])[] = [];
  /** Are we in the body of a loop, within the same function? */
  loops = 0;
  /** Names of blocks. */
  readonly names = new Set<string>();

  constructor(tokens: Tokens, readTag: ReadTag) {
    this.tokens = tokens;
    this.#readTag = readTag;
  }

  template(): readonly Stmt[] {
    const body = this.#body([]);
    if (this.tokens.peek().kind !== 'end') this.tokens.fail(`unexpected ${this.tokens.show()}`);
    return body;
  }

  /** Statements until one of these tags, whose name is left to be read. */
  #body(until: readonly string[]): readonly Stmt[] {
    const body: Stmt[] = [];
    for (;;) {
      const token = this.tokens.peek();
      if (token.kind === 'end') {
        if (until.length === 0) return body;
        this.#unclosed(null, [...this.#ends], token);
      }
      if (token.kind === 'data') {
        this.tokens.skip();
        body.push({ k: 'data', text: token.text, line: token.line, col: token.col });
      } else if (token.kind === 'print') {
        this.tokens.skip();
        const expr = readTuple(this.tokens, true);
        if (this.tokens.peek().kind !== 'endprint')
          this.tokens.fail(`expected token 'end of print statement', got ${this.tokens.show()}`, undefined, 'close it with }}');
        this.tokens.skip();
        body.push({ k: 'print', expr, line: token.line, col: token.col });
      } else if (token.kind === 'block') {
        this.tokens.skip();
        const tag = this.tokens.peek();
        if (tag.kind === 'name' && until.includes(tag.text)) return body;
        if (tag.kind !== 'name') this.tokens.fail('tag name expected');
        body.push(...this.#statement());
      } else this.tokens.fail(`unexpected ${this.tokens.show()}`);
    }
  }

  /** A body up to one of these tags. A colon may stand before it, as in Python. */
  within(until: readonly string[]): readonly Stmt[] {
    this.tokens.take(':');
    this.tokens.end();
    this.#ends.push(until);
    if (this.#ends.length > 100) this.tokens.fail('blocks are nested too deep');
    const body = this.#body(until);
    this.#ends.pop();
    return body;
  }

  /** A body that is a function of its own: a loop around it is none of its. */
  function(until: readonly string[]): readonly Stmt[] {
    const loops = this.loops;
    this.loops = 0;
    const body = this.within(until);
    this.loops = loops;
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
    const close = ends.at(-1)?.at(-1);
    this.tokens.fail(text.join(' '), at, close && tag === null ? `close it with {% ${close} %}` : undefined);
  }

  /** Reads `endtag` and the end of its block. */
  close(): void {
    this.tokens.skip();
    this.tokens.end();
  }

  #statement(): readonly Stmt[] {
    const tag = this.tokens.peek();
    this.#open.push(tag.text);
    this.tokens.skip();
    const read = this.#readTag(this, tag);
    this.#open.pop();
    return read;
  }

  unknown(tag: Token): never {
    this.#open.pop();
    return this.#unclosed(tag.text, this.#ends, tag);
  }
}
