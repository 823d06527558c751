/** The command line as the package has it, bundled once for a suite that types much: each start takes a third of what it takes through tsx. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../../build.ts';

const root = join(import.meta.dirname, '../..');

export interface Bundled {
  /** Of `bin/brine.js`. */
  readonly path: string;
  remove(): void;
}

/** Inside `node_modules`, where what is not bundled is found. */
export async function bundleBrine(): Promise<Bundled> {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, 'brine-'));
  await bundle(join(dir, 'dist'));
  cpSync(join(root, 'bin'), join(dir, 'bin'), { recursive: true });
  cpSync(join(root, 'package.json'), join(dir, 'package.json'));
  return { path: join(dir, 'bin/brine.js'), remove: () => rmSync(dir, { recursive: true, force: true }) };
}
