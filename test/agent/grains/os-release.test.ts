/** Distributions by their files, held against what Salt 3008.5's own code makes of the same files. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { osGrains, type ReleaseFiles } from '../../../agent/grains/os-release.ts';

interface Row {
  readonly name: string;
  readonly files: ReleaseFiles;
  readonly grains: Readonly<Record<string, unknown>>;
}
const rows = JSON.parse(readFileSync(new URL('../../fixtures/grains/os-release.json', import.meta.url), 'utf8')) as Row[];

it.each(rows)('$name', ({ files, grains }) => {
  const plain = JSON.parse(JSON.stringify(osGrains(files), (_key, value) => (typeof value === 'bigint' ? Number(value) : value)));
  // An empty release is no grain: a template that asks for it must see that it is not there.
  const { osrelease, ...rest } = grains;
  expect(plain).toEqual(osrelease === '' ? rest : grains);
});

it.each([
  ['nothing at all', {}, { os: 'Linux', os_family: 'Linux', osfullname: 'Linux', oscodename: '' }],
  ['a file that is no os-release', { 'os-release': '\0\x01 = x\nNAME\n' }, { os: 'Linux' }],
  ['an open quote', { 'os-release': 'NAME="Odd\nID=odd\n' }, { os: '"Odd', os_family: '"Odd' }],
])('%s', (_name, files, grains) => {
  expect(osGrains(files)).toMatchObject(grains);
});
