/** `brine reactor check [PATH…]`: every problem and trap of a project at once, `file:line:col code message (hint)`. */
import { createModules } from '../../agent/modules/index.ts';
import { checkProject } from '../../core/author/check.ts';
import { customFunctions, unusedFiles } from '../../core/author/custom-modules.ts';
import { type Finding, tidy } from '../../core/author/finding.ts';
import { BrineError, formatWhere, type Problem } from '../../core/errors.ts';
import { textOf } from '../../core/reactor/files.ts';
import { runnerNames } from '../../functions/runner/runners/index.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { type Opened, openProject, shownPath, shownProblem, targetsOf } from '../reactor/open.ts';
import { concerns, isBelow, NO_PART, withPart } from '../reactor/part.ts';

export const run: Run = async (context, [paths], options) => {
  const functions = new Set((await createModules().all()).keys());
  const { findings, files, hidden } = checkAll(context, {
    paths: (paths as readonly string[] | undefined) ?? [],
    options,
    functions,
  });
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  if (options.json) context.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else {
    for (const finding of findings) context.stdout.write(lineOf(finding));
    const more = hidden > 0 ? `; ${hidden} more concern Brine alone: --brine shows them` : '';
    context.stderr.write(
      `${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}, ${plural(count('note'), 'note')} in ${plural(files, 'SLS file')}${more}\n`,
    );
  }
  return count('error') > 0 || (options.strict && count('warning') > 0) ? EXIT.failed : EXIT.ok;
};

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** A finding is one line, whatever stands in it. */
function lineOf({ level, code, text, where, hint, also }: Finding): string {
  const flat = (part: string) => part.replace(/\\n|\n/g, ' ⏎ ');
  const see = (also ?? []).map((one) => `; see ${formatWhere(one)}`).join('');
  return `${formatWhere(where)} ${level === 'error' ? '' : `${level} `}${code} ${flat(text)}${see}${hint ? ` (${flat(hint)})` : ''}\n`;
}

interface Asked {
  readonly paths: readonly string[];
  readonly options: Options;
  readonly functions: ReadonlySet<string>;
}

interface Checked {
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly hidden: number;
}

function checkAll(context: CommandContext, { paths, options, functions }: Asked): Checked {
  let targets: ReturnType<typeof targetsOf>;
  try {
    targets = targetsOf(context, paths, options);
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    return { findings: [findingOf(error, 'error')], files: 0, hidden: 0 };
  }
  const all = targets.map(({ dir, file }) =>
    checkOne(context, openProject(context, options, dir), { file, functions, brine: options.brine === true }),
  );
  return {
    findings: all.flatMap(({ findings }) => findings),
    files: all.reduce((sum, one) => sum + one.files, 0),
    hidden: all.reduce((sum, one) => sum + one.hidden, 0),
  };
}

interface Wanted {
  readonly file: string | undefined;
  readonly functions: ReadonlySet<string>;
  readonly brine: boolean;
}

function checkOne(context: CommandContext, opened: Opened, { file, functions, brine }: Wanted): Checked {
  const { isMaster, files, problems, traps } = opened;
  const project = file === undefined ? opened.project : withPart(opened, file);
  if (project === null)
    return {
      findings: [findingOf({ ...NO_PART, where: { file: shownPath(file as string, context.cwd) } }, 'error')],
      files: 0,
      hidden: 0,
    };
  const custom = customFunctions(files.keys(), (name) => textOf({ files }, name));
  const unused = unusedFiles(files.keys(), new Set(opened.project.files.keys()));
  const found = tidy([
    ...problems.map((problem) => findingOf(problem, 'error')),
    ...traps.map((problem) => findingOf(problem, problem.code === 'reactor.missing_file' ? 'note' : 'warning')),
    // Which events run a loose file nobody has said yet.
    ...checkProject(project, { custom, functions, platform: new Set(runnerNames()) }).filter(
      ({ code }) => project === opened.project || !/^lint\.(tag|loop)$/.test(code),
    ),
    ...unused.map((name) => findingOf({ code: 'lint.unused', text: 'no entry names this file', where: { file: name } }, 'note')),
  ]).map((finding) => ({ ...finding, ...shownProblem(finding, opened), where: opened.shown(finding.where) }));
  const wanted = file === undefined ? found : found.filter(concerns(opened, file));
  // Who runs Salt's own master hears what concerns it.
  const kept = isMaster && !brine ? wanted.filter(({ onlyBrine }) => !onlyBrine).map(forSalt) : wanted;
  const sls = [...project.files.keys()].filter(
    (name) => name.endsWith('.sls') && (file === undefined || isBelow(files.pathOf(name) ?? '', file)),
  ).length;
  return { findings: kept, files: sls, hidden: wanted.length - kept.length };
}

/** What Brine refuses since a host wrote it, Salt runs: a danger there, and no error. */
function forSalt(finding: Finding): Finding {
  return finding.code === 'reactor.tainted'
    ? { ...finding, level: 'warning', text: `${finding.text}; Salt takes it as it comes` }
    : finding;
}

function findingOf({ code, text, where, hint, also }: Problem, level: Finding['level']): Finding {
  return { level, code, text, where: where ?? { file: '.' }, hint, also };
}
