/**
 * EventBridge's event patterns: every operator, AWS's refusals, and the complexity limit that AWS enforces but does not publish
 * (aws-facts 1.2 and 1.3). The embedded bus, `brine reactor explain` and the compiler of rules all ask this one matcher.
 */
import { BrineError } from '../errors.ts';

export interface EventPattern {
  /** `event` is the whole envelope: `{source, 'detail-type', detail, …}`. */
  matches(event: unknown): boolean;
  /** Does any value carry a wildcard? A bus takes 30 such rules at most. */
  readonly hasWildcard: boolean;
  readonly complexity: number;
}

/** The complexity that AWS takes for one rule. */
export const MAX_COMPLEXITY = 10;

type Test = (value: unknown) => boolean;
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

function fail(text: string): never {
  throw new BrineError({ code: 'pattern.invalid', text: `Event pattern is not valid. Reason: ${text}` });
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

type Fields = Readonly<Record<string, unknown>>;

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

function literal(wanted: unknown): Test {
  return (found) => found === wanted;
}

function operator(name: string, operand: unknown, counted: { wildcards: string[] }): Test {
  switch (name) {
    case 'prefix':
    case 'suffix':
      return affix(name, operand);
    case 'equals-ignore-case': {
      const wanted = textOf(name, operand).toLowerCase();
      return (found) => typeof found === 'string' && found.toLowerCase() === wanted;
    }
    case 'wildcard': {
      const wildcard = textOf(name, operand);
      counted.wildcards.push(wildcard);
      return wildcardTest(wildcard);
    }
    case 'numeric':
      return numeric(operand);
    case 'cidr':
      return cidr(textOf(name, operand));
    case 'anything-but':
      return anythingBut(operand, counted);
    default:
      return fail(`Unrecognized match type ${name}`);
  }
}

function textOf(name: string, operand: unknown): string {
  return typeof operand === 'string' ? operand : fail(`${name} match pattern must be a string`);
}

function affix(name: 'prefix' | 'suffix', operand: unknown): Test {
  const test = (text: string, wanted: string) => (name === 'prefix' ? text.startsWith(wanted) : text.endsWith(wanted));
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
    const keys = Object.keys(operand);
    if (keys.length !== 1 || keys[0] !== 'equals-ignore-case') fail(`Unsupported ${name} match pattern`);
    const wanted = textOf(name, (operand as Fields)['equals-ignore-case']).toLowerCase();
    return (found) => typeof found === 'string' && test(found.toLowerCase(), wanted);
  }
  const wanted = textOf(name, operand);
  return (found) => typeof found === 'string' && test(found, wanted);
}

function anythingBut(operand: unknown, counted: { wildcards: string[] }): Test {
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
    const keys = Object.keys(operand);
    const name = keys[0];
    if (keys.length !== 1 || name === undefined || !['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(name)) {
      fail('Unsupported anything-but pattern');
    }
    const inner = (operand as Fields)[name];
    const list = Array.isArray(inner) ? inner : [inner];
    if (list.length === 0) fail('Value of anything-but may not be empty.');
    const tests = list.map((item) => operator(name, item, counted));
    return (found) => !tests.some((test) => test(found));
  }
  const list = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0) fail('Value of anything-but may not be empty.');
  if (list.some((item) => typeof item !== 'string' && typeof item !== 'number'))
    fail('Inside anything but list, start|null|boolean is not supported.');
  if (new Set(list.map((item) => typeof item)).size > 1)
    fail('Inside anything but list, either all values are number or string, mixed type is not supported');
  return (found) => !list.includes(found) && (typeof found !== 'object' || found === null);
}

function numeric(operand: unknown): Test {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4))
    return fail('Value of numeric must be an array of comparisons.');
  const comparisons: ((found: number) => boolean)[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const [sign, bound] = [operand[i] as string, operand[i + 1] as number];
    const compare = COMPARE[sign];
    if (!compare) return fail(`Unrecognized numeric range operator: ${String(sign)}`);
    if (typeof bound !== 'number') return fail('Value of numeric comparison must be a number');
    comparisons.push((found) => compare(found, bound));
  }
  if (operand.length === 4 && (!String(operand[0]).startsWith('>') || !String(operand[2]).startsWith('<')))
    return fail('Bad numeric range operator');
  if (operand.length === 4 && operand[1] >= operand[3]) return fail('Bottom must be less than top');
  return (found) => typeof found === 'number' && comparisons.every((test) => test(found));
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function cidr(text: string): Test {
  const [address = '', bits = '', rest] = text.split('/');
  const base = addressBits(address);
  const length = Number(bits);
  if (!base || rest !== undefined || !/^\d+$/.test(bits) || length > base.length) return fail('Malformed CIDR');
  const prefix = base.slice(0, length);
  return (found) => {
    const other = typeof found === 'string' ? addressBits(found) : null;
    return other !== null && other.length === base.length && other.startsWith(prefix);
  };
}

/** An IPv4 or IPv6 address as a text of bits. */
function addressBits(text: string): string | null {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (four) {
    const parts = four.slice(1).map(Number);
    return parts.some((part) => part > 255) ? null : parts.map((part) => part.toString(2).padStart(8, '0')).join('');
  }
  if (!text.includes(':')) return null;
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined) return null;
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [left, right] = [groups(head), tail === undefined ? [] : groups(tail)];
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 0) return null;
  const all = [...left, ...Array<string>(tail === undefined ? 0 : missing).fill('0'), ...right];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return all.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

/** The pieces between a wildcard's stars, escapes resolved. */
function wildcardPieces(wildcard: string): string[] {
  const pieces: string[] = [''];
  for (let i = 0; i < wildcard.length; i += 1) {
    const char = wildcard[i];
    if (char === '\\') {
      const next = wildcard[i + 1];
      if (next !== '*' && next !== '\\') fail(`Invalid escape character at pos ${i}`);
      pieces[pieces.length - 1] += next as string;
      i += 1;
    } else if (char === '*') {
      if (wildcard[i + 1] === '*') fail(`Consecutive wildcard characters at pos ${i}`);
      pieces.push('');
    } else pieces[pieces.length - 1] += char as string;
  }
  return pieces;
}

function wildcardTest(wildcard: string): Test {
  const pieces = wildcardPieces(wildcard);
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  if (pieces.length === 1) return literal(first);
  return (found) => {
    if (typeof found !== 'string' || found.length < first.length + last.length) return false;
    if (!found.startsWith(first) || !found.endsWith(last)) return false;
    let at = first.length;
    const end = found.length - last.length;
    for (const piece of pieces.slice(1, -1)) {
      const next = found.indexOf(piece, at);
      if (next < 0 || next + piece.length > end) return false;
      at = next + piece.length;
    }
    return at <= end;
  };
}

/**
 * An upper bound of the score that event-ruler computes: for the piece after each star 1 + the longest chain of its self-overlaps (a piece is the
 * first of its own chain; an empty one has none); the last piece ends with a quote byte. Never below the real score on 2,643 random rules (aws-facts 1.3).
 */
export function wildcardComplexity(wildcard: string): number {
  const pieces = wildcardPieces(wildcard).slice(1);
  return pieces.reduce(
    (sum, piece, i) => sum + 1 + (piece === '' ? 0 : borderDepth(i === pieces.length - 1 ? `${piece}"` : piece)),
    0,
  );
}

/** The longest chain of borders (a proper prefix that is also a suffix) over all prefixes of the text's UTF-8 bytes, each counting itself. */
function borderDepth(text: string): number {
  const bytes = new TextEncoder().encode(text);
  const border: number[] = [0];
  const depth: number[] = [0, 1];
  let longest = 1;
  for (let i = 1, k = 0; i < bytes.length; i += 1) {
    while (k > 0 && bytes[i] !== bytes[k]) k = border[k - 1] as number;
    if (bytes[i] === bytes[k]) k += 1;
    border[i] = k;
    depth[i + 1] = k === 0 ? 1 : (depth[k] as number) + 1;
    longest = Math.max(longest, depth[i + 1] as number);
  }
  return longest;
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
