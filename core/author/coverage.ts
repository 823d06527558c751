/** The ways that each `if` and `for` of a template can go, and those that were never gone. */
import type { At, Stmt } from '../sls/jinja/ast.ts';
import { walk } from './walk.ts';

export interface Branch {
  readonly line: number;
  readonly ways: number;
  readonly missing: readonly string[];
}

/** `waysAt`: the ways that were taken at the place of an `if` or `for`: 0, 1 … and -1 for the other. */
export function branchesOf(statements: readonly Stmt[], waysAt: (at: At) => ReadonlySet<number>): readonly Branch[] {
  const found: Branch[] = [];
  walk(statements, (node) => {
    const statement = node as Stmt;
    if (statement.k === 'if' && 'branches' in statement) {
      const ways = waysAt(statement);
      const names = statement.branches.map(({ test }, i) => (i === 0 ? 'if' : `elif of line ${test.line}`));
      const missing = names.filter((_name, i) => !ways.has(i));
      const other = statement.else.length > 0 ? 'else' : 'neither';
      found.push({ line: statement.line, ways: names.length + 1, missing: ways.has(-1) ? missing : [...missing, other] });
    } else if (statement.k === 'for' && 'iter' in statement) {
      const ways = waysAt(statement);
      // A list that is written out is never empty.
      const always =
        (statement.iter.k === 'list' || statement.iter.k === 'tuple') && statement.iter.items.length > 0 && !statement.test;
      const missing = [...(ways.has(0) ? [] : ['a round']), ...(always || ways.has(-1) ? [] : ['no round'])];
      found.push({ line: statement.line, ways: always ? 1 : 2, missing });
    }
  });
  return found.sort((a, b) => a.line - b.line);
}
