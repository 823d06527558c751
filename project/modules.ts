/** Custom modules and grains of a project: `srv/salt/_modules/*.{ts,js,mjs}` become one `.mjs` each, with what they import; executables stay as they are. */
import { createRequire } from 'node:module';
import { basename, dirname, extname } from 'node:path';
import type { Problem } from '../core/errors.ts';
import { GRAINS, MODULES } from '../core/job/files.ts';
import { SALT_ROOT } from '../core/reactor/files.ts';
import type { ProjectFile } from '../core/reactor/reactions.ts';
import type { LazyFiles } from './lazy-files.ts';

const SCRIPT = /\.(ts|js|mjs)$/;

/** What a host gets of them, by the name that it has there; what cannot be made is a problem. */
export function customFiles(found: LazyFiles, problems: Problem[]): ReadonlyMap<string, ProjectFile> {
  const files = new Map<string, ProjectFile>();
  for (const folder of [MODULES, GRAINS].map((name) => SALT_ROOT + name)) {
    for (const name of found.keys()) {
      if (!name.startsWith(folder) || /\.d\.ts$/.test(name)) continue;
      const nested = name.slice(folder.length).includes('/');
      if (!SCRIPT.test(name)) {
        const file = found.get(name);
        if (file && isExecutable(file)) files.set(name, file);
      } else if (!nested) {
        const text = bundled(found.pathOf(name) as string, problems);
        if (text !== null) files.set(`${dirname(name)}/${basename(name, extname(name))}.mjs`, { text });
      }
    }
  }
  return files;
}

/** By its first bytes, since a mode is lost on many ways: `#!`, or a program of Linux. */
function isExecutable(file: ProjectFile): boolean {
  return 'text' in file ? file.text.startsWith('#!') : file.program === true;
}

type Esbuild = typeof import('esbuild');

/** One file for plain Node: what it imports from the project is in it. */
function bundled(path: string, problems: Problem[]): string | null {
  try {
    const { buildSync } = createRequire(import.meta.url)('esbuild') as Esbuild;
    const { outputFiles } = buildSync({
      entryPoints: [path],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      legalComments: 'none',
      logLevel: 'silent',
    });
    return outputFiles[0]?.text ?? '';
  } catch (error) {
    const { text = '', location = null } = (error as { errors?: { text: string; location: Place | null }[] }).errors?.[0] ?? {};
    problems.push({
      code: 'project.module',
      text: text || (error instanceof Error ? error.message : String(error)),
      where: { file: location?.file ?? path, ...(location && { line: location.line, col: location.column + 1 }) },
    });
    return null;
  }
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
