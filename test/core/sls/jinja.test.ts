import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BrineError } from '../../../core/errors.ts';
import { jinja } from '../../support/oracle.ts';

interface Case {
  id: string;
  template: string;
  expected?: string;
  error?: unknown;
  line?: number;
  files?: Record<string, string>;
  options?: Record<string, unknown>;
  context?: Record<string, unknown>;
  salt3008?: { expected?: string; error?: unknown };
}

/** Cases of the oracle that are not right yet. */
const open: readonly string[] = JSON.parse(readFileSync(join(import.meta.dirname, 'open-cases.json'), 'utf8'));

function load(name: string): { context: Record<string, unknown>; files: Record<string, string>; cases: Case[] } {
  const oracle = JSON.parse(readFileSync(join(import.meta.dirname, `../../fixtures/oracle/${name}`), 'utf8'));
  return { context: oracle.context, files: oracle.files ?? {}, cases: oracle.snippets ?? oracle.cases };
}

for (const name of ['jinja.json', 'filters.json']) {
  const { context, files, cases } = load(name);
  const check = (one: Case) => {
    const wanted = one.salt3008 ?? one;
    const render = () => jinja(one.template, { ...context, ...one.context }, { ...files, ...one.files }, one.options);
    if (wanted.expected === undefined) expect(render).toThrow(BrineError);
    else expect(render()).toBe(wanted.expected);
  };
  it.each(cases.filter(({ id }) => !open.includes(id)))(`${name} $id: $template`, check);
  it.each(cases.filter(({ id }) => open.includes(id)))(
    `${name} $id differs from Salt still (when it does not, take it off the list)`,
    (one) => {
      expect(() => check(one)).toThrow();
    },
  );
}
