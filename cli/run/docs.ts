/** `sys.doc` through `brine run`: the same text comes from every host, so it is printed once, as Salt prints it. */

import { compareText } from '../../core/python/code-points.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import type { Printer } from '../print.ts';

export interface Docs {
  /** False: the return holds no docs (an error), and is printed as any other. */
  take(value: Value): boolean;
  print(print: Printer): void;
}

export function createDocs(): Docs {
  const docs = new Map<string, Value>();
  return {
    take: (value) => {
      if (!(value instanceof Dict)) return false;
      for (const [fun, text] of value) if (!docs.has(pyStr(fun)) && text !== '' && text !== null) docs.set(pyStr(fun), text);
      return true;
    },
    print: (print) => {
      for (const [fun, text] of [...docs].sort(([a], [b]) => compareText(a, b))) {
        if (print.asked !== undefined) print.bare(Dict.of({ [fun]: text }), { retcode: 0 });
        else for (const line of [`${fun}:`, pyStr(text), '']) print.say(line);
      }
    },
  };
}
