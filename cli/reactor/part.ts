/** A file or folder of a project that is checked by itself: what belongs to it, and what nobody has named yet. */
import { statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { Finding } from '../../core/author/finding.ts';
import type { Project, ProjectFile } from '../../core/reactor/reactions.ts';
import type { Opened } from './open.ts';

export const NO_PART = {
  code: 'project.missing',
  text: 'there is no SLS file here, and none in which the reactor is configured',
  hint: 'reactor.conf, reactor.d/*.conf, master, master.d/*.conf and *.sls are',
} as const;

export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

/** What was found in this file, or in this folder of the project. */
export function concerns(opened: Opened, path: string): (finding: Finding) => boolean {
  const own = opened.shown({ file: nameOf(opened, path) ?? nearName(opened, path) }).file as string;
  return ({ where }) => isBelow(where.file ?? '', own);
}

/** Files that no entry names are checked as if every event ran them: one by its path, or all of a folder. null: nothing to check. */
export function withPart(opened: Opened, path: string): Project | null {
  const { project, files } = opened;
  // In the project's root, where nothing is looked for.
  if (path.endsWith('.sls') && nameOf(opened, path) === undefined && statSync(path).isFile())
    files.add(`/${nearName(opened, path)}`, path);
  const own = [...files.keys()].filter((name) => isBelow(files.pathOf(name) as string, path));
  if (own.length === 0 && !isConfigured(opened, path)) return null;
  const loose = own.filter((name) => name.endsWith('.sls') && !project.files.has(name));
  if (loose.length === 0) return project;
  const first = project.entries.length;
  const entries = loose.map((name, i) => ({ index: first + i, glob: '*', paths: [name], where: { file: name } }));
  const contents = loose.map((name) => [name, files.get(name) as ProjectFile] as const);
  return { ...project, entries: [...project.entries, ...entries], files: new Map([...project.files, ...contents]) };
}

/** The name that a file has in its project. */
function nameOf({ files }: Opened, path: string): string | undefined {
  return [...files.keys()].find((name) => files.pathOf(name) === path);
}

/** Configuration is named relative to the project. */
function nearName({ path: project }: Opened, path: string): string {
  return relative(project, path).split(sep).join('/');
}

function isConfigured(opened: Opened, path: string): boolean {
  const name = nearName(opened, path);
  return name === 'brine.yaml' || opened.configs.some((one) => one === name || one.startsWith(`${name}/`));
}
