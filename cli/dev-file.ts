/** `.brine/dev.json`: where a running `brine dev` can be found. Written when it is ready, mode 0600 because it holds credentials, removed at its end. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockDirectory } from '../agent/lock.ts';
import { birthOf, type DevFile } from '../client/locate.ts';
import { BrineError } from '../core/errors.ts';

export interface WrittenDevFile {
  readonly path: string;
  remove(): void;
}

/**
 * Refuses while another `brine dev` of this project lives, also one that is not ready yet; the lock is this process' until its end. What a crash left
 * behind is taken over.
 */
export async function claimDevDir(project: string): Promise<string> {
  const dir = join(project, '.brine');
  try {
    await lockDirectory(dir, 'brine dev');
  } catch (error) {
    if (!(error instanceof BrineError && error.code === 'agent.running')) throw error;
    const pid = readFileSync(join(dir, 'lock'), 'utf8').trim();
    throw new BrineError({
      code: 'dev.running',
      text: `brine dev runs for this project already (pid ${pid})`,
      where: { file: dir },
      hint: `stop it with: kill ${pid}`,
    });
  }
  rmSync(join(dir, 'dev.json'), { force: true });
  return dir;
}

function pidIn(path: string): number | null {
  try {
    const pid: unknown = JSON.parse(readFileSync(path, 'utf8')).pid;
    return typeof pid === 'number' ? pid : null;
  } catch {
    return null;
  }
}

/** Appears at once and whole: a reader never sees half of it. */
export function writeDevFile(dir: string, content: DevFile): WrittenDevFile {
  const path = join(dir, 'dev.json');
  const draft = `${path}.${process.pid}`;
  const born = birthOf(process.pid);
  writeFileSync(draft, `${JSON.stringify({ ...content, ...(born !== undefined && { born }) }, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
  return {
    path,
    remove: () => {
      if (pidIn(path) === process.pid) rmSync(path, { force: true });
    },
  };
}
