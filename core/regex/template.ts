/** What `re.sub` puts in: text with groups by number or name. */
import { BrineError } from '../errors.ts';
import { indexOf } from '../python/code-points.ts';
import { shown } from './reader.ts';

export type Template = readonly (string | number)[];

const CONTROLS: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Throws `regex.template` for a group that is not there and for an unknown escape. */
export function parseTemplate(text: string, known: { groups: number; names: ReadonlyMap<string, number> }): Template {
  const parts: (string | number)[] = [];
  let at = 0;
  for (const found of text.matchAll(/\\(?:g<([^>]*)(>)?|(0[0-7]{0,2}|[1-3][0-7][0-7])|([1-9][0-9]?)|([\s\S])?)/g)) {
    parts.push(text.slice(at, found.index));
    at = found.index + found[0].length;
    parts.push(part(found, text, known));
  }
  parts.push(text.slice(at));
  return parts.filter((one) => one !== '');
}

function part(
  found: RegExpExecArray,
  text: string,
  known: { groups: number; names: ReadonlyMap<string, number> },
): string | number {
  const [, name, closed, octal, digits, letter] = found;
  const fail = (message: string, ahead = 0) =>
    new BrineError({
      code: 'regex.template',
      text: `${shown(text)} cannot be put in: ${message} at position ${indexOf(text, found.index + ahead)}`,
      hint: 'write a backslash twice',
    });
  if (name !== undefined) {
    if (name === '') throw fail('missing group name', 3);
    if (closed === undefined) throw fail('missing >, unterminated name', 3);
    const index = /^\d+$/.test(name) ? Number(name) : known.names.get(name);
    if (index === undefined) throw fail(`unknown group name '${name}'`, 3);
    if (index > known.groups) throw fail(`invalid group reference ${index}`, 3);
    return index;
  }
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
  if (digits !== undefined) {
    if (Number(digits) > known.groups) throw fail(`invalid group reference ${digits}`, 1);
    return Number(digits);
  }
  if (letter === undefined) throw fail('bad escape (end of pattern)');
  if (letter === 'g') throw fail('missing <', 2);
  const control = CONTROLS[letter];
  if (control !== undefined) return control;
  if (/[a-zA-Z]/.test(letter)) throw fail(`bad escape \\${letter}`);
  return `\\${letter}`;
}

/** A group that took no part is the empty text. */
export function expandTemplate(template: Template, groups: readonly (string | null)[]): string {
  return template.map((one) => (typeof one === 'string' ? one : (groups[one] ?? ''))).join('');
}
