/** Which lines of a template an event ran: from the branches that were taken, as `World.branch` tells them. */
import type { At, Stmt } from '../sls/jinja/ast.ts';

/** The ways of an `if` or `for` that were taken; undefined for one that was not reached. */
export type TakenAt = (at: At) => ReadonlySet<number> | undefined;

export type LineState = 'ran' | 'skipped';

/** Lines that hold something of a template's own; others are left out. */
export function ranLines(statements: readonly Stmt[], taken: TakenAt): ReadonlyMap<number, LineState> {
  const lines = new Map<number, LineState>();
  mark(statements, 'ran', { lines, taken });
  return lines;
}

interface Marking {
  readonly lines: Map<number, LineState>;
  readonly taken: TakenAt;
}

function put({ lines }: Marking, line: number, state: LineState): void {
  if (lines.get(line) !== 'ran') lines.set(line, state);
}

function mark(statements: readonly Stmt[], state: LineState, marking: Marking): void {
  for (const statement of statements) {
    if (statement.k === 'data') {
      statement.text.split('\n').forEach((text, i) => {
        if (text.trim() !== '') put(marking, statement.line + i, state);
      });
      continue;
    }
    put(marking, statement.line, state);
    const ways = state === 'ran' ? marking.taken(statement) : undefined;
    const when = (way: number): LineState => (ways?.has(way) ? 'ran' : 'skipped');
    if (statement.k === 'if') {
      statement.branches.forEach(({ test, body }, i) => {
        // A condition was asked when none before it held.
        const asked = ways !== undefined && [...ways].some((way) => way < 0 || way >= i);
        put(marking, test.line, asked ? 'ran' : 'skipped');
        mark(body, when(i), marking);
      });
      mark(statement.else, when(-1), marking);
    } else if (statement.k === 'for') {
      mark(statement.body, when(0), marking);
      mark(statement.else, when(-1), marking);
    } else if ('body' in statement) mark(statement.body, state, marking);
  }
}
