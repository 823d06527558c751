/** The command line as the package has it, bundled once for a whole run of tests: each start takes a third of what it takes through tsx. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../build.ts';
import { makeTemporary } from '../../local/temporary.ts';

const root = join(import.meta.dirname, '../..');

/** Entries of tests that are no part of the package. */
const ENTRIES = [
  ...['agent', 'aws', 'relay'].map((name) => `test/journey/kills/${name}-entry.ts`),
  'test/support/relay-entry.ts',
];

/** A run that was killed leaves its folder; nobody runs tests for longer than this, in milliseconds. */
const LEFT = 3_600_000;

/** Whatever processes of this run leave when they are killed, directories and sockets, goes with it; what tsx has compiled stays for the next. */
function temporaryHome(): string {
  const before = tmpdir();
  const home = makeTemporary('run');
  chmodSync(home, 0o1777); // commands of other users run in it, too
  const compiled = `tsx-${process.getuid?.() ?? 0}`;
  mkdirSync(join(before, compiled), { recursive: true });
  symlinkSync(join(before, compiled), join(home, compiled));
  // The workers and what they start inherit it.
  process.env.TMPDIR = home;
  process.env.XDG_RUNTIME_DIR = home;
  return home;
}

/** vitest's `globalSetup`; inside `node_modules`, where what is not bundled is found. */
export async function setup(project: TestProject): Promise<() => void> {
  const home = temporaryHome();
  const cache = join(root, 'node_modules/.cache/brine');
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache))
    if (name.startsWith('run-') && Date.now() - statSync(join(cache, name)).mtimeMs > LEFT)
      rmSync(join(cache, name), { recursive: true, force: true });
  const dir = mkdtempSync(join(cache, 'run-'));
  const build = () => bundle(join(dir, 'dist'), ENTRIES);
  await build();
  cpSync(join(root, 'bin'), join(dir, 'bin'), { recursive: true });
  cpSync(join(root, 'package.json'), join(dir, 'package.json'));
  project.provide('installed', dir);
  project.onTestsRerun(build);
  return () => {
    for (const made of [dir, home]) rmSync(made, { recursive: true, force: true });
  };
}
