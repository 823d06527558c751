/** `sys.argspec` of Salt 3008.5 on a Debian host, for each function that Brine has too: what may be given without its name, in which order, and the defaults. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { toPlain } from '../../../core/value.ts';
import { createHost } from '../../support/host.ts';

const salts = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/argspec.json'), 'utf8')) as Readonly<
  Record<string, readonly unknown[]>
>;

const host = createHost();
afterAll(() => host.close());

it('every function of both takes the same arguments in the same order', async () => {
  const ours: Record<string, unknown> = {};
  for (const name of Object.keys(salts)) {
    const found = toPlain((await host.call('sys.argspec', [name])).return) as Readonly<
      Record<string, Readonly<Record<string, unknown>>>
    >;
    ours[name] = ['args', 'defaults', 'varargs', 'kwargs'].map((key) => found[name]?.[key] ?? null);
  }
  expect(ours).toEqual(salts);
});
