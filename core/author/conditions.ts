/** What a condition settles: `not a` is `a` denied, `x == 'a'` denies `x == 'b'`. Both the outline and the search for dead branches ask here. */
import type { Expr } from '../sls/jinja/ast.ts';
import { equal, type Value } from '../value.ts';
import { shownAs } from './abstract.ts';

/** Conditions that are settled, by their text; and expressions whose value is. */
export interface Facts {
  readonly truths: ReadonlyMap<string, boolean>;
  readonly values: ReadonlyMap<string, Value>;
}

export const NO_FACTS: Facts = { truths: new Map(), values: new Map() };

const DENIED: Readonly<Record<string, string>> = { '!=': '==', 'not in': 'in' };

/** A condition's text without its `not`, and whether it is meant as it stands; null where the text does not tell one from another. */
function keyOf(test: Expr): { key: string; positive: boolean } | null {
  if (test.k === 'unary' && test.op === 'not') {
    const inner = keyOf(test.of);
    return inner && { key: inner.key, positive: !inner.positive };
  }
  const op = test.k === 'compare' && test.rest.length === 1 ? test.rest[0]?.op : undefined;
  const text =
    test.k === 'compare' && op && DENIED[op]
      ? shownAs({ ...test, rest: [{ ...(test.rest[0] as (typeof test.rest)[number]), op: DENIED[op] }] })
      : shownAs(test.k === 'test' ? { ...test, negated: false } : test);
  if (text.includes('…')) return null;
  return { key: text, positive: !(op && DENIED[op]) && !(test.k === 'test' && test.negated) };
}

/** `data.act == 'pend'` → what is compared, and with what. */
export function equalityOf(test: Expr): { left: string; value: Value; denied: boolean } | null {
  if (test.k !== 'compare' || test.rest.length !== 1) return null;
  const { op, right } = test.rest[0] as (typeof test.rest)[number];
  if ((op !== '==' && op !== '!=') || right.k !== 'const') return null;
  const left = shownAs(test.first);
  return left.includes('…') ? null : { left, value: right.value, denied: op === '!=' };
}

/** true, false, or null where the facts leave it open. */
export function decide(test: Expr, facts: Facts): boolean | null {
  if (test.k === 'const')
    return !(test.value === false || test.value === null || test.value === '' || test.value === 0n || test.value === 0);
  if (test.k === 'unary' && test.op === 'not') {
    const inner = decide(test.of, facts);
    return inner === null ? null : !inner;
  }
  if (test.k === 'and' || test.k === 'or') {
    const [left, right] = [decide(test.left, facts), decide(test.right, facts)];
    const ends = test.k === 'or';
    if (left === ends || right === ends) return ends;
    return left === null || right === null ? null : !ends;
  }
  const key = keyOf(test);
  const settled = key && facts.truths.get(key.key);
  if (key && settled !== undefined && settled !== null) return settled === key.positive;
  const same = equalityOf(test);
  const value = same && facts.values.get(same.left);
  if (same && value !== undefined && value !== null) return equal(value, same.value) !== same.denied;
  return null;
}

/** The facts, and that `test` came out so. */
export function assume(facts: Facts, test: Expr, outcome: boolean): Facts {
  if (test.k === 'unary' && test.op === 'not') return assume(facts, test.of, !outcome);
  if ((test.k === 'and' && outcome) || (test.k === 'or' && !outcome))
    return assume(assume(facts, test.left, outcome), test.right, outcome);
  const key = keyOf(test);
  const same = equalityOf(test);
  const truths = key ? new Map(facts.truths).set(key.key, outcome === key.positive) : facts.truths;
  const values = same && outcome !== same.denied ? new Map(facts.values).set(same.left, same.value) : facts.values;
  return { truths, values };
}
