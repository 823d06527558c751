/** `grains.filter_by`, `match.filter_by`: the entry that fits, over a base, under what is merged into it. */
import { matchGlob } from '../../core/glob.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { Exception } from './module.ts';

export interface Choice {
  /** What the keys are held against; of a list any member. */
  readonly values: Value;
  readonly merge: Value;
  /** The key of what is taken when nothing fits. */
  readonly otherwise: Value;
  /** The key of what lies below. */
  readonly base: Value;
}

export function filterBy(lookup: Dict, { values, merge, otherwise, base }: Choice): Value {
  const texts = (Array.isArray(values) ? values : [values]).map((value) => pyStr(value));
  const key = [...lookup.keys()].find((glob) => texts.some((text) => matchGlob(text, pyStr(glob))));
  let chosen = (key !== undefined ? lookup.get(key) : undefined) ?? lookup.get(otherwise) ?? null;
  const below = base === null ? undefined : lookup.get(base);
  if (below instanceof Dict) chosen = chosen instanceof Dict ? merged(below, chosen) : below;
  if (merge === null) return chosen;
  if (!(merge instanceof Dict)) throw new Exception('SaltException', 'filter_by merge argument must be a dictionary.');
  return chosen instanceof Dict ? merged(chosen, merge) : chosen === null ? merge : chosen;
}

/** What lies above wins; mappings are merged at every depth. */
export function merged(below: Dict, above: Dict): Dict {
  const all = below.copy();
  for (const [key, value] of above) {
    const old = all.get(key);
    all.set(key, old instanceof Dict && value instanceof Dict ? merged(old, value) : value);
  }
  return all;
}
