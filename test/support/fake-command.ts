/** A program of a name on a PATH of a test's own: a shell script that writes down what it was asked. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Fakes {
  /** To put before everything else in PATH. */
  readonly path: string;
  /** The words of each call, a line each. */
  calls(): string[];
}

export function createFakes(dir: string, scripts: Readonly<Record<string, string>>): Fakes {
  const [path, log] = [join(dir, 'fakes'), join(dir, 'fakes.log')];
  mkdirSync(path, { recursive: true });
  for (const [name, body] of Object.entries(scripts))
    writeFileSync(join(path, name), `#!/bin/sh\necho "${name} $*" >>'${log}'\n${body}\n`, { mode: 0o755 });
  return { path, calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) };
}
