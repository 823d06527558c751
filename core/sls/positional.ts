/**
 * Positional arguments of `local` that hold what a host wrote. A minion reads `name=value` out of text arguments, as Salt's does; what another host
 * wrote must not become a keyword there. So plan and job say for such a text where the host's part begins, and the minion reads a keyword only whose
 * name lies before it.
 */
import type { Node } from '../yaml/node.ts';

/** [place among the arguments, first UTF-16 unit that a host wrote] */
export type LiteralArg = readonly [index: number, from: number];

export function literalArgs(node: Node): readonly LiteralArg[] {
  const items = node.kind === 'list' ? node.items : [node];
  return items.flatMap((item, i) =>
    item.kind === 'scalar' && item.taint.length > 0 ? [[i, Math.min(...item.taint.map(([from]) => from))] as const] : [],
  );
}
