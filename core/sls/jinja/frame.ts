/** Where a statement runs: the names that it sees, the file that it stands in, and what has been written. */
import type { Value } from '../../value.ts';
import type { Stmt } from './ast.ts';
import { concat, type Text } from './text.ts';

/** A piece of output, and the template line that it came from. */
export interface Piece {
  readonly text: string | Text;
  readonly line: number;
}

export type Scope = Map<string, Value>;

/** The top of a template: from where it extends another one, nothing more is written of it. */
export interface Root {
  readonly out: Piece[];
  parent: { readonly source: string; readonly path: string } | null;
}

export interface Frame {
  readonly root?: Root;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly blocks: Map<string, { readonly body: readonly Stmt[]; readonly name: string }[]>;
  /** What is printed is escaped, but for markup. */
  readonly escape?: boolean;
}

export function push(frame: Frame): Frame {
  return { ...frame, scopes: [...frame.scopes, new Map()] };
}

export function top(frame: Frame): Scope {
  return frame.scopes.at(-1) as Scope;
}

export function joined(pieces: readonly Piece[]): string | Text {
  return concat(pieces.map((piece) => piece.text));
}
