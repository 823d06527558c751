/** What a project's reactions can reach: SLS files, what these import, and what they name by `salt://`. The bundle holds no more. Design section 8. */
import { BrineError } from '../errors.ts';
import { mentionsOf, readTemplate, templatePath } from '../sls/template.ts';
import { findFiles, SALT_ROOT, textOf } from './files.ts';
import type { Project, ProjectFile } from './reactions.ts';

type Content = Pick<Project, 'entries' | 'files' | 'settings'>;

/** The reached files, in the order in which they were read. Where a name is computed or a file cannot be read, all of `salt://` counts as reached. */
export function reachedFiles(project: Content): ReadonlyMap<string, ProjectFile> {
  const reached = new Map<string, ProjectFile>();
  const waiting = project.entries.flatMap(({ paths }) => paths.flatMap((path) => findFiles(project, path)));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = project.files.get(path);
    if (!file || reached.has(path)) continue;
    reached.set(path, file);
    waiting.push(...namedIn(project, path));
  }
  const order = [...project.files.keys()].filter((path) => reached.has(path));
  return new Map(order.map((path) => [path, reached.get(path) as ProjectFile] as const));
}

function namedIn(project: Content, path: string): readonly string[] {
  const source = textOf(project, path);
  if (source === undefined) return [];
  const below = (folder: string) => [...project.files.keys()].filter((file) => file.startsWith(folder));
  const links = [...source.matchAll(/salt:\/\/([^\s'"?,)\]{}|]*)(.?)/g)].flatMap(([, name = '', next]) => {
    const own = SALT_ROOT + name;
    // A path that goes on with a value, or ends in a folder, may be anything below it.
    return next === '{' || own.endsWith('/') ? below(own) : [own, ...below(`${own}/`)];
  });
  try {
    const templates = mentionsOf(readTemplate(source, path, project.settings), path).filter(({ kind }) => kind === 'template');
    if (templates.some(({ name }) => name === null)) return [...links, ...below(SALT_ROOT)];
    return [...links, ...templates.map(({ name }) => templatePath(name as string, path))];
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    return [...links, ...below(SALT_ROOT)];
  }
}
