/** One function → a folder with its handler, bundled for plain Node, and the project beside it. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { encodeBundle } from '../core/bundle.ts';
import type { Project } from '../core/reactor/reactions.ts';

const root = join(import.meta.dirname, '..');
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Folder by function role, in a directory that the caller removes. The same sources and project give the same bytes, so an unchanged tree deploys nothing. */
export function bundleFunctions(
  roles: readonly string[],
  project: Project,
): { readonly dir: string; readonly folders: ReadonlyMap<string, string> } {
  const dir = mkdtempSync(join(tmpdir(), 'brine-functions-'));
  const folders = new Map(
    roles.map((role) => {
      const folder = join(dir, role);
      mkdirSync(folder);
      buildSync({
        absWorkingDir: root,
        entryPoints: [`functions/${role}/handler.ts`],
        outfile: join(folder, 'handler.mjs'),
        bundle: true,
        format: 'esm',
        platform: 'node',
        target: 'node22',
        mainFields: ['module', 'main'],
        minify: true,
        banner: { js: banner },
        logLevel: 'warning',
      });
      writeFileSync(join(folder, 'project.json'), encodeBundle(project));
      return [role, folder] as const;
    }),
  );
  return { dir, folders };
}
