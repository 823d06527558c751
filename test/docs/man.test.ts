import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commands } from '../../cli/table.ts';

const page = join(import.meta.dirname, '../../docs/brine.1');
const groff = spawnSync('groff', ['--version']).status === 0;

it.skipIf(!groff)('the man page is one that groff has nothing to say about, and names every command', () => {
  const shown = spawnSync('groff', ['-ww', '-man', '-Tutf8', '-P-cbou', page], { encoding: 'utf8' });
  expect(shown.stderr).toBe('');
  for (const { name } of commands) expect(shown.stdout.replace(/\s+/g, ' ')).toContain(`brine ${name}`);
});
