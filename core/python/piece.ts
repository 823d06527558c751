/** The pieces of a formatted text: what stood in the format, and what came of an argument, so that a caller can follow either. */
export interface Piece<T> {
  readonly text: string;
  /** The argument as it was given, before it was formatted; absent for a part of the format itself. */
  readonly argument?: T;
  /** For a part of the format: where it stood, in UTF-16 units. */
  readonly at?: number;
  /** The argument's own text stands in `text` at [start, end); absent where it was rewritten. */
  readonly inner?: readonly [start: number, end: number];
}

export function joinPieces(pieces: readonly Piece<unknown>[]): string {
  return pieces.map((piece) => piece.text).join('');
}
