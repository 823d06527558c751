/** What check says of 266 projects, held against what Salt made of each with a real event: no false error, and a word wherever Salt drops, twists or fails. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkProject } from '../../../core/author/check.ts';
import { makeProject } from '../../../core/bundle.ts';
import { parseReactorConfig } from '../../../core/reactor/config.ts';
import { defaultSettings } from '../../../core/settings.ts';

interface Salt {
  readonly errors: readonly { readonly kind: string }[];
  readonly dropped?: readonly unknown[];
}
interface Case {
  readonly id: string;
  readonly reactorConf: string;
  readonly files: Readonly<Record<string, string>>;
  readonly salt: Salt;
  readonly salt3008?: Salt;
  readonly salt_is_silent?: unknown;
}
const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/oracle/reactor.json'), 'utf8'),
);

/** Only an event can tell: a value that is not in its data, a loop over nothing, an error that a template raises itself, text that data breaks. */
const ONLY_AT_RUN_TIME = [
  'runner-arg-only-free-function',
  'shape-require-has-no-effect',
  'jinja-loop-over-nothing-leaves-null-arg',
  'yaml-number-as-keyword',
  'errors-undefined-in-condition',
  'errors-raise',
  'events-text-payload-indexed',
  'drift-colon-breaks-the-file',
];

function levels({ reactorConf, files }: Case): readonly string[] {
  const { entries, problems, traps, nodegroups } = parseReactorConfig(
    [{ path: 'reactor.conf', text: reactorConf }],
    (path) => files[path],
  );
  const texts = new Map(Object.entries(files).map(([path, text]) => [path, { text }] as const));
  const findings = checkProject(makeProject({ settings: { ...defaultSettings, nodegroups }, entries, files: texts }));
  return [...problems.map(() => 'error'), ...traps.map(() => 'warning'), ...findings.map(({ level }) => level)];
}

const wrong = ({ salt, salt3008 = salt, salt_is_silent }: Case) =>
  // A file that is not there is told where the project is read.
  salt3008.errors.some(({ kind }) => kind !== 'missing') || (salt.dropped?.length ?? 0) > 0 || salt_is_silent !== undefined;
const missing = ({ salt }: Case) => salt.errors.some(({ kind }) => kind === 'missing');

describe('of the projects of the oracle', () => {
  it('those that Salt runs whole have no error', () => {
    const right = cases.filter((one) => !wrong(one) && !missing(one));
    expect(right.length).toBeGreaterThan(100);
    expect(right.filter((one) => levels(one).includes('error')).map(({ id }) => id)).toEqual([]);
  });

  it('those of which Salt drops or fails something are told, but for what only an event can tell', () => {
    const found = cases.filter(wrong);
    expect(found.length).toBeGreaterThan(80);
    expect(found.filter((one) => levels(one).length === 0).map(({ id }) => id)).toEqual(ONLY_AT_RUN_TIME);
  });
});
