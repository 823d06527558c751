/** One embedded AWS for a data directory, by the same lock as a minion's state directory. */
import { type Lock, lockDirectory as lockAny } from '../../agent/lock.ts';
import { BrineError } from '../../core/errors.ts';

export async function lockDirectory(dir: string): Promise<Lock> {
  try {
    return await lockAny(dir, 'another embedded AWS');
  } catch (error) {
    if (!(error instanceof BrineError && error.code === 'agent.running')) throw error;
    throw new BrineError({
      code: 'dev.data',
      where: { file: dir },
      text: 'another embedded AWS works with this data directory',
      hint: 'end it first, or name another directory with --data',
    });
  }
}
