/** Operators of event patterns: one field's value against one condition (aws-facts 1.2). */
import { type Fields, fail, type Test, wildcardTest } from './event-wildcard.ts';

export function literal(wanted: unknown): Test {
  return (found) => found === wanted;
}

export function operator(name: string, operand: unknown, counted: { wildcards: string[] }): Test {
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
