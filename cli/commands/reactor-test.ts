/** `brine reactor test [DIR]`: `*.rtest.yaml` beside the SLS files say which reactions an event leads to; and which branches no test has taken. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { walk } from '../../core/author/walk.ts';
import { BrineError } from '../../core/errors.ts';
import { findFiles, textOf } from '../../core/reactor/files.ts';
import type { Project } from '../../core/reactor/reactions.ts';
import { parseTemplate } from '../../core/sls/jinja/parser.ts';
import { Dict, type Value } from '../../core/value.ts';
import { dumpYaml } from '../../core/yaml/dump.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import { EXIT, type Run } from '../command.ts';
import { openProject } from '../reactor/open.ts';
import { page } from '../reactor/page.ts';
import { eventOf, type KnownMinion, rehearse, shapeOf } from '../reactor/rehearsal.ts';

interface CaseResult {
  readonly file: string;
  readonly name: string;
  /** null: as expected. */
  readonly diff: string | null;
}

/** `file:line` of an `if` or `for` → the ways that were taken: 0, 1 … and -1 for the other. */
type Taken = Map<string, Set<number>>;

export const run: Run = async (context, [dir], options) => {
  const { project, path, problems } = openProject(context, options, dir as string | undefined);
  for (const problem of problems) context.stderr.write(`${problem.text}\n`);
  const files = testFiles(path);
  if (files.length === 0)
    throw new BrineError({
      code: 'lint.test',
      text: 'there is no *.rtest.yaml',
      where: { file: path },
      hint: 'write one beside an SLS file: docs/reactor-tests.md',
    });
  const taken: Taken = new Map();
  const cases = files.flatMap((file) =>
    runFile(project, { file, shown: relative(path, file), taken, update: options.update === true }),
  );
  const coverage = coverageOf(project, taken);
  const failed = cases.filter(({ diff }) => diff !== null).length;
  const report = { cases, coverage, passed: cases.length - failed };
  if (typeof options.html === 'string') writeFileSync(resolve(context.cwd, options.html), page('test', report));
  if (options.json) context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else {
    for (const { file, name, diff } of cases)
      context.stdout.write(`${diff === null ? '✓' : '✗'} ${file}: ${name}\n${diff === null ? '' : `${diff}\n`}`);
    for (const { file, line, missing } of coverage)
      if (missing.length > 0) context.stdout.write(`${file}:${line} never: ${missing.join(', ')}\n`);
    const full = coverage.filter(({ missing }) => missing.length === 0).length;
    context.stdout.write(
      `${report.passed} of ${cases.length} tests passed; ${full} of ${coverage.length} branches taken every way\n`,
    );
  }
  return failed > 0 || problems.length > 0 ? EXIT.failed : EXIT.ok;
};

function testFiles(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .sort()
    .flatMap((name) => {
      if (name === 'node_modules' || name.startsWith('.')) return [];
      const path = join(dir, name);
      if (statSync(path).isDirectory()) return testFiles(path);
      return name.endsWith('.rtest.yaml') ? [path] : [];
    });
}

function runFile(
  project: Project,
  { file, shown, taken, update }: { file: string; shown: string; taken: Taken; update: boolean },
): CaseResult[] {
  const tests = parseYaml(readFileSync(file, 'utf8'), { file: shown });
  if (!Array.isArray(tests))
    throw new BrineError({
      code: 'lint.test',
      text: 'a file of tests is a list',
      where: { file: shown },
      hint: '- name: …\\n  event: {tag: …, data: {}}\\n  expect: []',
    });
  const results = tests.map((test, i) => {
    if (!(test instanceof Dict))
      throw new BrineError({ code: 'lint.test', text: `test ${i + 1} is no mapping`, where: { file: shown } });
    const event = eventOf(test.get('event') ?? null, shown);
    const minions = minionsOf(test.get('minions'));
    const { reactions, problems } = rehearse(project, event, {
      minions,
      branch: (sls, line, which) => taken.set(`${sls}:${line}`, (taken.get(`${sls}:${line}`) ?? new Set()).add(which)),
    });
    const found = new Dict();
    found.set('expect', reactions.map(shapeOf));
    if (problems.length > 0)
      found.set(
        'errors',
        problems.map(({ code }) => code as Value),
      );
    const wanted = new Dict();
    wanted.set('expect', test.get('expect') ?? []);
    const errors = test.get('errors');
    if (Array.isArray(errors) && errors.length > 0) wanted.set('errors', errors);
    if (update) {
      test.set('expect', found.get('expect') as Value);
      if (problems.length > 0) test.set('errors', found.get('errors') as Value);
      else test.delete('errors');
    }
    const [a, b] = [dumpYaml(wanted), dumpYaml(found)];
    return { file: shown, name: String(test.get('name') ?? event.tag), diff: a === b || update ? null : diffOf(a, b) };
  });
  if (update) writeFileSync(file, dumpYaml(tests));
  return results;
}

function minionsOf(value: Value | undefined): readonly KnownMinion[] {
  if (!(value instanceof Dict)) return [];
  return [...value].map(([id, grains]) => ({
    id: String(id),
    grains: grains instanceof Dict ? grains : new Dict(),
    pillar: null,
  }));
}

/** Lines that only one side has, in order; the common ones stay for context. */
function diffOf(wanted: string, found: string): string {
  const [a, b] = [wanted.trimEnd().split('\n'), found.trimEnd().split('\n')];
  const length = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      (length[i] as number[])[j] =
        a[i] === b[j]
          ? ((length[i + 1] as number[])[j + 1] as number) + 1
          : Math.max((length[i + 1] as number[])[j] as number, (length[i] as number[])[j + 1] as number);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && a[i] === b[j]) {
      lines.push(`    ${a[i]}`);
      i += 1;
      j += 1;
    } else if (
      j >= b.length ||
      (i < a.length && ((length[i + 1] as number[])[j] as number) >= ((length[i] as number[])[j + 1] as number))
    ) {
      lines.push(`  - ${a[i]}`);
      i += 1;
    } else {
      lines.push(`  + ${b[j]}`);
      j += 1;
    }
  }
  return lines.join('\n');
}

/** Every `if` and `for` of the files that the reactor names, and the ways that no test took. */
function coverageOf(project: Project, taken: Taken): { file: string; line: number; missing: string[] }[] {
  const files = new Set(project.entries.flatMap(({ paths }) => paths.flatMap((path) => findFiles(project, path))));
  return [...files].flatMap((file) => {
    const source = textOf(project, file);
    if (source === undefined) return [];
    const found: { file: string; line: number; missing: string[] }[] = [];
    try {
      walk(parseTemplate(source, file), (node) => {
        const { line = 0 } = node as { line?: number };
        const ways = taken.get(`${file}:${line}`) ?? new Set();
        if (node.k === 'if' && 'branches' in node) {
          const count = (node.branches as readonly unknown[]).length;
          const missing = Array.from({ length: count }, (_one, i) => i)
            .filter((i) => !ways.has(i))
            .map((i) => (i === 0 ? 'if' : `elif ${i}`));
          found.push({ file, line, missing: ways.has(-1) ? missing : [...missing, 'else'] });
        } else if (node.k === 'for' && 'iter' in node)
          found.push({ file, line, missing: [...(ways.has(0) ? [] : ['a round']), ...(ways.has(-1) ? [] : ['no round'])] });
      });
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
    }
    return found;
  });
}
