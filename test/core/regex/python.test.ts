import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BrineError } from '../../../core/errors.ts';
import { indexOf } from '../../../core/python/code-points.ts';
import { compileRegex, type Match } from '../../../core/regex/compile.ts';

interface Case {
  readonly pattern: string;
  readonly text: string;
  readonly op: 'search' | 'match' | 'fullmatch' | 'finditer' | 'sub';
  readonly template?: string;
  readonly result?: unknown;
  readonly error?: string;
  readonly template_error?: string;
}

const { cases } = JSON.parse(
  readFileSync(process.env.BRINE_REGEX_CASES ?? new URL('../../fixtures/regex/cases.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

it(`matches, finds and replaces as Python's re does, for all of ${cases.length} cases`, () => {
  const wrong = cases.flatMap((one) => {
    const got = JSON.stringify(answer(one));
    const wanted = JSON.stringify(
      one.error !== undefined ? 'regex.syntax' : one.template_error !== undefined ? 'regex.template' : one.result,
    );
    return got === wanted ? [] : [`${JSON.stringify(one)} gave ${got}`];
  });
  expect(wrong.slice(0, 40)).toEqual([]);
});

it('complains in the words of Python', () => {
  const wrong = cases.flatMap((one) => {
    const wanted = one.error ?? one.template_error;
    if (wanted === undefined) return [];
    const got = message(one);
    return got.includes(wanted) ? [] : [`${one.pattern}: wanted ${wanted}, got ${got}`];
  });
  expect([...new Set(wrong)]).toEqual([]);
});

function answer(one: Case): unknown {
  try {
    return run(one);
  } catch (error) {
    if (error instanceof BrineError) return error.code;
    throw new Error(JSON.stringify(one), { cause: error });
  }
}

function message(one: Case): string {
  try {
    return String(run(one));
  } catch (error) {
    return (error as Error).message;
  }
}

function run({ pattern, text, op, template = '' }: Case): unknown {
  const regex = compileRegex(pattern);
  if (op === 'sub') return regex.replace(text, template);
  if (op === 'finditer') return regex.matches(text).map((match) => spans(match, text));
  return spans(regex[op](text), text);
}

function spans(match: Match | null, text: string): unknown {
  return match?.spans.map((span) => (span ? span.map((offset) => indexOf(text, offset)) : [-1, -1])) ?? null;
}
