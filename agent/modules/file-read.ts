/** What the parts of `file.*` share: a path as an argument, what the system knows of it, and its bytes within the limits. */
import { lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import type { Value } from '../../core/value.ts';
import { CommandExecutionError, type ModuleContext, type Parameter } from './module.ts';
import { withFile } from './os-error.ts';
import { allowedPath } from './paths.ts';
import { text } from './schemas.ts';

export const pathParameter: Parameter = { name: 'path', is: text };

/** Without what `stat` refuses. */
export function statOf(path: string, links = false): Stats | undefined {
  try {
    return links ? lstatSync(path) : statSync(path);
  } catch {
    return undefined;
  }
}

/** A file that is larger than the settings allow is refused before it is read. */
export function readAllowed(it: ModuleContext, given: Value): Buffer {
  const path = allowedPath(it, given, 'read');
  const size = statOf(path)?.size ?? 0;
  if (size > it.files.maxBytes)
    throw new CommandExecutionError(`${path} has ${size} bytes, file_max_bytes in the settings is ${it.files.maxBytes}`);
  return withFile(path, () => readFileSync(path));
}
