/** One function → a folder with its handler, bundled for plain Node, and the project beside it. */
import { copyFileSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { encodeBundle } from '../core/bundle.ts';
import { BrineError } from '../core/errors.ts';
import type { Project } from '../core/reactor/reactions.ts';

const root = join(import.meta.dirname, '..');
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** For Lambda's Node, with the clients inside: the image's own are of another day. The engine of regular expressions is a file of its own. */
export const BUNDLING = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  minify: true,
  alias: { re2js: join(root, 'infra/re2-later.ts') },
  banner: { js: banner },
  logLevel: 'warning',
} satisfies BuildOptions;

/** Folder by function role, in a directory that the caller removes. The same sources and project give the same bytes, so an unchanged tree deploys nothing. */
export function bundleFunctions(
  roles: readonly string[],
  project: Project,
): { readonly dir: string; readonly folders: ReadonlyMap<string, string> } {
  const dir = mkdtempSync(join(tmpdir(), 'brine-functions-'));
  let re2: string | undefined;
  const folders = new Map(
    roles.map((role) => {
      const folder = join(dir, role);
      mkdirSync(folder);
      const entry = { entryPoints: [`functions/${role}/handler.ts`], outfile: join(folder, 'handler.mjs') };
      const { metafile } = buildSync({ ...BUNDLING, ...entry, metafile: true });
      if ('infra/re2-later.ts' in metafile.inputs) {
        re2 ??= bundleRe2();
        writeFileSync(join(folder, 're2.cjs'), re2);
      }
      writeFileSync(join(folder, 'project.json'), encodeBundle(project));
      if (role === 'enroll') copySources(project, join(folder, 'files'));
      return [role, folder] as const;
    }),
  );
  return { dir, folders };
}

function bundleRe2(): string {
  const { alias: _, banner: _esm, ...options } = BUNDLING;
  const { outputFiles } = buildSync({
    ...options,
    format: 'cjs',
    stdin: { contents: "export { RE2JS } from 're2js';", resolveDir: root },
    write: false,
  });
  return (outputFiles[0] as { text: string }).text;
}

/** Bytes of one file that a job may bring to a host, and of all that a function's package holds beside its code. */
const FILE = 16 * 1024 * 1024;
const ALL = 150 * 1024 * 1024;

/** Files that `project.json` names by digest, for enroll to answer with. */
function copySources({ sources = new Map() }: Project, folder: string): void {
  const small = [...sources].filter(([, path]) => statSync(path).size <= FILE);
  const bytes = small.reduce((sum, [, path]) => sum + statSync(path).size, 0);
  if (bytes > ALL)
    throw new BrineError({ code: 'project.too_large', text: `salt:// holds ${bytes} bytes, ${ALL} can be deployed` });
  if (small.length > 0) mkdirSync(folder);
  for (const [digest, path] of small) copyFileSync(path, join(folder, digest));
}
