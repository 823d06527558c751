/** Projects as the author's commands open them: a directory, all projects below it, or one file of a project; and files under the names that a terminal can open. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { BrineError, type Problem, type Where } from '../../core/errors.ts';
import { type Loaded, loadProject } from '../../project/load.ts';
import type { CommandContext, Options } from '../command.ts';

export interface Opened extends Loaded {
  readonly path: string;
  /** A place as it is printed: the file relative to the working directory. */
  readonly shown: (where: Where | undefined) => Where;
}

/** `master` may be a folder of something else, of a minion's keys for one. */
export function isProject(dir: string): boolean {
  const is = (name: string) => statSync(join(dir, name), { throwIfNoEntry: false });
  return (
    ['reactor.conf', 'master'].some((name) => is(name)?.isFile()) ||
    ['reactor.d', 'master.d'].some((name) => is(name)?.isDirectory())
  );
}

/** For what asks a project and has nothing to say of one that is not there. */
export function openExisting(context: CommandContext, options: Options): Opened {
  const opened = openProject(context, options);
  const missing = opened.problems.find(({ code }) => code === 'project.missing');
  if (missing) throw new BrineError(shownProblem(missing, opened));
  return opened;
}

export function openProject(context: CommandContext, options: Options, dir?: string): Opened {
  const path = resolve(context.cwd, dir ?? (options.project as string | undefined) ?? '.');
  const loaded = loadProject(path);
  return { path, ...loaded, shown: (where) => shownWhere(where, { path, loaded, cwd: context.cwd }) };
}

function shownWhere(where: Where | undefined, { path, loaded, cwd }: { path: string; loaded: Loaded; cwd: string }): Where {
  if (!where?.file) return { ...where, file: shownPath(path, cwd) };
  const real = loaded.files.pathOf(where.file) ?? resolve(path, where.file);
  return { ...where, file: shownPath(existsSync(real) ? real : resolve(path, where.file), cwd) };
}

export function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' ? '.' : near.startsWith('../../') ? path : near;
}

export function shownProblem(problem: Problem, { shown }: Opened): Problem {
  // Other places that a text names in brackets.
  const text = problem.text.replace(
    /\(([\w./-]+):(\d+):(\d+)\)/g,
    (_all, file: string, line: string, col: string) => `(${shown({ file }).file}:${line}:${col})`,
  );
  return { ...problem, text, where: shown(problem.where), ...(problem.also && { also: problem.also.map(shown) }) };
}

/** The directory itself where it is a project, else every project below it. What may not be read is passed over. */
export function projectsBelow(dir: string): readonly string[] {
  const found: string[] = [];
  const visit = (folder: string, depth: number): void => {
    if (isProject(folder)) found.push(folder);
    else if (depth < 5) for (const name of foldersIn(folder)) visit(join(folder, name), depth + 1);
  };
  if (existsSync(dir) && statSync(dir).isDirectory()) visit(dir, 0);
  return found;
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

/** Where the project of a file or folder begins, looked for upwards. */
export function projectAround(path: string): string | undefined {
  for (let dir = path; ; dir = dirname(dir)) {
    const folded = ['reactor.d', 'master.d'].includes(basename(dir)) && isProject(dirname(dir));
    if (!folded && existsSync(dir) && statSync(dir).isDirectory() && isProject(dir)) return dir;
    if (dir === dirname(dir)) return undefined;
  }
}

/** `PATH…` of check: each with its project; a file alone means what concerns it. */
export function targetsOf(
  context: CommandContext,
  paths: readonly string[],
  options: Options,
): readonly { dir: string; file?: string }[] {
  const wanted = paths.length > 0 ? paths : [(options.project as string | undefined) ?? '.'];
  return wanted.flatMap((given) => {
    const path = resolve(context.cwd, given);
    if (!existsSync(path))
      throw new BrineError({ code: 'project.missing', text: 'there is no such file or directory', where: { file: given } });
    if (statSync(path).isDirectory()) {
      const below = projectsBelow(path);
      if (below.length > 0) return below.map((dir) => ({ dir }));
    }
    const dir = projectAround(path);
    if (dir === undefined)
      throw new BrineError({
        code: 'project.missing',
        text: 'there is no reactor.conf, and no master configuration',
        where: { file: given },
        hint: "reactor: [{'tag': [/srv/reactor/file.sls]}]",
      });
    return [{ dir, file: path }];
  });
}
