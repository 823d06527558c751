/** What a killed process left in the machine's temporary directory goes with the next start; what is another's stays. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeTemporary } from '../../local/temporary.ts';
import { startProcess } from '../support/processes.ts';

const before = process.env.TMPDIR;
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'brine-temporary-'));
  process.env.TMPDIR = home;
});
afterEach(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(home, { recursive: true });
});

it('a directory of a process that is gone is removed, and no other', async () => {
  const mine = makeTemporary('host');
  const gone = startProcess('gone', ['-e', '']);
  await gone.exited;
  const of = (pid: number, end = 'abcdef') =>
    join(home, basename(mine).replace(`-${process.pid}-`, `-${pid}-`).slice(0, -6) + end);
  mkdirSync(join(of(gone.pid), 'deep'), { recursive: true });
  writeFileSync(join(of(gone.pid), 'deep/file'), '');
  const spared = [
    of(1),
    of(gone.pid, 'longer-name'),
    of(gone.pid, '_link_'),
    of(gone.pid, '_file_'),
    mine,
    join(home, 'elsewhere'),
  ];
  for (const dir of [spared[0], spared[1], spared[5]]) mkdirSync(dir as string);
  symlinkSync(spared[5] as string, spared[2] as string);
  writeFileSync(spared[3] as string, '');
  const next = makeTemporary('host');
  expect(existsSync(of(gone.pid))).toBe(false);
  expect(readdirSync(home).sort()).toEqual([...spared, next].map((path) => basename(path)).sort());
});
