/** What a rendering has beside its template. */
import type { Value } from '../../value.ts';
import type { LexOptions } from './lexer.ts';

export interface Environment {
  /** Text of a template by its path; undefined when there is none. */
  readonly load: (path: string) => string | undefined;
  readonly options?: Partial<LexOptions>;
  readonly random: () => number;
  /** Milliseconds UTC. */
  readonly now: number;
  /** Further globals: `salt`, `grains` … */
  readonly globals?: Readonly<Record<string, Value>>;
  readonly allowUndefined?: boolean;
  readonly branch?: (file: string, at: { readonly line: number; readonly col: number }, taken: number) => void;
  /** Is the event's minion met by this compound target? For `ifelse`. */
  readonly matches?: (target: Value) => boolean;
}
