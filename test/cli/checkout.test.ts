/** How a command starts from a checkout: from a bundle of its sources, made when they changed, and without one where none can be made. */
import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'brine-checkout-'));
const run = promisify(execFile);
const brine = async (...words: string[]) =>
  (await run(process.execPath, [join(home, 'bin/brine.js'), ...words], { cwd: home })).stdout;
const bundles = () => readdirSync(join(home, 'node_modules/.cache/brine'));

beforeAll(() => {
  const left = ['node_modules', 'docs', 'test', 'bench', 'examples', 'infra', 'dist', 'cdk.out'];
  for (const name of readdirSync(root).filter((one) => !left.includes(one) && !one.startsWith('.')))
    cpSync(join(root, name), join(home, name), { recursive: true, preserveTimestamps: true });
  mkdirSync(join(home, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules')).filter((one) => !one.startsWith('.')))
    symlinkSync(join(root, 'node_modules', name), join(home, 'node_modules', name));
});
afterAll(() => rmSync(home, { recursive: true }));

it('commands that start together make one bundle; the next takes it, and a source that was changed makes another', async () => {
  const [one, other] = await Promise.all([brine('--version'), brine('--version')]);
  expect([one, other]).toEqual(['brine 0.1.0\n', 'brine 0.1.0\n']);
  const first = bundles();
  expect(first).toHaveLength(1);
  await brine('--version');
  expect(bundles()).toEqual(first);
  appendFileSync(join(home, 'cli/words.ts'), '\n');
  await brine('--version');
  expect(bundles()).toHaveLength(2);
  expect(bundles()).toEqual(expect.arrayContaining(first));
});

it('sources that cannot be bundled are read one by one, and say what is wrong', async () => {
  appendFileSync(join(home, 'cli/main.ts'), '\nconst half = (\n');
  await expect(brine('--version')).rejects.toThrow(/cli\/main\.ts:\d+:\d+: ERROR/);
  expect(bundles()).toHaveLength(2);
});
