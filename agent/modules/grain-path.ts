/** `grains.set` at a path: the top-level grain as it is afterwards, or Salt's reason why not. */
import { pyStr } from '../../core/python/print.ts';
import { traverse } from '../../core/target/match.ts';
import { Dict, equal, type Value } from '../../core/value.ts';

export interface Setting {
  readonly path: string;
  readonly between: string;
  readonly val: Value;
  readonly force: boolean;
  readonly destructive: boolean;
}

export interface Set {
  /** Name and value; undefined: nothing is to be changed. */
  readonly grain?: readonly [string, Value];
  readonly comment: string;
  readonly result: boolean;
}

const isComplex = (value: Value | undefined) => value instanceof Dict || Array.isArray(value);

export function setGrain(grains: Dict, setting: Setting): Set {
  const { path, between, val, force, destructive } = setting;
  const old = traverse(grains, path, between);
  if (old !== undefined && equal(old, val) && (val !== null || !destructive))
    return { comment: 'Grain is already set', result: true };
  if (!force && isComplex(old)) return refused(`The key '${path}' exists but is a dict or a list.`);
  if (!force && isComplex(val) && old !== undefined && old !== null)
    return refused(`The key '${path}' exists and the given value is a dict or a list.`);
  const keys = path.split(between);
  let value = val;
  for (let i = keys.length - 1; i > 0; i -= 1) {
    const [around, last] = [keys.slice(0, i).join(between), keys[i] as string];
    const inside = within(traverse(grains, around, between) ?? new Dict(), last, { ...setting, val: value });
    if (inside === undefined) {
      const there = pyStr(traverse(grains, around, between) ?? null);
      return refused(`The key '${around}' value is '${there}', which is different from the provided key '${last}'.`);
    }
    value = inside;
  }
  return { grain: [keys[0] as string, value], comment: '', result: true };
}

function refused(text: string): Set {
  return { comment: `${text} Use 'force=True' to overwrite.`, result: false };
}

/** The value around, with the new one under a key; undefined when it is something else that may not be replaced. */
function within(around: Value, key: string, { val, force, destructive }: Setting): Value | undefined {
  if (around instanceof Dict) {
    const copy = around.copy();
    if (val === null && destructive) copy.delete(key);
    else copy.set(key, val);
    return copy;
  }
  if (!Array.isArray(around)) return force || equal(around, key) ? Dict.from([[key, val]]) : undefined;
  let touched = false;
  const members = around.map((member) => {
    const same = equal(member, key);
    if (!same && !(member instanceof Dict && member.has(key))) return member;
    touched = true;
    return member instanceof Dict ? member.copy().set(key, val) : Dict.from([[key, val]]);
  });
  return touched ? members : [...members, Dict.from([[key, val]])];
}
