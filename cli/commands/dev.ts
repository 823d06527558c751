/** `brine dev`: the whole of it for one project, until SIGINT or SIGTERM. */
import { resolve } from 'node:path';
import { formatProblem } from '../../core/errors.ts';
import type { Project } from '../../core/reactor/reactions.ts';
import { type Dev, startDev } from '../../local/dev.ts';
import { loadProject } from '../../project/load.ts';
import { parseAwsFlags } from '../aws-flags.ts';
import { type CommandContext, EXIT, type Run } from '../command.ts';
import { claimDevDir, writeDevFile } from '../dev-file.ts';
import { devLog } from '../dev-log.ts';
import { parseMinionFlag } from '../minion-flag.ts';
import { watchProject } from '../project-watch.ts';

export const run: Run = async (context, _args, options) => {
  const dir = resolve(context.cwd, (options.project as string | undefined) ?? '.');
  const loaded = loadProject(dir);
  if (loaded.problems.length > 0) {
    for (const problem of loaded.problems) context.stderr.write(`${formatProblem(problem)}\n`);
    return EXIT.failed;
  }
  const flags = parseAwsFlags(options);
  const minions = ((options.minion ?? []) as readonly string[]).map(parseMinionFlag);
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
  context.stdout.write(`brine dev is ready: ${dev.aws.endpoint}, minions ${ids}, project ${dir}\n`);
  const watcher = watchProject(dir, () => void takeOver(context, dir, dev));
  await untilAborted(context.signal);
  watcher.close();
  file.remove();
  await dev.close();
  return EXIT.ok;
};

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

/** A save is checked and taken over at once, or refused with its errors while the old one stays. */
async function takeOver(context: CommandContext, dir: string, dev: Dev): Promise<void> {
  try {
    const { project, problems } = loadProject(dir);
    if (problems.length > 0) {
      context.stderr.write(
        `not taken over, the old files stay:\n${problems.map((problem) => `  ${formatProblem(problem)}\n`).join('')}`,
      );
      return;
    }
    await replace(context, project, dev);
  } catch (error) {
    context.stderr.write(`not taken over, the old files stay: ${(error as Error).message}\n`);
  }
}

async function replace(context: CommandContext, project: Project, dev: Dev): Promise<void> {
  await dev.replaceProject(project);
  context.stdout.write(
    `taken over: ${project.entries.length} entries, ${project.files.size} files, bundle ${project.digest.slice(0, 12)}\n`,
  );
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => (signal.aborted ? done() : signal.addEventListener('abort', () => done(), { once: true })));
}
