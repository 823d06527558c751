/** `file.*`: rows are what Salt 3008.5 gave for the same calls, in this order, one directory. */
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPlain } from '../../../core/value.ts';
import { createHost, type Host } from '../../support/host.ts';

let host: Host;
let dir: string;
beforeAll(() => {
  host = createHost();
  dir = join(host.dir, 'f');
  mkdirSync(dir);
  writeFileSync(join(dir, 'a'), 'one\ntwo\nthree\n', { mode: 0o644 });
});
afterAll(() => host.close());

const EXCEPTION = 'The minion function caused an exception: ';
const ERROR = (fun: string) => `ERROR executing 'file.${fun}': `;
const isRoot = process.getuid?.() === 0;

type Row = readonly [fun: string, arg: readonly unknown[], kwarg: object, expected: unknown];
/** D is the directory. */
const rows: readonly Row[] = [
  ['file_exists', ['D/a'], {}, true],
  ['file_exists', ['D'], {}, false],
  ['file_exists', ['~/nope'], {}, false],
  ['directory_exists', ['D'], {}, true],
  ['path_exists_glob', ['D/*'], {}, true],
  ['path_exists_glob', ['D/x*'], {}, false],
  ['read', ['D/a'], {}, 'one\ntwo\nthree\n'],
  ['read', ['/nope'], {}, `${EXCEPTION}FileNotFoundError: [Errno 2] No such file or directory: '/nope'`],
  ['read', ['D'], {}, `${EXCEPTION}IsADirectoryError: [Errno 21] Is a directory: 'D'`],
  ['write', ['D/w', 'a', 'b'], {}, 'Wrote 2 lines to "D/w"'],
  ['write', ['D/w'], { args: ['x', 'y'] }, 'Wrote 2 lines to "D/w"'],
  ['append', ['D/w', 'c'], {}, 'Wrote 1 lines to "D/w"'],
  ['prepend', ['D/w', 'p'], {}, 'Prepended 1 lines to "D/w"'],
  ['read', ['D/w'], {}, 'p\nx\ny\nc\n'],
  ['write', ['/nope/x', 'a'], {}, `${EXCEPTION}FileNotFoundError: [Errno 2] No such file or directory: '/nope/x'`],
  ['contains', ['D/a', 'two'], {}, true],
  ['contains', ['/nope', 'two'], {}, false],
  ['contains_regex', ['D/a', '^t.o'], {}, true],
  ['contains_glob', ['D/a', 't*'], {}, false],
  ['search', ['D/a', '^two$'], {}, true],
  ['stats', ['/nope'], {}, 'ERROR: Path not found: /nope'],
  ['get_hash', ['D/a'], {}, 'b6285c57e8797db5d4c51c80d6f11938afda9b11c6a003549709189e9b4b92a2'],
  ['get_hash', ['D/a', 'md5'], {}, 'deed54b823522e0525693b090363f9df'],
  ['get_hash', ['D/a', 'nosuch'], {}, `${EXCEPTION}ValueError: Invalid hash type: nosuch`],
  ['get_sum', ['/nope'], {}, 'File not found'],
  ['check_hash', ['D/a', 'md5:deed54b823522e0525693b090363f9df'], {}, true],
  ['check_hash', ['D/a', 'b6285c57e8797db5d4c51c80d6f11938afda9b11c6a003549709189e9b4b92a2'], {}, true],
  ['check_hash', ['D/a', 'md5:5b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b'], {}, false],
  ['get_mode', ['D/a'], {}, '0644'],
  ['set_mode', ['D/a', '0600'], {}, '0600'],
  ['get_mode', ['D/a'], {}, '0600'],
  ['set_mode', ['/nope', '0600'], {}, 'ERROR: /nope: File not found'],
  ['set_mode', ['D/a', 'zz'], {}, 'Invalid Mode zz'],
  ['chown', ['D/a', 'nosuch', 'root'], {}, 'User does not exist\n'],
  ['chown', ['/nope', 'root', 'root'], {}, 'File not found'],
  ['touch', ['D/t'], {}, true],
  ['touch', ['/nope/t'], {}, 'ERROR: No such file or directory'],
  ['copy', ['D/a', 'D/b'], {}, true],
  ['copy', ['/nope', 'D/b'], {}, "ERROR: No such file or directory '/nope'"],
  ['copy', ['a', 'b'], {}, `${ERROR('copy')}File path must be absolute.`],
  ['rename', ['D/b', 'D/c'], {}, true],
  ['rename', ['/nope', 'D/c'], {}, "ERROR: Could not rename '/nope' to 'D/c'"],
  ['move', ['D/c', 'D/d'], {}, { result: true, comment: "'D/c' moved to 'D/d'" }],
  ['symlink', ['D/a', 'D/link'], {}, true],
  ['is_link', ['D/link'], {}, true],
  ['readlink', ['D/link'], {}, 'D/a'],
  ['readlink', ['D/a'], {}, `${ERROR('readlink')}A valid link was not specified: D/a`],
  ['mkdir', ['D/dir'], {}, true],
  ['mkdir', ['D/dir'], {}, true],
  ['makedirs', ['D/m1/m2/file'], {}, null],
  ['makedirs', ['D/m1/m2/file'], {}, "Directory 'D/m1/m2' already exists"],
  ['readdir', ['D'], {}, ['.', '..', 'a', 'd', 'dir', 'link', 'm1', 't', 'w']],
  ['readdir', ['/nope'], {}, `${ERROR('readdir')}A valid directory was not specified: /nope`],
  ['find', ['D'], { name: '*' }, ['D', 'D/a', 'D/d', 'D/dir', 'D/link', 'D/m1', 'D/m1/m2', 'D/t', 'D/w']],
  ['find', ['D'], { type: 'f', print: 'name' }, ['a', 'd', 'link', 't', 'w']],
  [
    'find',
    ['D'],
    { name: '[adw]', size: '+8', print: 'name,size' },
    [
      ['a', 14],
      ['d', 14],
      ['w', 8],
    ],
  ],
  ['find', ['D'], { mtime: '-1h', type: 'd', maxdepth: 1, mindepth: 1 }, ['D/dir', 'D/m1']],
  ['find', ['D'], { nmae: '*' }, expect.stringContaining("file.find has no option 'nmae'")],
  ['replace', ['D/a', 'two', '2'], {}, '--- \n+++ \n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n'],
  ['replace', ['D/a', 'nothing', '2'], {}, ''],
  ['replace', ['D/a'], { pattern: 'one', repl: '1', dry_run: true }, '--- \n+++ \n@@ -1,3 +1,3 @@\n-one\n+1\n 2\n three\n'],
  ['replace', ['D/a', '^(t)hree$', '\\1'], { show_changes: false, dry_run: true }, true],
  ['replace', ['D/a', 'four', 'four'], { append_if_not_found: true }, '--- \n+++ \n@@ -1,3 +1,4 @@\n one\n 2\n three\n+four\n'],
  ['comment_line', ['D/a', '^three'], {}, expect.stringContaining('-three\n+#three\n')],
  ['comment_line', ['D/a', '^three'], { cmnt: false }, expect.stringContaining('-#three\n+three\n')],
  [
    'blockreplace',
    ['D/a'],
    { marker_start: '#s', marker_end: '#e', content: 'in', append_if_not_found: true },
    expect.stringContaining('+#s\n+in\n+#e\n'),
  ],
  ['blockreplace', ['D/a'], { marker_start: '#s', marker_end: '#e', content: 'x\ny' }, expect.stringContaining('-in\n+x\n+y\n')],
  ['truncate', ['D/w', 1], {}, null],
  ['read', ['D/w'], {}, 'p'],
  ['append', ['D/w', 'q'], {}, 'Wrote 1 lines to "D/w"'],
  ['read', ['D/w'], {}, 'p\nq\n'],
  ['remove', ['D/d'], {}, true],
  ['remove', ['D/d'], {}, false],
  ['remove', ['relative'], {}, `${ERROR('remove')}File path must be absolute: relative`],
  ['rmdir', ['D/dir'], {}, true],
  ['rmdir', ['D/dir'], {}, `${ERROR('rmdir')}A valid directory was not specified: D/dir`],
  ['rmdir', ['D'], {}, false],
  ['basename', ['/a/b'], {}, 'b'],
  ['dirname', ['/a/b'], {}, '/a'],
  ['join', ['/a', 'b'], {}, '/a/b'],
  ['normpath', ['/a/../b'], {}, '/b'],
  ['access', ['D', 'w'], {}, true],
  ['access', ['/nope', 'f'], {}, false],
  ['user_to_uid', ['root'], {}, 0],
  ['uid_to_user', [0], {}, 'root'],
  ['gid_to_group', [0], {}, 'root'],
  ['is_blkdev', ['/dev/null'], {}, false],
  ['is_chrdev', ['/dev/null'], {}, true],
];

it('gives what Salt gives, call after call', async () => {
  const put = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll(/"D(?=["/])/g, `"${dir}`)) as never;
  for (const [fun, arg, kwarg, expected] of rows) {
    const { return: value } = await host.call(`file.${fun}`, put(arg), put(kwarg));
    const shown = JSON.parse(JSON.stringify(toPlain(value)).replaceAll(dir, 'D')) as unknown;
    expect(shown, `file.${fun} ${JSON.stringify(arg)} ${JSON.stringify(kwarg)}`).toEqual(expected);
  }
});

it('stats and lstat, by the names that Salt has', async () => {
  const { return: stats } = await host.call('file.stats', [join(dir, 'a')]);
  expect(toPlain(stats)).toEqual({
    inode: expect.any(Number),
    uid: process.getuid?.(),
    gid: process.getgid?.(),
    group: expect.any(String),
    user: expect.any(String),
    atime: expect.any(Number),
    mtime: expect.closeTo(statSync(join(dir, 'a')).mtimeMs / 1000, 5),
    ctime: expect.any(Number),
    size: statSync(join(dir, 'a')).size,
    mode: '0600',
    type: 'file',
    target: join(dir, 'a'),
  });
  const { return: link } = await host.call('file.lstat', [join(dir, 'link')]);
  expect(toPlain(link)).toMatchObject({
    st_nlink: 1,
    st_mode: lstatSync(join(dir, 'link')).mode,
    st_size: join(dir, 'a').length,
  });
});

it.runIf(isRoot)('chown and chgrp', async () => {
  const path = join(dir, 'owned');
  writeFileSync(path, '');
  expect((await host.call('file.chown', [path, 'nobody', 'nogroup'])).return).toBe(null);
  expect((await host.call('file.get_user', [path])).return).toBe('nobody');
  expect((await host.call('file.chgrp', [path, 'root'])).return).toBe(null);
  expect((await host.call('file.get_group', [path])).return).toBe('root');
});

describe('limits of the settings', () => {
  let bound: Host;
  let out: string;
  beforeAll(() => {
    bound = createHost();
    bound.close();
    const inside = createHost();
    out = join(inside.dir, 'outside');
    bound = createHost({
      limits: { read: [inside.workDir, '/etc'], write: [inside.workDir], remove: [join(inside.workDir, 'bin')], maxBytes: 100 },
    });
    mkdirSync(join(inside.workDir, 'bin/sub'), { recursive: true });
    writeFileSync(out, 'secret');
    symlinkSync(out, join(inside.workDir, 'leads-out'));
    symlinkSync(inside.dir, join(inside.workDir, 'bin/up'));
    writeFileSync(join(inside.workDir, 'big'), 'x'.repeat(101));
    dirs.push(inside);
  });
  const dirs: Host[] = [];
  afterAll(() => [...dirs, bound].map((one) => one.close()));
  const say = async (fun: string, ...arg: unknown[]) => String((await bound.call(`file.${fun}`, arg)).return);

  it('a link out of what may be read or written is what it leads to', async () => {
    const work = dirs[0]?.workDir as string;
    expect(await say('read', join(work, 'leads-out'))).toContain('this host may not read');
    expect(await say('write', join(work, 'leads-out'), 'x')).toContain('this host may not write');
    expect(await say('write', join(work, 'bin/up/new'), 'x')).toContain('this host may not write');
    expect(await say('read', `${work}/../outside`)).toContain('this host may not read');
    expect(readFileSync(out, 'utf8')).toBe('secret');
  });

  it('nothing is removed outside, not the directory itself, and of a link the link', async () => {
    const work = dirs[0]?.workDir as string;
    expect(await say('remove', out)).toMatch(/this host may not remove .*file_remove in its settings names/);
    expect(await say('remove', join(work, 'bin'))).toContain('may not remove');
    expect(await say('remove', join(work, 'bin/up/outside'))).toContain('may not remove');
    expect(await say('remove', join(work, 'bin/sub/../../big'))).toContain('may not remove');
    expect(await say('remove', join(work, 'bin/up'))).toBe('true');
    expect([existsSync(out), existsSync(join(work, 'bin/up'))]).toEqual([true, false]);
  });

  it('too many bytes are refused before they are read or written', async () => {
    const work = dirs[0]?.workDir as string;
    expect(await say('read', join(work, 'big'))).toContain('has 101 bytes, file_max_bytes in the settings is 100');
    expect(await say('write', join(work, 'new'), 'y'.repeat(200))).toContain('201 bytes are to be written');
    expect(existsSync(join(work, 'new'))).toBe(false);
  });
});
