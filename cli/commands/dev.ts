/** `brine dev`: the whole of it for one project, until SIGINT or SIGTERM. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkProject } from '../../core/author/check.ts';
import { formatProblem, type Problem } from '../../core/errors.ts';
import type { Project } from '../../core/reactor/reactions.ts';
import { type Dev, startDev } from '../../local/dev.ts';
import { loadProject } from '../../project/load.ts';
import { parseAwsFlags } from '../aws-flags.ts';
import { type CommandContext, EXIT, type Run } from '../command.ts';
import { claimDevDir, writeDevFile } from '../dev-file.ts';
import { devLog } from '../dev-log.ts';
import { parseMinionFlags } from '../minion-flag.ts';
import { type Places, watchProject } from '../project-watch.ts';

export const run: Run = async (context, _args, options) => {
  const dir = resolve(context.cwd, (options.project as string | undefined) ?? '.');
  const loaded = loadProject(dir);
  if (loaded.problems.length > 0) {
    for (const problem of loaded.problems) context.stderr.write(`${formatProblem(problem)}\n`);
    return EXIT.failed;
  }
  const flags = parseAwsFlags(options);
  const minions = parseMinionFlags((options.minion ?? []) as readonly string[]);
  const brine = await claimDevDir(dir);
  const dev = await startDev({
    project: loaded.project,
    minions,
    dir: brine,
    dataDir: typeof options.data === 'string' ? resolve(context.cwd, options.data) : null,
    ...flags,
    log: devLog(context),
  });
  const file = writeDevFile(brine, devFileOf(dev));
  const ids = minions.map((minion) => minion.id).join(' ') || 'none';
  context.stdout.write(
    `brine dev is ready: ${dev.aws.endpoint}, minions ${ids}, project ${dir}, ${count(loaded.project.entries.length, 'entry', 'entries')} of the reactor\n`,
  );
  // Other commands look for its .brine/ in their directory and above.
  if (!`${context.cwd}/`.startsWith(`${dir}/`)) context.stdout.write(`the other commands find it from there: cd ${dir}\n`);
  // A file that cannot be read stops no other one; it is said before its event comes.
  for (const problem of unreadable(loaded.project)) context.stderr.write(`${formatProblem(problem)}\n`);
  const saves = followSaves(context, { dir, dev, files: loaded.files });
  await untilAborted(context.signal);
  saves.close();
  file.remove();
  await dev.close();
  return EXIT.ok;
};

function count(many: number, one: string, more: string): string {
  return `${many} ${many === 1 ? one : more}`;
}

export function devFileOf(dev: Dev) {
  return {
    pid: process.pid,
    endpoint: dev.aws.endpoint,
    region: dev.aws.region,
    stack: dev.stack,
    credentials: { ...dev.aws.credentials },
    relays: [...dev.relays],
    join: dev.join,
    sockets: Object.fromEntries([...dev.agents].map(([id, agent]) => [id, agent.socket])),
  };
}

interface Served {
  readonly dir: string;
  readonly dev: Dev;
  /** Of the project as it was read last. */
  readonly files: Places;
}

/** Takes over what is saved, one save after the other. */
function followSaves(context: CommandContext, { dir, dev, files }: Served): { close(): void } {
  let last = Promise.resolve();
  const watch = watchProject(dir, files, () => {
    last = last.then(async () => {
      const places = await takeOver(context, dir, dev);
      if (places && !context.signal.aborted) watch.follow(places);
    });
  });
  return watch;
}

/** A save is checked and taken over at once, or refused with its errors while the old one stays. Where its files lie now; null where it was not even read. */
async function takeOver(context: CommandContext, dir: string, dev: Dev): Promise<Places | null> {
  const refuse = (text: string) => context.stderr.write(`not taken over, the old files stay:${text}`);
  try {
    const { project, problems: found, files } = loadProject(dir);
    const problems = [...found, ...unreadable(project), ...emptied(dir)];
    if (problems.length === 0) await replace(context, project, dev);
    else refuse(`\n${problems.map((problem) => `  ${formatProblem(problem)}\n`).join('')}`);
    return files;
  } catch (error) {
    refuse(` ${(error as Error).message}\n`);
    return null;
  }
}

/** SLS files that are no text, no templates, or no YAML whatever their event holds. */
function unreadable(project: Project): readonly Problem[] {
  return checkProject(project).filter(
    ({ level, code }) => level === 'error' && /^(jinja\.syntax$|yaml\.|reactor\.missing_file$)/.test(code),
  );
}

/** An editor may empty a file before it writes it; who wants no reactions says so. */
function emptied(dir: string): readonly Problem[] {
  const file = join(dir, 'reactor.conf');
  if (!existsSync(file) || readFileSync(file, 'utf8').trim() !== '') return [];
  return [
    {
      code: 'reactor.config',
      text: 'the file is empty',
      where: { file: 'reactor.conf' },
      hint: 'reactor: [] says that nothing reacts',
    },
  ];
}

async function replace(context: CommandContext, project: Project, dev: Dev): Promise<void> {
  await dev.replaceProject(project);
  context.stdout.write(
    `taken over: ${count(project.entries.length, 'entry', 'entries')}, ${count(project.files.size, 'file', 'files')}, bundle ${project.digest.slice(0, 12)}\n`,
  );
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => (signal.aborted ? done() : signal.addEventListener('abort', () => done(), { once: true })));
}
