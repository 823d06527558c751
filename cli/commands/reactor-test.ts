/** `brine reactor test [DIR]`: `*.rtest.yaml` beside the SLS files say which reactions an event leads to; and which branches no test has taken. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatDiff } from '../../core/author/diff.ts';
import { BrineError, formatProblem } from '../../core/errors.ts';
import { textOf } from '../../core/reactor/files.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { type Opened, openProject, projectsBelow, shownProblem } from '../reactor/open.ts';
import { page } from '../reactor/page.ts';
import { type FileCoverage, type ProjectResult, runTests, testFiles } from '../reactor/run-tests.ts';

export const run: Run = async (context, [dir], options) => {
  const projects = openAll(context, options, dir as string | undefined);
  const wanted = { cwd: context.cwd, update: options.update === true, filter: options.filter as string | undefined };
  const results = projects.map((opened) => runTests(opened, wanted));
  const problems = projects.flatMap((opened) => opened.problems.map((problem) => formatProblem(shownProblem(problem, opened))));
  const sums = sumOf(results);
  if (sums.total === 0) throw nothing(wanted.filter, (dir as string | undefined) ?? '.');
  if (typeof options.html === 'string') {
    writeFileSync(
      resolve(context.cwd, options.html),
      page('test', pageOf(projects, results), `${sums.passed} of ${sums.total} tests passed`),
    );
    context.stderr.write(`written to ${options.html}\n`);
  }
  if (options.json) context.stdout.write(`${JSON.stringify({ projects: results, ...sums }, null, 2)}\n`);
  else print(results, { context, filtered: wanted.filter !== undefined });
  for (const problem of problems) context.stderr.write(`${problem}\n`);
  return sums.passed < sums.total || problems.length > 0 ? EXIT.failed : EXIT.ok;
};

function openAll(context: CommandContext, options: Options, dir: string | undefined): readonly Opened[] {
  const path = resolve(context.cwd, dir ?? (options.project as string | undefined) ?? '.');
  const found = projectsBelow(path);
  const all = (found.length > 0 ? found : [path]).map((one) => openProject(context, options, one));
  // Of several, those without tests are passed over.
  return all.length === 1 ? all : all.filter((opened) => testFiles(opened.path).length > 0);
}

function nothing(filter: string | undefined, dir: string): BrineError {
  const text = filter === undefined ? 'there is no *.rtest.yaml' : `no test is called like '${filter}'`;
  return new BrineError({
    code: 'lint.test',
    text,
    where: { file: dir },
    hint: 'write one beside an SLS file: docs/reactor-tests.md',
  });
}

interface Sums {
  readonly passed: number;
  readonly total: number;
  readonly ways: number;
  readonly waysTaken: number;
}

function sumOf(results: readonly ProjectResult[]): Sums {
  const cases = results.flatMap((one) => one.cases);
  const branches = results.flatMap(({ coverage }) => coverage.flatMap((one) => one.branches));
  const ways = branches.reduce((sum, one) => sum + one.ways, 0);
  const missing = branches.reduce((sum, one) => sum + one.missing.length, 0);
  return { passed: cases.filter((one) => one.passed).length, total: cases.length, ways, waysTaken: ways - missing };
}

function print(results: readonly ProjectResult[], { context, filtered }: { context: CommandContext; filtered: boolean }): void {
  const { stdout } = context;
  for (const { cases, coverage } of results) {
    for (const { file, line, name, passed, diff, problems, updated } of cases) {
      stdout.write(`${passed ? '✓' : '✗'} ${passed ? file : `${file}:${line}`}: ${name}${updated ? ' (updated)' : ''}\n`);
      if (!passed) stdout.write(`${formatDiff(diff)}\n${problems.map((one) => `    ${one}\n`).join('')}`);
    }
    // Half of the tests say little of what none has taken.
    if (filtered) continue;
    for (const { file, runs, branches } of coverage) {
      if (runs === 0 && file.endsWith('.sls')) stdout.write(`${file} no test runs it\n`);
      else
        for (const { line, missing } of branches)
          if (missing.length > 0) stdout.write(`${file}:${line} never: ${missing.join(', ')}\n`);
    }
  }
  const { passed, total, ways, waysTaken } = sumOf(results);
  stdout.write(`${passed} of ${total} tests passed; ${waysTaken} of ${ways} branches taken\n`);
}

/** What the page's template should not have to work out. */
function pageOf(projects: readonly Opened[], results: readonly ProjectResult[]): object {
  const sums = sumOf(results);
  return {
    ...sums,
    percent: sums.ways === 0 ? 100 : Math.round((100 * sums.waysTaken) / sums.ways),
    projects: results.map(({ name, cases, coverage }, i) => ({
      name,
      cases: cases.map((one) => ({
        ...one,
        diff: one.diff.length > 0,
        lines: one.diff.map(({ kind, text }) => ({
          kind,
          text: `${kind === 'minus' ? '-' : kind === 'plus' ? '+' : ' '} ${text}`,
        })),
      })),
      files: coverage.map((one) => fileOf(projects[i] as Opened, one)),
    })),
  };
}

function fileOf({ project }: Opened, { file, name, runs, branches, never }: FileCoverage): object {
  const missing = branches.reduce((sum, one) => sum + one.missing.length, 0);
  const lines = (textOf(project, name) ?? '').replace(/\n$/, '').split('\n');
  return {
    file,
    runs,
    missing,
    ways: branches.reduce((sum, one) => sum + one.ways, 0),
    lines: lines.map((text, i) => {
      const untaken = branches.filter(({ line }) => line === i + 1).flatMap((one) => one.missing);
      const ran = runs > 0 && !never.includes(i + 1) && untaken.length === 0;
      const state = text.trim() === '' || /^\s*\{(#|%-?\s*end|%-?\s*else)/.test(text) ? '' : ran ? 'ran' : 'never';
      return { number: i + 1, text, state, note: untaken.length > 0 ? `never: ${untaken.join(', ')}` : '' };
    }),
  };
}
