/** What no reaction reaches and a job may bring to a host: custom modules and grains, and the rest of `salt://` by digest alone. */
import { readFileSync, statSync } from 'node:fs';
import type { Problem } from '../core/errors.ts';
import { hexDigest } from '../core/job/files.ts';
import { SALT_ROOT } from '../core/reactor/files.ts';
import type { ProjectFile } from '../core/reactor/reactions.ts';
import type { LazyFiles } from './lazy-files.ts';
import { customFiles } from './modules.ts';

type Files = ReadonlyMap<string, ProjectFile>;

/** Bytes of one file that a job may bring; and of all that are read for it, with their count: a Salt master's tree can hold more than a bundle. */
const FILE = 16 * 1024 * 1024;
const ALL = 64 * 1024 * 1024;
const COUNT = 1000;

/** Null for what cannot be read: nobody can be given it. */
function digestOf(path: string): string | null {
  try {
    return hexDigest(readFileSync(path));
  } catch {
    return null;
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

export function readShelf(
  found: LazyFiles,
  reached: Files,
  problems: Problem[],
): { readonly shelf: Files; readonly sources: ReadonlyMap<string, string> } {
  const shelf = new Map<string, ProjectFile>();
  let bytes = 0;
  for (const name of found.keys()) {
    if (!name.startsWith(SALT_ROOT) || reached.has(name) || /^_(modules|grains)\//.test(name.slice(SALT_ROOT.length))) continue;
    const path = found.pathOf(name) as string;
    const size = sizeOf(path);
    bytes += size > FILE ? 0 : size;
    if (size > FILE || bytes > ALL || shelf.size >= COUNT) continue;
    const digest = digestOf(path);
    if (digest !== null) shelf.set(name, { digest, size });
  }
  for (const [name, file] of customFiles(found, problems)) shelf.set(name, file);
  const sources = new Map(
    [...reached, ...shelf].flatMap(([name, file]) => {
      const path = found.pathOf(name);
      return 'digest' in file && path !== undefined ? [[file.digest, path] as const] : [];
    }),
  );
  return { shelf, sources };
}
