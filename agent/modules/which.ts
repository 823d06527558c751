/** Where a command is on the PATH; undefined when it is nowhere. */
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

export function whichOf(name: string, env: Readonly<Record<string, string>>): string | undefined {
  const places = name.includes('/') ? [''] : (env.PATH ?? '/usr/bin:/bin').split(':');
  return places.map((place) => (isAbsolute(name) || place === '' ? name : join(place, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
