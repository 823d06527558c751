/** Is a call covered by globs of function names? Asked by the operator function of a person's rules, and by an agent of its own `allow` list. */
import { matchGlob } from './glob.ts';

/** Functions that call a function which their arguments name. */
const CALLERS: ReadonlySet<string> = new Set(['test.try', 'test.try_', 'test.cross_test']);

/** Each function of `a.b,c.d`. One that calls others is as much as all of them, so only `*` covers it. */
export function coversFunction(globs: readonly string[], fun: string): boolean {
  return fun.split(',').every((one) => globs.some((glob) => matchGlob(one, glob) && (!CALLERS.has(one) || glob === '*')));
}
