/** Where a command is on the PATH; undefined when it is nowhere. */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** A name with a slash is a path, from `cwd` if it is relative. */
export function whichOf(name: string, env: Readonly<Record<string, string>>, cwd = '/'): string | undefined {
  if (name === '') return undefined;
  if (name.includes('/')) return isExecutable(resolve(cwd, name)) ? name : undefined;
  return (env.PATH ?? '/usr/bin:/bin')
    .split(':')
    .map((place) => resolve(cwd, place, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
