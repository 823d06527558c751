/** `file.*` that changes nothing. */
import { accessSync, constants, lstatSync, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { matchGlob } from '../../core/glob.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { groupOf, userOf } from './file-names.ts';
import { pathParameter, readAllowed, statOf } from './file-read.ts';
import { findFiles, isLink } from './find-files.ts';
import { hashOf } from './hashes.ts';
import { CommandExecutionError, InvocationError, type Module, type ModuleContext, type Parameter } from './module.ts';
import { withFile } from './os-error.ts';
import { allowedPath, expanded } from './paths.ts';
import { flag, text } from './schemas.ts';

const follow: Parameter = { name: 'follow_symlinks', value: true, is: flag };

const modeOf = (mode: number) => `0${(mode & 0o7777).toString(8).padStart(3, '0')}`;

const about = (doc: string, example: string, of: (stat: Stats) => Value, parameter: 'path' | 'name' = 'path') => ({
  doc,
  example,
  parameters: [{ ...pathParameter, name: parameter }],
  run: (it: ModuleContext, values: { readonly [name: string]: Value }) => {
    const stat = statOf(expanded(it, pyStr(values[parameter] ?? '')));
    return stat ? of(stat) : false;
  },
});

const named = (doc: string, of: (stat: Stats) => Value) => ({
  doc,
  example: '/etc/passwd',
  parameters: [pathParameter, follow],
  run: (it: ModuleContext, { path = '', follow_symlinks = true }: { readonly [name: string]: Value }) => {
    const own = expanded(it, pyStr(path));
    const stat = statOf(own, follow_symlinks !== true);
    if (!stat) throw new CommandExecutionError(`Path not found: ${own}`);
    return of(stat);
  },
});

const TYPES: readonly (readonly [string, (stat: Stats) => boolean])[] = [
  ['file', (stat) => stat.isFile()],
  ['dir', (stat) => stat.isDirectory()],
  ['link', (stat) => stat.isSymbolicLink()],
  ['char', (stat) => stat.isCharacterDevice()],
  ['block', (stat) => stat.isBlockDevice()],
  ['pipe', (stat) => stat.isFIFO()],
  ['socket', (stat) => stat.isSocket()],
];

function stats(path: string, stat: Stats, links: boolean): Dict {
  return Dict.of({
    inode: BigInt(stat.ino),
    uid: BigInt(stat.uid),
    gid: BigInt(stat.gid),
    group: groupOf(stat.gid),
    user: userOf(stat.uid),
    ...timesOf(path, links),
    size: BigInt(stat.size),
    mode: modeOf(stat.mode),
    type: TYPES.find(([, is]) => is(stat))?.[0] ?? '',
    target: links ? path : realTarget(path),
  });
}

/** Seconds, to the last digit that Python has. */
function timesOf(path: string, links: boolean) {
  const { atimeNs, mtimeNs, ctimeNs } = (links ? lstatSync : statSync)(path, { bigint: true });
  const seconds = (ns: bigint) => Number(ns / 1_000_000_000n) + 1e-9 * Number(ns % 1_000_000_000n);
  return { atime: seconds(atimeNs), mtime: seconds(mtimeNs), ctime: seconds(ctimeNs) };
}

function realTarget(path: string): string {
  return isLink(path) ? readlinkSync(path) : path;
}

export const fileLooks: Module = {
  file_exists: about('Is there a file at this path?', '/etc/passwd', (stat) => stat.isFile()),
  directory_exists: about('Is there a directory at this path?', '/etc', (stat) => stat.isDirectory()),
  is_blkdev: about('Is it a block device?', '/dev/sda', (stat) => stat.isBlockDevice(), 'name'),
  is_chrdev: about('Is it a character device?', '/dev/null', (stat) => stat.isCharacterDevice(), 'name'),
  is_fifo: about('Is it a named pipe?', '/run/initctl', (stat) => stat.isFIFO(), 'name'),
  is_link: {
    doc: 'Is it a symbolic link?',
    example: '/etc/localtime',
    parameters: [pathParameter, { name: 'nostat', value: false }],
    run: (it, { path = '' }) => isLink(expanded(it, pyStr(path))),
  },
  path_exists_glob: {
    doc: 'Is there anything whose path fits a glob?',
    example: "'/etc/*.conf'",
    parameters: [pathParameter],
    run: (it, { path = '' }) => globbed(expanded(it, pyStr(path))).length > 0,
  },
  stats: {
    doc: 'What the system knows of a file: inode, owner, times, size, mode, type.',
    example: '/etc/passwd',
    parameters: [pathParameter, { name: 'hash_type', value: null }, follow],
    run: (it, { path = '', hash_type = null, follow_symlinks = true }) => {
      const own = expanded(it, pyStr(path));
      const stat = statOf(own, follow_symlinks !== true);
      if (!stat) throw new CommandExecutionError(`Path not found: ${own}`);
      const found = stats(own, stat, follow_symlinks !== true);
      return hash_type === null ? found : found.set('sum', hashOf(readAllowed(it, own), pyStr(hash_type)));
    },
  },
  lstat: {
    doc: 'What the system knows of a file or link, by the names of stat(2).',
    example: '/etc/localtime',
    parameters: [pathParameter],
    run: (it, { path = '' }) => {
      const stat = statOf(expanded(it, pyStr(path)), true);
      if (!stat) return new Dict();
      const { atime, ctime, mtime } = timesOf(expanded(it, pyStr(path)), true);
      const times = { st_atime: atime, st_ctime: ctime, st_mtime: mtime };
      const numbers = { st_gid: stat.gid, st_mode: stat.mode, st_nlink: stat.nlink, st_size: stat.size, st_uid: stat.uid };
      const all = [...Object.entries(times), ...Object.entries(numbers).map(([name, value]) => [name, BigInt(value)] as const)];
      return Dict.from(all.sort(([a], [b]) => (a < b ? -1 : 1)));
    },
  },
  get_mode: named('The mode of a file, as 0644.', (stat) => modeOf(stat.mode)),
  get_user: named('The name of its owner.', (stat) => userOf(stat.uid)),
  get_uid: named('The number of its owner.', (stat) => BigInt(stat.uid)),
  get_group: named('The name of its group.', (stat) => groupOf(stat.gid)),
  get_gid: named('The number of its group.', (stat) => BigInt(stat.gid)),
  readlink: {
    doc: 'Where a link leads.',
    example: '/etc/localtime',
    parameters: [pathParameter, { name: 'canonicalize', value: false, is: flag }],
    run: (it, { path = '' }) => {
      const own = expanded(it, pyStr(path));
      if (!isLink(own)) throw new InvocationError(`A valid link was not specified: ${own}`);
      return readlinkSync(own);
    },
  },
  readdir: {
    doc: 'The names in a directory, `.` and `..` first.',
    example: '/etc/cron.d',
    parameters: [pathParameter],
    run: (it, { path = '' }) => {
      const own = allowedPath(it, path, 'read');
      if (!statOf(own)?.isDirectory()) throw new InvocationError(`A valid directory was not specified: ${own}`);
      return ['.', '..', ...withFile(own, () => readdirSync(own)).sort()];
    },
  },
  find: {
    doc: `Files below a directory, by name, iname, regex, type (f d l b c p s), size
(+10k, -1m), mtime (+7d: older), owner, group, maxdepth, mindepth; print is
path, or some of name type size mtime user group mode.`,
    example: "/var/log name='*.log' mtime=+7d",
    parameters: [pathParameter],
    varargs: true,
    keywords: true,
    run: (it, { path = '', kwargs = null }) => findFiles(allowedPath(it, path, 'read'), kwargs as Dict),
  },
  diskusage: {
    doc: 'The bytes that a file or everything below a directory has.',
    example: '/var/log',
    parameters: [pathParameter],
    run: (it, { path = '' }) => {
      const own = allowedPath(it, path, 'read');
      const all = statOf(own)?.isDirectory() ? findFiles(own, Dict.of({ type: 'f' })) : [own];
      return BigInt(all.reduce<number>((sum, one) => sum + (statOf(pyStr(one), true)?.size ?? 0), 0));
    },
  },
  access: {
    doc: 'May the agent read, write or execute this path (f: is it there)?',
    example: '/etc/shadow r',
    parameters: [pathParameter, { name: 'mode', is: text }],
    run: (it, { path = '', mode = '' }) => {
      const wanted = { f: constants.F_OK, r: constants.R_OK, w: constants.W_OK, x: constants.X_OK }[pyStr(mode)];
      if (wanted === undefined) throw new InvocationError('Invalid mode specified.');
      try {
        accessSync(expanded(it, pyStr(path)), wanted);
        return true;
      } catch {
        return false;
      }
    },
  },
};

/** Paths that fit; each part by itself. */
function globbed(pattern: string): string[] {
  let found = ['/'];
  for (const part of pattern.split('/').filter((one) => one !== '')) {
    found = found.flatMap((dir) => {
      if (!/[*?[]/.test(part)) return statOf(join(dir, part), true) ? [join(dir, part)] : [];
      if (!statOf(dir)?.isDirectory()) return [];
      return readdirSync(dir)
        .filter((name) => matchGlob(name, part) && (part.startsWith('.') || !name.startsWith('.')))
        .map((name) => join(dir, name));
    });
  }
  return found;
}
