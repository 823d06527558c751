/**
 * Random templates, and every filter with values at its edges, against what Salt's own renderer made of them (test/fixtures/jinja/make.py). Each runs
 * twice: with the context as it is, and as if a host had sent all of it, which must print the same.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BrineError } from '../../../core/errors.ts';
import { decode } from '../../../core/json.ts';
import { Evaluator } from '../../../core/sls/jinja/evaluate.ts';
import { joined } from '../../../core/sls/jinja/frame.ts';
import { plain, taintValue } from '../../../core/sls/jinja/text.ts';
import { Dict, Tuple, type Value } from '../../../core/value.ts';

interface Case {
  readonly kind: string;
  readonly template: string;
  readonly options?: Record<string, unknown>;
  readonly expected?: string;
  readonly error?: string;
  readonly line?: number;
  readonly file?: string;
}

const fixtures = join(import.meta.dirname, '../../fixtures');
const { files, cases } = JSON.parse(readFileSync(join(fixtures, 'jinja/cases.json'), 'utf8')) as {
  files: Record<string, string>;
  cases: Case[];
};
const context = (decode(readFileSync(join(fixtures, 'oracle/filters.json'), 'utf8')) as Dict).get('context') as Dict;

/** Templates change what they are given: each gets its own. */
function fresh(value: Value): Value {
  if (Array.isArray(value)) return value.map(fresh);
  if (value instanceof Tuple) return new Tuple(value.items.map(fresh));
  return value instanceof Dict ? Dict.from([...value].map(([key, item]) => [key, fresh(item)] as const)) : value;
}

function outcome({ template, options }: Case, prepare: (value: Value) => Value): string {
  const values = Object.fromEntries([...context].map(([key, value]) => [String(key), prepare(value)]));
  const load = (path: string) => files[path] ?? files[path.replace(/^\/srv\/salt\//, '')];
  try {
    const evaluator = new Evaluator({ load, ...(options && { options }), random: () => 0.5, now: 1_795_360_266_000 }, values);
    return plain(joined(evaluator.render(template, 'template'))) + (template.endsWith('\n') ? '\n' : '');
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    return `refused at ${error.where?.file?.replace('/srv/salt/', '')}:${error.where?.line}`;
  }
}

function wanted({ expected, file = 'template', line }: Case, found: string): string {
  if (expected !== undefined) return expected;
  return line === undefined ? found.replace(/^(?!refused)/, 'accepted: ') : `refused at ${file}:${line}`;
}

it.each([...new Set(cases.map((one) => one.kind))])('%s', (kind) => {
  const own = cases.filter((one) => one.kind === kind);
  expect(own.length).toBeGreaterThan(100);
  const differ = own.flatMap((one) =>
    [fresh, taintValue].flatMap((prepare) => {
      const found = outcome(one, prepare);
      return found === wanted(one, found) ? [] : [{ template: one.template, found, salt: one.expected ?? one.error }];
    }),
  );
  expect(differ).toEqual([]);
});
