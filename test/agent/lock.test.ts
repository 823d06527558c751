/** A directory has one process, and a process that was killed holds nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { lockDirectory } from '../../agent/lock.ts';
import { endProcesses, startProcess } from '../support/processes.ts';

const dir = mkdtempSync(join(tmpdir(), 'brine-lock-'));
afterEach(endProcesses);
afterAll(() => rmSync(dir, { recursive: true }));

it('keeps a second part of the same process out, until the first lets go', async () => {
  const first = await lockDirectory(join(dir, 'a'), 'another agent');
  await expect(lockDirectory(join(dir, 'a'), 'another agent')).rejects.toThrow(
    `${join(dir, 'a')}: expected a directory that nobody uses, found that another agent runs on it (pid ${process.pid})`,
  );
  first.release();
  (await lockDirectory(join(dir, 'a'), 'another agent')).release();
});

it('keeps another process out, and is free the moment that one is killed', async () => {
  const holder = startProcess('holder', [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    `const { lockDirectory } = await import(${JSON.stringify(join(import.meta.dirname, '../../agent/lock.ts'))});
     await lockDirectory(${JSON.stringify(join(dir, 'b'))}, 'it'); console.log('held'); setInterval(() => {}, 1e6);`,
  ]);
  await holder.waitFor(/^held/);
  await expect(lockDirectory(join(dir, 'b'), 'another agent')).rejects.toMatchObject({ code: 'agent.running' });
  await holder.end('SIGKILL');
  (await lockDirectory(join(dir, 'b'), 'another agent')).release();
});
