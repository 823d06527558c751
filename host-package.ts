/**
 * What a host needs beside Node, in one folder and one archive: the bundle, and zeromq with the one binary that fits the host. `npm run host-package`
 * makes it for this machine, `npm run host-package -- linux arm64 glibc` for another.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundle } from './build.ts';
import { BrineError } from './core/errors.ts';

const root = import.meta.dirname;
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

export interface HostTarget {
  readonly os: string;
  readonly arch: string;
  /** `glibc`, `musl`, `libc` (macOS), `msvc`. */
  readonly libc: string;
}

/** One key of zeromq's own list of binaries. */
interface Binary extends HostTarget {
  readonly abi: number;
}

export function thisMachine(): HostTarget {
  const report = process.report.getReport() as unknown as { readonly header: { readonly glibcVersionRuntime?: string } };
  const libc = { darwin: 'libc', win32: 'msvc' }[process.platform as string];
  return {
    os: process.platform,
    arch: process.arch,
    libc: libc ?? (report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'),
  };
}

/** Fills `dir`: `bin/brine.js`, `dist/`, `node_modules/`. */
export async function makeHostPackage(dir: string, target: HostTarget): Promise<void> {
  mkdirSync(dir, { recursive: true });
  await bundle(join(dir, 'dist'));
  copy('bin/brine.js', dir);
  copy('bin/load.js', dir);
  writeFileSync(
    join(dir, 'package.json'),
    `${JSON.stringify({ name: 'brine-host', version, private: true, type: 'module', bin: { brine: 'bin/brine.js' } }, null, 2)}\n`,
  );
  for (const file of ['package.json', 'LICENSE.txt', 'LICENSE_MPL-2.0.txt']) copy(`node_modules/zeromq/${file}`, dir);
  for (const file of readdirSync(join(root, 'node_modules/zeromq/lib')).filter((name) => name.endsWith('.js')))
    copy(`node_modules/zeromq/lib/${file}`, dir);
  for (const file of ['package.json', 'build/loader.js']) copy(`node_modules/cmake-ts/${file}`, dir);
  copyBinary(dir, target);
}

/** The newest of those that fit; they are built against Node-API, so the version of Node does not matter. */
function copyBinary(dir: string, { os, arch, libc }: HostTarget): void {
  const path = 'node_modules/zeromq/build/manifest.json';
  const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, string>;
  const fitting = Object.keys(manifest)
    .map((key) => ({ key, binary: JSON.parse(key) as Binary }))
    .filter(({ binary }) => binary.os === os && binary.arch === arch && binary.libc === libc)
    .sort((a, b) => b.binary.abi - a.binary.abi);
  const found = fitting[0];
  if (!found)
    throw new BrineError({
      code: 'usage.argument',
      text: `zeromq has no binary for ${os} ${arch} ${libc}`,
      where: { file: path },
    });
  const file = (manifest[found.key] as string).replaceAll('\\', '/');
  copy(`node_modules/zeromq/build/${file}`, dir);
  writeFileSync(join(dir, path), JSON.stringify({ [found.key]: file }));
}

function copy(path: string, dir: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  copyFileSync(join(root, path), join(dir, path));
}

if (process.argv[1] === import.meta.filename) {
  const here = thisMachine();
  const [os = here.os, arch = here.arch, libc = here.libc] = process.argv.slice(2);
  const name = `brine-host-${version}-${os}-${arch}`;
  const out = join(root, 'host-package');
  rmSync(out, { recursive: true, force: true });
  await makeHostPackage(join(out, name), { os, arch, libc });
  const packed = spawnSync('tar', ['czf', `${name}.tgz`, name], { cwd: out, stdio: 'inherit' });
  if (packed.status === 0) process.stdout.write(`host-package/${name}.tgz\n`);
  process.exitCode = packed.status ?? 1;
}
