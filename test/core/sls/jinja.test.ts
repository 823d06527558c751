import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BrineError } from '../../../core/errors.ts';
import { decode } from '../../../core/json.ts';
import { Dict } from '../../../core/value.ts';
import { jinja } from '../../support/oracle.ts';

interface Case {
  id: string;
  template: string;
  expected?: string;
  error?: unknown;
  line?: number;
  file?: string;
  files?: Record<string, string>;
  options?: Record<string, unknown>;
  context: Dict;
  /** What Salt 3008 prints where that differs. */
  salt3008?: string | { error: unknown; line?: number; expected?: undefined };
}

/** Cases of the oracle that are not right yet. */
const open: readonly string[] = JSON.parse(readFileSync(join(import.meta.dirname, 'open-cases.json'), 'utf8'));

/** Contexts are read without loss: a float stays one, and the order of keys. */
function load(name: string): { files: Record<string, string>; cases: Case[] } {
  const text = readFileSync(join(import.meta.dirname, `../../fixtures/oracle/${name}`), 'utf8');
  const oracle = JSON.parse(text);
  const exact = decode(text) as Dict;
  const exactCases = (exact.get('snippets') ?? exact.get('cases')) as Dict[];
  const shared = exact.get('context') as Dict;
  const cases = (oracle.snippets ?? oracle.cases) as Case[];
  return {
    files: oracle.files ?? {},
    cases: cases.map((one, i) => {
      const own = (exactCases[i] as Dict).get('context');
      return { ...one, context: Dict.from([...shared, ...(own instanceof Dict ? own : [])]) };
    }),
  };
}

for (const name of ['jinja.json', 'filters.json']) {
  const { files, cases } = load(name);
  const check = (one: Case) => {
    const { salt3008 = one } = one;
    const { expected: wanted, line } = typeof salt3008 === 'string' ? { expected: salt3008, line: undefined } : salt3008;
    const render = () => jinja(one.template, one.context, { ...files, ...one.files }, one.options);
    if (wanted !== undefined) return expect(render()).toBe(wanted);
    expect(render).toThrow(BrineError);
    if (line === undefined) return;
    try {
      render();
    } catch (error) {
      expect((error as BrineError).where?.line).toBe(line);
    }
  };
  it.each(cases.filter(({ id }) => !open.includes(id)))(`${name} $id: $template`, check);
  it.each(cases.filter(({ id }) => open.includes(id)))(
    `${name} $id differs from Salt still (when it does not, take it off the list)`,
    (one) => {
      expect(() => check(one)).toThrow();
    },
  );
}

describe('as Salt 3008.5 renders it', () => {
  it.each([
    ["{{ 'a' ~ ('b' if false) ~ 'c' }}", 'ac'],
    ["{{ ('b' if false) | upper }}", ''],
    ['a{#', 'a'],
    ['{{ nope is callable }}', 'True'],
    // What was a float stays one, and a literal that is no JSON is a text.
    ["{{ {'a': 1.0, 'b': 1} | json_query('[a, b]') }}", '[1.0, 1]'],
    ["{{ [1, 2.0, 3] | json_query('sum(@)') }}", '6.0'],
    ["{{ [{'n': 1.0}, {'n': 2}] | json_query('[?n>`1`]') }}", "[{'n': 2}]"],
    ["{{ [{'n': 'web', 'i': 20261122150200123456}] | json_query('[?n==`web`].i') }}", '[20261122150200123456]'],
    ["{{ {'t': (1, 2)} | json_query('t') }}", '(1, 2)'],
    ["{{ {'t': (1, 2)} | json_query('t[0]') }}", 'None'],
  ])('%s is %j', (template, text) => {
    expect(jinja(template, {})).toBe(text);
  });

  it.each([
    ["{{ ('x' if false) | int }}", /evaluated to false and no else section was defined/],
    ['{{ [1] | join(nope) }}', /'nope' is undefined/],
    ["{{ {'a': nope} | urlencode }}", /'nope' is undefined/],
    ['{% include "a/b.jinja" %}', /there is no template 'a\/b.jinja': it is looked for as salt:\/\/a\/b.jinja/],
    ["{% include ['x', 'y'] %}", /none of the templates 'x', 'y' is there/],
    ['{% block b %}{{ super() }}{% endblock %}', /there is no parent block called 'b'/],
  ])('%s is refused', (template, message) => {
    expect(() => jinja(template, {})).toThrow(message);
  });
});
