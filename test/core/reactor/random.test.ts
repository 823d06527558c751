/**
 * Random configurations, SLS files and events against what Salt's own reactor did (test/fixtures/reactor/make.py). Where the two differ, the difference
 * has to be one that docs/salt-compatibility.md names, or Brine says what is wrong where Salt twists something in silence.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type OracleCall, type Outcome, reactions } from '../../support/oracle.ts';

interface SaltCall extends OracleCall {
  readonly given?: unknown;
  readonly params?: readonly string[];
  readonly extra?: { readonly expr_form?: unknown };
}
interface SaltError {
  readonly kind: string;
  readonly sls?: string;
  readonly line?: number;
}
interface Case {
  readonly id: string;
  readonly reactorConf: string;
  readonly files: Record<string, string>;
  readonly event: { tag: string; data: unknown };
  readonly salt: { readonly calls: readonly SaltCall[]; readonly errors: readonly SaltError[] };
}
const cases: Case[] = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/reactor/cases.json'), 'utf8'));

/** One text for what is the same: keys in order, and `None`, which is null with its type kept. */
function shape(value: unknown): unknown {
  if (value === null) return 'None';
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([key, item]) => [key, shape(item)]),
  );
}
const key = (value: unknown) => JSON.stringify(shape(value));

function same(mine: OracleCall, salt: SaltCall): boolean {
  const { kind, fun, tgt, id, sls } = salt;
  const type = salt.extra?.expr_form === undefined ? salt.tgtType : mine.tgtType;
  if (key(mine) !== key({ ...mine, kind, fun, id, sls, ...(kind === 'local' && { tgt, tgtType: type }) })) return false;
  const named = Object.fromEntries(mine.args.map((value, i) => [salt.params?.[i] ?? `#${i}`, value]));
  if (salt.given && salt.params && key({ ...named, ...(mine.kwargs as object) }) === key(salt.given)) return true;
  // One text is one argument; Salt sends its letters.
  const letters = salt.args.every((one) => typeof one === 'string') && salt.args.join('') === mine.args[0];
  return key(mine.kwargs) === key(salt.kwargs) && (letters || key(mine.args) === key(salt.args));
}

/** Salt loses more than the one reaction that is wrong; functions of one type under an ID, and IDs of several files, all run in Brine. */
const LOSES = ['compile', 'crash', 'unknown-type', 'type', 'config', 'call', 'log', 'renderer'];

function differences({ salt, files }: Case, { calls, errors }: Outcome): readonly unknown[] {
  const told = (sls: string | undefined) => errors.some(({ where }) => sls === undefined || where.startsWith(`${tidy(sls)}:`));
  const lost = salt.calls.filter((call) => !calls.some((mine) => same(mine, call)) && !told(call.sls));
  const added = calls.filter(
    (mine) =>
      !salt.calls.some((call) => same(mine, call)) &&
      !salt.errors.some(({ kind }) => LOSES.includes(kind)) &&
      errors.length === 0 &&
      calls.filter(({ id }) => id === mine.id).length < 2,
  );
  const unsaid = salt.errors.filter(({ kind, sls, line }) => {
    if (!['jinja', 'yaml', 'type', 'whitespace'].includes(kind)) return errors.length === 0;
    if (kind !== 'jinja' || line === undefined || /^#jinja2:/m.test(files[sls ?? ''] ?? '')) return !told(sls);
    return !errors.some(({ where }) => where.startsWith(`${tidy(sls as string)}:${line}:`));
  });
  return [...lost, ...added, ...unsaid];
}

/** A place in a file is said as the project names the file. */
function tidy(path: string): string {
  return new URL(
    path.replace(/^\/?/, 'file:///').replace(/\/{2,}(?!\/)/g, (all, at) => (at < 6 ? all : '/')),
  ).pathname.replaceAll('%20', ' ');
}

it('every random case does what Salt does, or says why not', () => {
  expect(cases.length).toBeGreaterThan(200);
  expect(
    cases.map((one) => ({ id: one.id, found: differences(one, reactions(one)) })).filter(({ found }) => found.length > 0),
  ).toEqual([]);
});
