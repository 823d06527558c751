/** Salt's `no_return` outputter: who did not answer; all of what is said of them in red. */
import { pyStr } from '../../core/python/print.ts';
import type { Dict } from '../../core/value.ts';
import { paintOf } from './colors.ts';
import type { Look } from './look.ts';
import { linesOf } from './nested.ts';

export function noReturn(silent: Dict, { color }: Look): string {
  const paint = paintOf(color);
  return [...silent]
    .flatMap(([id, text]) => [`${paint('CYAN', pyStr(id))}:`, ...linesOf(pyStr(text)).map((line) => paint('RED', `    ${line}`))])
    .map((line) => `${line}\n`)
    .join('');
}
