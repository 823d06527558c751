/** Which files of the project a job brings: named by digest in its signed body, asked for by the host, held against the digest there. Trust section 6. */
import { sha256 } from '@noble/hashes/sha2.js';
import { SALT_ROOT } from '../reactor/files.ts';
import type { ProjectFile } from '../reactor/reactions.ts';
import { Dict, Tuple, type Value } from '../value.ts';
import type { JobFile } from './job.ts';

interface Called {
  /** `backup.status`, or several between commas. */
  readonly fun: string;
  readonly args: readonly Value[];
  readonly kwargs: Dict;
}

type Files = ReadonlyMap<string, ProjectFile>;

/** Where custom modules and grains lie below `salt://`. */
export const MODULES = '_modules/';
export const GRAINS = '_grains/';

/** Functions that bring all custom files of a kind. */
const SYNC: Readonly<Record<string, readonly string[]>> = {
  'saltutil.sync_modules': [MODULES],
  'saltutil.sync_grains': [GRAINS],
  'saltutil.sync_all': [MODULES, GRAINS],
};

/** Once for a job, however many hosts it goes to. In the order of their names. `salt://…` counts where it is a whole argument. */
export function jobFiles(files: Files, { fun, args, kwargs }: Called): readonly JobFile[] {
  const wanted = new Set<string>();
  for (const one of fun.split(',')) for (const path of ofFunction(files, one)) wanted.add(path);
  for (const text of textsIn([...args, kwargs])) {
    const path = SALT_ROOT + text.slice('salt://'.length).replace(/\?saltenv=\w+$/, '');
    if (text.startsWith('salt://') && files.has(path)) wanted.add(path);
  }
  return [...wanted].sort().map((path) => ({ path: path.slice(SALT_ROOT.length), ...nameOf(files.get(path) as ProjectFile) }));
}

/** Digest and size, of a text those of its UTF-8. */
export function nameOf(file: ProjectFile): { readonly sha256: string; readonly size: number } {
  if ('digest' in file) return { sha256: file.digest, size: file.size };
  const bytes = new TextEncoder().encode(file.text);
  return { sha256: hexDigest(bytes), size: bytes.length };
}

export function hexDigest(bytes: Uint8Array): string {
  return [...sha256(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** `_modules/backup.mjs`, `_modules/backup.sh` and `_modules/backup/full.sh` are of module `backup`. */
export function moduleOf(path: string): string {
  return path.split('/')[1]?.split('.')[0] ?? '';
}

function ofFunction(files: Files, fun: string): string[] {
  const sync = Object.hasOwn(SYNC, fun) ? SYNC[fun] : undefined;
  const below = (folder: string) => [...files.keys()].filter((path) => path.startsWith(SALT_ROOT + folder));
  if (sync) return sync.flatMap(below);
  const module = fun.split('.')[0] as string;
  return below(MODULES).filter((path) => moduleOf(path.slice(SALT_ROOT.length)) === module);
}

function textsIn(values: readonly Value[]): string[] {
  return values.flatMap((value) => {
    if (typeof value === 'string') return [value];
    if (Array.isArray(value)) return textsIn(value);
    if (value instanceof Tuple) return textsIn(value.items);
    return value instanceof Dict ? textsIn([...value.values()]) : [];
  });
}
