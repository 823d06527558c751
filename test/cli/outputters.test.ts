/** Every outputter against what Salt's own one prints: test/fixtures/outputters/make.py records it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALL_STATES } from '../../cli/output/look.ts';
import { type OutputName, render } from '../../cli/output/outputter.ts';
import { Bytes, Dict, Tuple, type Value } from '../../core/value.ts';

interface Case {
  readonly name: string;
  readonly out: OutputName;
  readonly data: unknown;
  readonly text: string;
  readonly retcode?: number;
  readonly options?: Readonly<Record<string, unknown>>;
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/outputters/cases.json'), 'utf8')) as {
  cases: Case[];
};

/** The fixture's own form of Python's values. */
function typed(data: unknown): Value {
  if (Array.isArray(data)) return data.map(typed);
  if (typeof data !== 'object' || data === null) return data as Value;
  const [[kind, inner]] = Object.entries(data) as [[string, never]];
  switch (kind) {
    case '$int':
      return BigInt(inner);
    case '$float':
      return inner === 'inf' ? Number.POSITIVE_INFINITY : inner === '-inf' ? Number.NEGATIVE_INFINITY : Number(inner);
    case '$bytes':
      return new Bytes(Buffer.from(inner, 'base64'));
    case '$tuple':
      return new Tuple((inner as unknown[]).map(typed));
    default:
      return Dict.from((inner as [unknown, unknown][]).map(([key, item]) => [typed(key), typed(item)] as const));
  }
}

function printed({ out, data, retcode = 0, options = {} }: Case): string {
  const { color = false, output_indent, state_output, state_verbose, state_output_diff } = options;
  return render(out, typed(data), {
    color: color === true,
    retcode,
    ...(typeof output_indent === 'number' && { indent: output_indent }),
    states: {
      ...ALL_STATES,
      ...(typeof state_output === 'string' && { output: state_output }),
      ...(typeof state_verbose === 'boolean' && { verbose: state_verbose }),
      ...(typeof state_output_diff === 'boolean' && { diff: state_output_diff }),
    },
  });
}

/** Where Salt loses what it was given; the test fails if one of them stops differing. */
const LOST: Readonly<Record<string, string>> = {
  'json tuple_key.host': 'a mapping with a tuple as its key is printed as {}',
  'json tuple_key.bare': 'a mapping with a tuple as its key is printed as {}',
  'table tuple_key.host': 'not as a table, which has no place for the value either',
  'table tuple_key.bare': 'not as a table, which has no place for the value either',
  'table wrap.host': 'of a cell that is wrapped the first line alone',
  'table wrap.bare': 'of a cell that is wrapped the first line alone',
  'table wrap.color': 'of a cell that is wrapped the first line alone',
  'table ragged.host': 'columns that the first row lacks',
  'table ragged.bare': 'columns that the first row lacks',
  'table ragged.color': 'columns that the first row lacks',
};

describe.each([...new Set(cases.map((one) => one.out))])('%s', (out) => {
  it.each(
    cases
      .filter((one) => one.out === out)
      .map((one) => [`${one.name} ${JSON.stringify(one.options ?? {})} ${one.retcode ?? ''}`, one] as const),
  )('prints %s as Salt does', (_name, one) => {
    const text = printed(one).replace(/\n$/, '');
    if (LOST[`${out} ${one.name}`]) expect(text).not.toBe(one.text);
    else expect(text).toBe(one.text);
  });
});
