/** Which files of the project a job names: what its function and its arguments need, and nothing that they do not. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { encodeJobBody, parseJobBody } from '../../../core/job/body.ts';
import { jobFiles } from '../../../core/job/files.ts';
import type { ProjectFile } from '../../../core/reactor/reactions.ts';
import { Dict, fromPlain, Tuple, type Value } from '../../../core/value.ts';

const text = (content: string): ProjectFile => ({ text: content });
const files = new Map<string, ProjectFile>([
  ['/srv/reactor/a.sls', text('x')],
  ['/srv/salt/scripts/go.sh', text('é')],
  ['/srv/salt/big', { digest: 'b'.repeat(64), size: 7 }],
  ['/srv/salt/_modules/backup.mjs', text('m')],
  ['/srv/salt/_modules/disk/usage', text('u')],
  ['/srv/salt/_modules/disk/clean.sh', text('c')],
  ['/srv/salt/_modules/diskette.sh', text('d')],
  ['/srv/salt/_grains/rack.sh', text('g')],
]);

it.each<[string, Value[], object, string[]]>([
  ['test.ping', [], {}, []],
  ['cmd.script', ['salt://scripts/go.sh'], {}, ['scripts/go.sh']],
  ['cmd.script', ['salt://scripts/go.sh?saltenv=base'], {}, ['scripts/go.sh']],
  ['cmd.script', ['salt://nowhere'], {}, []],
  ['cmd.script', ['salt://../reactor/a.sls'], {}, []],
  ['cmd.script', [], { source: 'salt://big' }, ['big']],
  ['cmd.run', ['cat salt://big'], {}, []],
  ['test.arg', [fromPlain([{ a: ['salt://big'] }]), new Tuple(['salt://scripts/go.sh'])], {}, ['big', 'scripts/go.sh']],
  ['backup.status', [], {}, ['_modules/backup.mjs']],
  ['disk.usage', [], {}, ['_modules/disk/clean.sh', '_modules/disk/usage']],
  ['test.ping,backup.status', [[], []], {}, ['_modules/backup.mjs']],
  [
    'saltutil.sync_modules',
    [],
    {},
    ['_modules/backup.mjs', '_modules/disk/clean.sh', '_modules/disk/usage', '_modules/diskette.sh'],
  ],
  ['saltutil.sync_grains', [], {}, ['_grains/rack.sh']],
])('%s %j %j', (fun, args, kwargs, expected) => {
  const found = jobFiles(files, { fun, args, kwargs: fromPlain(kwargs) as Dict });
  expect(found.map(({ path }) => path)).toEqual(expected);
});

it('names them by the digest of their bytes, and the body carries that', () => {
  const found = jobFiles(files, { fun: 'x.y', args: ['salt://scripts/go.sh', 'salt://big'], kwargs: new Dict() });
  expect(found).toEqual([
    { path: 'big', sha256: 'b'.repeat(64), size: 7 },
    { path: 'scripts/go.sh', sha256: createHash('sha256').update('é').digest('hex'), size: 2 },
  ]);
  const target = { tgt: '*', tgt_type: 'glob' as const, literal: [[]], delimiter: ':' };
  const body = parseJobBody(encodeJobBody({ arg: [], kwarg: new Dict(), target, files: found }));
  expect(body.files).toEqual(found);
});

it.each(['../up', '/etc/passwd', 'a/../../b', 'a//b', '', '.', 'a\\b', 'a\0b'])('a body with the path %j is none', (path) => {
  const target = { tgt: '*', tgt_type: 'glob' as const, literal: [[]], delimiter: ':' };
  const files = [{ path, sha256: 'a'.repeat(64), size: 1 }];
  expect(() => parseJobBody(encodeJobBody({ arg: [], kwarg: new Dict(), target, files }))).toThrow();
});
