/**
 * EventBridge's event patterns: every operator, AWS's refusals, and the complexity limit that AWS enforces but does not publish
 * (aws-facts 1.2 and 1.3). The embedded bus, `brine reactor explain` and the compiler of rules all ask this one matcher.
 */
import { literal, operator } from './event-operator.ts';
import { type Fields, fail, MAX_COMPLEXITY, type Test, wildcardComplexity } from './event-wildcard.ts';

export interface EventPattern {
  /** `event` is the whole envelope: `{source, 'detail-type', detail, …}`. */
  matches(event: unknown): boolean;
  /** Does any value carry a wildcard? A bus takes 30 such rules at most. */
  readonly hasWildcard: boolean;
  readonly complexity: number;
}

/** Field path, keys joined by dots → alternatives, one of which must hold. */
interface Leaf {
  readonly path: readonly string[];
  readonly tests: readonly Test[];
  /** `exists: false` holds for a missing field. */
  readonly absent: boolean;
}
type Alternative = readonly Leaf[];

/** Pattern text, or the object → matcher. Throws `pattern.invalid` in AWS's words. */
export function compileEventPattern(input: string | object): EventPattern {
  const pattern = typeof input === 'string' ? parse(input) : input;
  const counted = { wildcards: [] as string[] };
  const alternatives = expand(pattern as Fields, [], counted);
  if (alternatives.length > 1000) fail('Rule is too complex - try using fewer elements in $or');
  if (Object.keys(pattern).length === 0) fail('Event pattern is empty');
  const complexity = counted.wildcards.reduce((sum, wildcard) => sum + wildcardComplexity(wildcard), 0);
  if (complexity > MAX_COMPLEXITY) {
    fail(
      'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
    );
  }
  return {
    hasWildcard: counted.wildcards.length > 0,
    complexity,
    matches: (event) => {
      const fields = flatten(event);
      return alternatives.some((leaves) => matchesAll(leaves, fields));
    },
  };
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // said below
  }
  return fail('Filter is not an object');
}

/** A pattern → the alternatives that `$or` makes of it; a field given both inside and outside keeps the last one written. */
function expand(fields: Fields, path: readonly string[], counted: { wildcards: string[] }): Alternative[] {
  let alternatives: Alternative[] = [[]];
  for (const [key, value] of Object.entries(fields)) {
    let added: Alternative[];
    if (key === '$or' && isOr(value)) added = value.flatMap((branch) => expand(branch, path, counted));
    else if (Array.isArray(value)) added = [[leaf([...path, ...key.split('.')], value, counted)]];
    else if (typeof value === 'object' && value !== null) {
      if (Object.keys(value).length === 0) fail('Empty objects are not allowed');
      added = expand(value as Fields, [...path, ...key.split('.')], counted);
    } else fail(`"${key}" must be an object or an array`);
    alternatives = alternatives.flatMap((left) => added.map((right) => merge(left, right)));
    if (alternatives.length > 1000) fail('Rule is too complex - try using fewer elements in $or');
  }
  return alternatives;
}

const OPERATORS = new Set([
  'prefix',
  'suffix',
  'equals-ignore-case',
  'wildcard',
  'numeric',
  'cidr',
  'exists',
  'anything-but',
  'exactly',
]);

function isOr(value: unknown): value is Fields[] {
  const objects =
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
  return (
    objects &&
    (value as object[]).every((item) => Object.keys(item).length > 0 && !Object.keys(item).some((key) => OPERATORS.has(key)))
  );
}

function merge(left: Alternative, right: Alternative): Alternative {
  const names = new Set(right.map((item) => item.path.join('.')));
  return [...left.filter((item) => !names.has(item.path.join('.'))), ...right];
}

function leaf(path: readonly string[], values: readonly unknown[], counted: { wildcards: string[] }): Leaf {
  if (values.length === 0) fail('Empty arrays are not allowed');
  const tests: Test[] = [];
  let absent = false;
  for (const value of values) {
    if (typeof value !== 'object' || value === null) {
      tests.push(literal(value));
      continue;
    }
    if (Array.isArray(value)) fail('Inside an array only values and operators are allowed');
    const keys = Object.keys(value);
    if (keys.length !== 1) fail('Only one key allowed in match expression');
    const [name, operand] = [keys[0] as string, (value as Fields)[keys[0] as string]];
    if (name === 'exists') {
      if (typeof operand !== 'boolean') fail('exists match pattern must be either true or false.');
      if (operand) tests.push((found) => typeof found !== 'object' || found === null);
      else absent = true;
    } else tests.push(operator(name, operand, counted));
  }
  return { path, tests, absent };
}

interface Found {
  readonly value: unknown;
  /** Which element of which array it lies in: two fields under one array of objects must match in the same element. */
  readonly steps: ReadonlyMap<string, number>;
}

/** Every leaf of an event under its dotted path; members of arrays are values of the same path. */
function flatten(event: unknown): ReadonlyMap<string, readonly Found[]> {
  const fields = new Map<string, Found[]>();
  const visit = (value: unknown, path: string, steps: ReadonlyMap<string, number>): void => {
    if (Array.isArray(value)) {
      value.forEach((item, i) =>
        visit(item, path, typeof item === 'object' && item !== null ? new Map(steps).set(path, i) : steps),
      );
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) visit(item, path === '' ? key : `${path}.${key}`, steps);
    } else fields.set(path, [...(fields.get(path) ?? []), { value, steps }]);
  };
  visit(event, '', new Map());
  return fields;
}

function matchesAll(
  leaves: Alternative,
  fields: ReadonlyMap<string, readonly Found[]>,
  steps: ReadonlyMap<string, number> = new Map(),
): boolean {
  const [leafOf, ...rest] = leaves;
  if (!leafOf) return true;
  const found = fields.get(leafOf.path.join('.'));
  if (!found) return leafOf.absent && matchesAll(rest, fields, steps);
  return found.some((item) => {
    if (!leafOf.tests.some((test) => test(item.value))) return false;
    for (const [array, index] of item.steps) if ((steps.get(array) ?? index) !== index) return false;
    return matchesAll(rest, fields, new Map([...steps, ...item.steps]));
  });
}
