/** Bundles what an installed `brine` runs: the command line with one chunk per command, and the entries of agent and relay. `prepack` calls it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = import.meta.dirname;

/** Native or loaded by path, so they stay packages beside the bundle. */
const external = ['zeromq', 'dynalite', 'esbuild'];

/** CommonJS packages inside an ES module ask for `require`. */
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Writes `<outdir>/cli/main.js`, `agent/main.js`, `relay/main.js`, `local/host-main.js` and their chunks; `extra` names further entries relative to the checkout. */
export async function bundle(outdir: string, extra: readonly string[] = []): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ['cli/main.ts', 'agent/main.ts', 'relay/main.ts', 'local/host-main.ts', ...extra],
    outbase: '.',
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    external,
    banner: { js: banner },
    logLevel: 'warning',
  });
}

if (process.argv[1] === import.meta.filename) {
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  await bundle(dist);
}
