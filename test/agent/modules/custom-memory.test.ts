/** A custom module takes no more memory than the settings allow, and the host goes on. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeExecutable, describeScript } from '../../../agent/custom/describe.ts';
import type { ModuleFunction } from '../../../agent/modules/module.ts';
import { createHost } from '../../support/host.ts';

const dir = mkdtempSync(join(tmpdir(), 'brine-memory-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function call(functions: Readonly<Record<string, ModuleFunction>>, fun: string) {
  const all = new Map(Object.entries(functions));
  const host = createHost({ moduleMemory: 64, custom: { find: async (name) => all.get(name), all: async () => all } });
  try {
    return await host.call(fun);
  } finally {
    host.close();
  }
}

it('one that fills its heap is ended, and the return says by what', async () => {
  const path = join(dir, 'hungry.mjs');
  writeFileSync(path, 'export const eat = () => { const all = []; for (;;) all.push(new Array(100000).fill(1.5)); };\n');
  const eat = (await describeScript(path, 'hungry', { PATH: process.env.PATH ?? '' })).get('eat') as ModuleFunction;
  const { return: text, retcode } = await call({ 'hungry.eat': eat }, 'hungry.eat');
  expect([text, retcode]).toEqual([
    "ERROR: hungry.eat wanted more than 64 MB of memory and was ended (module_memory in the minion's settings)",
    1,
  ]);
});

it('an executable gets no more than that for itself', async () => {
  const path = join(dir, 'limit.sh');
  writeFileSync(path, '#!/bin/sh\nulimit -d\n');
  chmodSync(path, 0o700);
  const { return: kilobytes } = await call({ 'limit.run': describeExecutable(path) }, 'limit.run');
  expect(kilobytes).toBe(65_536n);
});
