/** Runs the `*.rtest.yaml` of one project and gathers which ways its templates went. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Branch, branchesOf } from '../../core/author/coverage.ts';
import { type DiffLine, diffLines } from '../../core/author/diff.ts';
import { ranLines } from '../../core/author/ran-lines.ts';
import { normal, parseTests, type TestCase } from '../../core/author/rtest.ts';
import { type Update, updateText } from '../../core/author/rtest-update.ts';
import { BrineError, formatProblem } from '../../core/errors.ts';
import { findFiles, textOf } from '../../core/reactor/files.ts';
import type { Reactions } from '../../core/reactor/reactions.ts';
import type { At } from '../../core/sls/jinja/ast.ts';
import { DEFAULTS } from '../../core/sls/jinja/lexer.ts';
import { parseTemplate } from '../../core/sls/jinja/parser.ts';
import { readTemplate } from '../../core/sls/template.ts';
import { matchTarget } from '../../core/target/match.ts';
import { Dict, type Value } from '../../core/value.ts';
import { dumpYaml } from '../../core/yaml/dump.ts';
import { type KnownMinion, knownMinions } from '../../project/known-minions.ts';
import { type Opened, shownPath, shownProblem } from './open.ts';
import { rehearse, shapeOf } from './rehearsal.ts';

export interface CaseResult {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly passed: boolean;
  readonly diff: readonly DiffLine[];
  /** What went wrong in the reactions, in words. */
  readonly problems: readonly string[];
  readonly updated: boolean;
}

export interface FileCoverage {
  readonly file: string;
  /** Salt's name. */
  readonly name: string;
  readonly runs: number;
  readonly branches: readonly Branch[];
  /** Lines that no test ran. */
  readonly never: readonly number[];
}

export interface ProjectResult {
  readonly name: string;
  readonly cases: readonly CaseResult[];
  readonly coverage: readonly FileCoverage[];
}

export interface Wanted {
  readonly cwd: string;
  readonly update: boolean;
  readonly filter: string | undefined;
}

export function runTests(opened: Opened, wanted: Wanted): ProjectResult {
  const taken = new Map<string, Set<number>>();
  const runs = new Map<string, number>();
  const cases = testFiles(opened.path).flatMap((file) => runFile(opened, file, { ...wanted, taken, runs }));
  return { name: shownPath(opened.path, wanted.cwd), cases, coverage: coverageOf(opened, taken, runs) };
}

export function testFiles(dir: string): readonly string[] {
  return readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name === 'node_modules' || entry.name.startsWith('.')) return [];
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith('.rtest.yaml') ? [path] : [];
    });
}

interface Running extends Wanted {
  readonly taken: Map<string, Set<number>>;
  readonly runs: Map<string, number>;
}

function runFile(opened: Opened, path: string, running: Running): readonly CaseResult[] {
  const file = shownPath(path, running.cwd);
  const text = readFileSync(path, 'utf8');
  const tests = parseTests(text, file);
  const wanted = tests.filter(
    ({ name }) => running.filter === undefined || `${file}: ${name}`.toLowerCase().includes(running.filter.toLowerCase()),
  );
  const results = wanted.map((test) => runCase(opened, test, { file, running }));
  // Cases that are not asked for keep their places.
  const updates: Update[] = tests.map(
    ({ node }) => results.find((one) => one.update?.node === node)?.update ?? { node, values: new Map() },
  );
  const written = running.update ? updateText(text, updates) : text;
  if (written !== text) writeFileSync(path, written);
  return results.map(({ result }) => result);
}

function runCase(
  opened: Opened,
  test: TestCase,
  { file, running }: { file: string; running: Running },
): { result: CaseResult; update?: Update } {
  const minions = minionsOf(opened, test);
  const seen = rehearse(opened.project, test.event, {
    minions,
    branch: (sls, at, way) => {
      const key = keyOf(sls, at);
      running.taken.set(key, (running.taken.get(key) ?? new Set()).add(way));
    },
  });
  for (const sls of seen.matched.flatMap(({ files }) => files)) running.runs.set(sls, (running.runs.get(sls) ?? 0) + 1);
  const errors = seen.problems.map(({ code }) => code as Value);
  const hosts = test.hosts ? hostsOf(opened, seen, minions) : null;
  const [a, b] = [textFor(test.expect, test.errors, test.hosts), textFor(seen.reactions.map(shapeOf), errors, hosts)];
  const result = {
    file,
    line: test.where.line ?? 1,
    name: test.name,
    passed: a === b || running.update,
    diff: a === b || running.update ? [] : diffLines(a, b),
    problems: seen.problems.map((problem) => formatProblem(shownProblem(problem, opened))),
    updated: a !== b && running.update,
  };
  if (a === b || !running.update) return { result };
  const values = new Map<string, Value | null>([['expect', seen.reactions.map(shapeOf)]]);
  if (errors.length > 0 || test.errors.length > 0) values.set('errors', errors.length > 0 ? errors : null);
  if (hosts) values.set('hosts', hosts);
  return { result, update: { node: test.node, values } };
}

/** Those of brine.yaml, over them the file's, over them the case's. */
function minionsOf({ minions }: Opened, test: TestCase): readonly KnownMinion[] {
  const known = new Map(minions.map((one) => [one.id, one] as const));
  for (const one of test.minions.flatMap(knownMinions)) known.set(one.id, one);
  return [...known.values()];
}

function hostsOf({ project }: Opened, { reactions }: Reactions, minions: readonly KnownMinion[]): Dict {
  const { nodegroups } = project.settings;
  const hosts = new Dict();
  for (const { id, target } of reactions)
    if (target)
      hosts.set(
        id,
        minions.filter((minion) => matchTarget(target, minion, { nodegroups }) === true).map((one) => one.id),
      );
  return hosts;
}

function textFor(expect: readonly Value[], errors: readonly Value[], hosts: Dict | null): string {
  const whole = new Dict().set('expect', expect.map(normal));
  if (errors.length > 0) whole.set('errors', [...errors]);
  if (hosts) whole.set('hosts', normal(hosts));
  return dumpYaml(whole);
}

/** An `if` or `for`: two may stand on one line. */
function keyOf(file: string, { line, col }: At): string {
  return `${file}:${line}:${col}`;
}

/** Every file that the reactor names, and those that these go through. */
function coverageOf(
  { project, shown }: Opened,
  taken: ReadonlyMap<string, ReadonlySet<number>>,
  runs: ReadonlyMap<string, number>,
): readonly FileCoverage[] {
  const named = project.entries.flatMap(({ paths }) => paths.flatMap((path) => findFiles(project, path)));
  const through = [...taken.keys()].map((key) => key.replace(/:\d+:\d+$/, ''));
  return [...new Set([...named, ...through])].flatMap((name) => {
    const source = textOf(project, name);
    if (source === undefined) return [];
    try {
      const template = readTemplate(source, name, project.settings);
      const statements = template.pipe.includes('jinja')
        ? parseTemplate(template.text, name, { ...DEFAULTS, ...template.options })
        : [];
      const branches = branchesOf(statements, (at) => taken.get(keyOf(name, at)) ?? new Set());
      const states = ranLines(statements, (at) => taken.get(keyOf(name, at)));
      const never = [...states].flatMap(([line, state]) => (state === 'skipped' ? [line] : []));
      return [
        {
          file: shown({ file: name }).file as string,
          name,
          runs: runs.get(name) ?? 0,
          branches,
          never: never.sort((a, b) => a - b),
        },
      ];
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      return [];
    }
  });
}
