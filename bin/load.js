/**
 * An entry of the bundle: of the package's own where there is one, else of one that is made of a checkout's sources as they are now and kept until they
 * change. It starts in a third of the time that each file takes by itself.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const ROOMS = ['agent', 'aws', 'cli', 'client', 'core', 'functions', 'local', 'project', 'relay', 'trust', 'wire'];
/** Bundles of earlier sources that are kept, for commands that still run from them. */
const KEPT = 5;

/** `entry`: relative to the checkout, without its ending. */
export async function load(entry) {
  const dist = existsSync(join(root, 'dist', `${entry}.js`)) ? join(root, 'dist') : await bundled();
  if (dist) return import(pathToFileURL(join(dist, `${entry}.js`)).href);
  const { register } = await import('tsx/esm/api');
  register();
  return import(pathToFileURL(join(root, `${entry}.ts`)).href);
}

/** The folder; null where none can be made: then each file is read by itself, which says what is wrong with it too. */
async function bundled() {
  const cache = join(root, 'node_modules/.cache/brine');
  const dir = join(cache, sourcesDigest());
  const made = join(dir, 'dist');
  if (existsSync(made)) return made;
  const own = `${dir}.${process.pid}`;
  try {
    mkdirSync(own, { recursive: true });
    const { tsImport } = await import('tsx/esm/api');
    const { bundle } = await tsImport('../build.ts', import.meta.url);
    await bundle(join(own, 'dist'));
    cpSync(join(root, 'package.json'), join(own, 'package.json'));
    symlinkSync(join(root, 'examples'), join(own, 'examples'));
    forgetOlder(cache);
    renameSync(own, dir);
  } catch {
    rmSync(own, { recursive: true, force: true });
  }
  // Another command may have been faster.
  return existsSync(made) ? made : null;
}

/** Of names, sizes and times: what a checkout is known by without reading it. */
function sourcesDigest() {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  for (const room of ROOMS)
    for (const name of readdirSync(join(root, room), { recursive: true }).sort())
      if (/\.(ts|mjs|js|json)$/.test(name)) add(join(root, room, name));
  for (const name of ['build.ts', 'package.json', 'package-lock.json']) add(join(root, name));
  return hash.digest('hex').slice(0, 16);
}

function forgetOlder(cache) {
  const made = readdirSync(cache)
    .filter((name) => /^[0-9a-f]{16}$/.test(name))
    .map((name) => join(cache, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const old of made.slice(KEPT)) rmSync(old, { recursive: true, force: true });
}

// After `npm ci`, so that the first command need not wait for it.
if (process.argv[1] === fileURLToPath(import.meta.url)) await load('cli/main');
