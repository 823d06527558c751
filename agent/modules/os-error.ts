/** What the system refuses, in Python's names and words. */
import { pyRepr } from '../../core/python/print.ts';
import { Exception } from './module.ts';

const KNOWN: Readonly<Record<string, readonly [number, string, string]>> = {
  EPERM: [1, 'PermissionError', 'Operation not permitted'],
  ENOENT: [2, 'FileNotFoundError', 'No such file or directory'],
  EACCES: [13, 'PermissionError', 'Permission denied'],
  EEXIST: [17, 'FileExistsError', 'File exists'],
  ENOTDIR: [20, 'NotADirectoryError', 'Not a directory'],
  EISDIR: [21, 'IsADirectoryError', 'Is a directory'],
  EINVAL: [22, 'OSError', 'Invalid argument'],
  ENOSPC: [28, 'OSError', 'No space left on device'],
  EROFS: [30, 'OSError', 'Read-only file system'],
  ENAMETOOLONG: [36, 'OSError', 'File name too long'],
  ENOTEMPTY: [39, 'OSError', 'Directory not empty'],
  ELOOP: [40, 'OSError', 'Too many levels of symbolic links'],
};

/** Without name and number: `No such file or directory`. */
export function wordsOf(error: unknown): string {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  return KNOWN[code]?.[2] ?? message;
}

/** Runs something with a file; what goes wrong is Python's exception of the same. */
export function withFile<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const known = KNOWN[(error as NodeJS.ErrnoException).code ?? ''];
    if (!known) throw error;
    const [number, name, words] = known;
    throw new Exception(name, `[Errno ${number}] ${words}: ${pyRepr(path)}`);
  }
}
