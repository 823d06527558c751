/**
 * Bundles what an installed `brine` runs: the command line with one chunk per command, the entries of agent, relay and functions' host, and the
 * library. `npm pack` calls it, and removes its result afterwards, since a bundle goes before the sources of a checkout.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = import.meta.dirname;

/** Native or loaded by path, so they stay packages beside the bundle. */
const external = ['zeromq', 'dynalite', 'esbuild'];

/** CommonJS packages inside an ES module ask for `require`. */
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Writes `<outdir>/cli/main.js` and the other entries, and their chunks; `extra` names further entries relative to the checkout. */
export async function bundle(outdir: string, extra: readonly string[] = []): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ['cli/main.ts', 'agent/main.ts', 'relay/main.ts', 'local/host-main.ts', 'client/events.ts', ...extra],
    outbase: '.',
    outdir,
    // One folder deep, as the sources are: a command finds `../relay/main.js` from there.
    chunkNames: 'chunks/[name]-[hash]',
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
  // Started by its path, in a process of its own.
  cpSync(join(root, 'agent/custom/child.mjs'), join(outdir, 'agent/custom/child.mjs'));
}

if (process.argv[1] === import.meta.filename) {
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  if (process.argv[2] !== 'clean') await bundle(dist);
}
