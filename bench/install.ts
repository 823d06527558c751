/**
 * `npx tsx bench/install.ts`: packs the package, installs it from the archive into an empty folder, and takes the times of what is typed there; then the
 * package of a host, and its size. Needs the registry, from which npm takes what the archive names.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeHostPackage, thisMachine } from '../host-package.ts';
import { start } from './world.ts';

const root = join(import.meta.dirname, '..');
const rounds = Number(process.env.ROUNDS ?? 9);
const home = mkdtempSync(join(tmpdir(), 'brine-install-'));
const app = join(home, 'app');

/** Median of the milliseconds that it takes. */
function median(argv: readonly string[]): number {
  const took = Array.from({ length: rounds }, () => {
    const from = performance.now();
    const run = spawnSync(process.execPath, argv, { cwd: app, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${argv.join(' ')}: ${run.stderr}`);
    return performance.now() - from;
  });
  return took.sort((a, b) => a - b)[Math.floor(rounds / 2)] as number;
}

function bytes(dir: string): number {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).reduce((sum, file) => {
    const found = statSync(join(dir, file));
    return sum + (found.isFile() ? found.size : 0);
  }, 0);
}

try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', home], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const archive = readdirSync(home).find((file) => file.endsWith('.tgz')) as string;
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{"private":true,"type":"module"}\n');
  execFileSync('npm', ['install', '--silent', '--ignore-scripts', join(home, archive)], { cwd: app });
  console.log(
    `${archive}: ${(statSync(join(home, archive)).size / 1e6).toFixed(1)} MB; installed ${(bytes(join(app, 'node_modules')) / 1e6).toFixed(0)} MB with what it needs`,
  );
  const brine = join(app, 'node_modules/brine/bin/brine.js');
  const bare = median(['-e', '']);
  const help = median([brine, '--help']);
  console.log(
    `brine --help: ${help.toFixed(0)} ms (bar: 500), node alone ${bare.toFixed(0)} ms: ${(help / bare).toFixed(1)} times as long`,
  );
  cpSync(join(root, 'examples/seed'), app, { recursive: true });
  const began = performance.now();
  const dev = start([brine, 'dev', '--minion', 'web1'], { cwd: app });
  await dev.line(/is ready/);
  console.log(`brine dev is ready after ${(performance.now() - began).toFixed(0)} ms (bar: 2000)`);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const run = median([brine, 'run', '*', 'test.ping']);
  console.log(`brine run '*' test.ping, its process included: ${run.toFixed(0)} ms`);
  writeFileSync(
    join(app, 'import.mjs'),
    "import { iterEvents } from 'brine/events';\nif (typeof iterEvents !== 'function') process.exit(1);\n",
  );
  console.log(`import of brine/events: ${median(['import.mjs']).toFixed(0)} ms`);
  await dev.end();
  await makeHostPackage(join(home, 'host'), thisMachine());
  console.log(`a host's package: ${(bytes(join(home, 'host')) / 1e6).toFixed(1)} MB beside Node (bar: 20)`);
} finally {
  rmSync(home, { recursive: true });
}
