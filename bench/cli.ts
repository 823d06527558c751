/**
 * `npx tsx bench/cli.ts`: from the start of `brine run web1 test.ping` to its first output, beside a running `brine dev`; p50. With SALT_DIR (a
 * directory of a running Salt master and its minion web1) `salt web1 test.ping` takes turns with it, so that both meet the same noise.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, start } from './world.ts';

const count = Number(process.env.COUNT ?? 20);
const home = mkdtempSync(join(tmpdir(), 'brine-bench-'));
const project = join(home, 'project');
mkdirSync(project);
writeFileSync(join(project, 'reactor.conf'), 'reactor: []\n');

/** Milliseconds until something stands on standard output. */
function firstOutput(command: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const from = performance.now();
  const child = spawn(command, words, { cwd: project, env, stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve, reject) => {
    let first: number | undefined;
    child.stdout.once('data', () => {
      first = performance.now() - from;
    });
    child.once('close', () => (first === undefined ? reject(new Error(`${command} printed nothing`)) : resolve(first)));
  });
}

const p50 = (waits: readonly number[]) => [...waits].sort((a, b) => a - b)[Math.floor(waits.length / 2)] as number;

const brine = await install(home);
const dev = start([brine, 'dev', '--minion', 'web1'], { cwd: project });
await dev.line(/is ready/);
const salt = process.env.SALT_DIR;
const waits = { brine: [] as number[], salt: [] as number[] };
for (let i = 0; i < count + 2; i += 1) {
  const ours = await firstOutput(process.execPath, [brine, 'run', 'web1', 'test.ping'], process.env);
  const theirs = salt
    ? await firstOutput(join(salt, 'bin/salt'), ['web1', 'test.ping'], { ...process.env, HOME: salt })
    : Number.NaN;
  if (i < 2) continue; // the first ones read everything from disk
  waits.brine.push(ours);
  waits.salt.push(theirs);
}
console.log(`brine run web1 test.ping: first output after ${p50(waits.brine).toFixed(0)} ms (p50 of ${count})`);
if (salt)
  console.log(
    `salt web1 test.ping: ${p50(waits.salt).toFixed(0)} ms, ${(p50(waits.salt) / p50(waits.brine)).toFixed(1)} times brine's`,
  );
await dev.end();
rmSync(home, { recursive: true, force: true });
