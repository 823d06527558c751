/** Jinja's grammar with Salt's tags: a template's text → tree. */
import type { Stmt } from './ast.ts';
import { Blocks } from './blocks.ts';
import { DEFAULTS, type LexOptions, lex } from './lexer.ts';
import { readTag } from './tags.ts';
import { Tokens } from './tokens.ts';

export function parseTemplate(source: string, name: string, options: LexOptions = DEFAULTS): readonly Stmt[] {
  return new Blocks(new Tokens(lex(source, name, options), name), readTag).template();
}
