/** A path of reactor.conf → files of the project: plain, globbed (sorted, hidden files apart), or `salt://`. salt-semantics 1.4. */
import { isGlob, matchGlob } from '../glob.ts';
import type { Project } from './reactions.ts';

/** Where `salt://` lies in a project. */
export const SALT_ROOT = '/srv/salt/';

/** Globs are for plain paths alone; a path with the characters of one is always a glob. A relative path begins at the root, as for a daemon. */
export function findFiles({ files }: Pick<Project, 'files'>, path: string): readonly string[] {
  if (path.startsWith('salt://')) {
    const own = tidyPath(SALT_ROOT + path.slice('salt://'.length).replace(/\?saltenv=\w+$/, ''));
    return files.has(own) && own.startsWith(SALT_ROOT) ? [own] : [];
  }
  const wanted = tidyPath(path);
  if (!isGlob(wanted)) return files.has(wanted) ? [wanted] : [];
  const parts = wanted.split('/');
  return [...files.keys()].filter((file) => fits(file.split('/'), parts)).sort();
}

/** From the root, with `//`, `/./` and `/../` as a file system reads them. */
export function tidyPath(path: string): string {
  if (/^\/(?!.*\/\.{0,2}(\/|$))/.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return `/${parts.join('/')}${path.endsWith('/') && parts.length > 0 ? '/' : ''}`;
}

/** glob.glob: `*` stays inside one folder, and does not find hidden files. */
function fits(file: readonly string[], parts: readonly string[]): boolean {
  return (
    file.length === parts.length &&
    parts.every((part, i) => {
      const name = file[i] as string;
      return (name.startsWith('.') ? part.startsWith('.') : true) && matchGlob(name, part);
    })
  );
}

/** The text of a file; undefined for one that is not there or is no text. */
export function textOf({ files }: Pick<Project, 'files'>, path: string): string | undefined {
  const file = files.get(path);
  return file && 'text' in file ? file.text : undefined;
}
