/** `file.*` that changes nothing. */
import { accessSync, constants, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { matchGlob } from '../../core/glob.ts';
import { pyStr } from '../../core/python/print.ts';
import { compileRegex } from '../../core/regex/compile.ts';
import { Bytes, Dict, type Value } from '../../core/value.ts';
import { findGroup, findUser, listGroups, listUsers } from './accounts.ts';
import { findFiles, isLink } from './find-files.ts';
import { hashOf, hashTypeOf } from './hashes.ts';
import { CommandExecutionError, InvocationError, type Module, type ModuleContext, type Parameter } from './module.ts';
import { withFile } from './os-error.ts';
import { allowedPath, expanded } from './paths.ts';
import { flag, text, whole } from './schemas.ts';

export const pathParameter: Parameter = { name: 'path', is: text };
const follow: Parameter = { name: 'follow_symlinks', value: true, is: flag };

/** Without what `stat` refuses. */
export function statOf(path: string, links = false): Stats | undefined {
  try {
    return links ? lstatSync(path) : statSync(path);
  } catch {
    return undefined;
  }
}

/** A file that is larger than the settings allow is refused before it is read. */
export function readAllowed(it: ModuleContext, given: Value): Buffer {
  const path = allowedPath(it, given, 'read');
  const size = statOf(path)?.size ?? 0;
  if (size > it.files.maxBytes)
    throw new CommandExecutionError(`${path} has ${size} bytes, file_max_bytes in the settings is ${it.files.maxBytes}`);
  return withFile(path, () => readFileSync(path));
}

const textOf = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
const user = (uid: number) => listUsers().find((one) => one.uid === uid)?.name ?? String(uid);
const group = (gid: number) => listGroups().find((one) => one.gid === gid)?.name ?? String(gid);
const modeOf = (mode: number) => `0${(mode & 0o7777).toString(8).padStart(3, '0')}`;

const about = (doc: string, example: string, of: (stat: Stats) => Value, otherwise: Value = false) => ({
  doc,
  example,
  parameters: [pathParameter],
  run: (it: ModuleContext, { path = '' }: { readonly [name: string]: Value }) => {
    const stat = statOf(expanded(it, pyStr(path)));
    return stat ? of(stat) : otherwise;
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
    group: group(stat.gid),
    user: user(stat.uid),
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

const contains = (
  doc: string,
  example: string,
  parameters: readonly Parameter[],
  holds: (content: string, values: Record<string, Value>) => boolean,
) => ({
  doc,
  example,
  parameters: [pathParameter, ...parameters],
  run: (it: ModuleContext, values: { readonly [name: string]: Value }) => {
    if (!statOf(expanded(it, pyStr(values.path ?? '')))?.isFile()) return false;
    return holds(textOf(readAllowed(it, values.path ?? '')), values);
  },
});

export const fileLooks: Module = {
  file_exists: about('Is there a file at this path?', '/etc/passwd', (stat) => stat.isFile()),
  directory_exists: about('Is there a directory at this path?', '/etc', (stat) => stat.isDirectory()),
  is_blkdev: about('Is it a block device?', '/dev/sda', (stat) => stat.isBlockDevice()),
  is_chrdev: about('Is it a character device?', '/dev/null', (stat) => stat.isCharacterDevice()),
  is_fifo: about('Is it a named pipe?', '/run/initctl', (stat) => stat.isFIFO()),
  is_link: {
    doc: 'Is it a symbolic link?',
    example: '/etc/localtime',
    parameters: [pathParameter],
    run: (it, { path = '' }) => isLink(expanded(it, pyStr(path))),
  },
  path_exists_glob: {
    doc: 'Is there anything whose path fits a glob?',
    example: "'/etc/*.conf'",
    parameters: [pathParameter],
    run: (it, { path = '' }) => globbed(expanded(it, pyStr(path))).length > 0,
  },
  read: {
    doc: 'The text of a file; with binary=True its bytes. Larger ones than file_max_bytes are refused.',
    example: '/etc/hostname',
    parameters: [pathParameter, { name: 'binary', value: false, is: flag }],
    run: (it, { path = '', binary }) => (binary === true ? new Bytes(readAllowed(it, path)) : textOf(readAllowed(it, path))),
  },
  seek_read: {
    doc: 'So many bytes of a file, from a place on.',
    example: '/var/log/syslog 4096 0',
    parameters: [pathParameter, { name: 'size', is: whole }, { name: 'offset', is: whole }],
    run: (it, { path = '', size = 0n, offset = 0n }) =>
      new Bytes(readAllowed(it, path).subarray(Number(offset), Number(offset) + Number(size))),
  },
  contains: contains('Is this text in the file?', "/etc/hosts 'web1'", [{ name: 'text', is: text }], (content, values) =>
    content.includes(pyStr(values.text ?? '').trim()),
  ),
  contains_regex: contains(
    'Is a regular expression found in a line of the file? The characters of lchar are taken off its start before.',
    "/etc/hosts '^10\\.'",
    [
      { name: 'regex', is: text },
      { name: 'lchar', value: '', is: text },
    ],
    (content, { regex = '', lchar = '' }) => {
      const pattern = compileRegex(pyStr(regex));
      const strip = (line: string) => (lchar === '' ? line : line.replace(new RegExp(`^[${escaped(pyStr(lchar))}]+`), ''));
      return content.split('\n').some((line) => pattern.search(strip(line)) !== null);
    },
  ),
  contains_glob: contains(
    'Does the whole text fit a glob?',
    "/etc/hosts '*web1*'",
    [{ name: 'glob_expr', is: text }],
    (content, { glob_expr = '' }) => matchGlob(content, pyStr(glob_expr)),
  ),
  search: {
    doc: 'Is a regular expression found in the file? With multiline=True (unless said) `^` and `$` are those of lines.',
    example: "/etc/crontab '0 4'",
    parameters: [
      pathParameter,
      { name: 'pattern', is: text },
      { name: 'flags', value: 8n },
      { name: 'ignore_if_missing', value: false, is: flag },
    ],
    run: (it, { path = '', pattern = '', ignore_if_missing }) => {
      if (ignore_if_missing === true && !statOf(expanded(it, pyStr(path)))) return false;
      return compileRegex(pyStr(pattern), { multiline: true }).search(textOf(readAllowed(it, path))) !== null;
    },
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
  get_hash: {
    doc: 'The digest of a file: md5, sha1, sha224, sha256 (unless said), sha384 or sha512.',
    example: '/etc/passwd sha512',
    parameters: [pathParameter, { name: 'form', value: 'sha256', is: text }, { name: 'chunk_size', value: 65_536n }],
    run: (it, { path = '', form = '' }) => hashOf(readAllowed(it, path), pyStr(form)),
  },
  get_sum: {
    doc: 'The digest of a file; a text that says so where there is none.',
    example: '/etc/passwd',
    parameters: [
      { name: 'file', is: text },
      { name: 'form', value: 'sha256', is: text },
    ],
    run: (it, { file: path = '', form = '' }) =>
      statOf(expanded(it, pyStr(path)))?.isFile() ? hashOf(readAllowed(it, path), pyStr(form)) : 'File not found',
  },
  check_hash: {
    doc: 'Is this the digest of the file? `sha256:…`, or the digest alone.',
    example: '/etc/passwd sha256:e3b0…',
    parameters: [pathParameter, { name: 'file_hash', is: text }],
    run: (it, { path = '', file_hash = '' }) => {
      const [type, hash] = splitHash(pyStr(file_hash));
      return hashOf(readAllowed(it, path), type) === hash;
    },
  },
  get_mode: named('The mode of a file, as 0644.', (stat) => modeOf(stat.mode)),
  get_user: named('The name of its owner.', (stat) => user(stat.uid)),
  get_uid: named('The number of its owner.', (stat) => BigInt(stat.uid)),
  get_group: named('The name of its group.', (stat) => group(stat.gid)),
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
  basename: {
    doc: 'The last part of a path.',
    example: '/a/b',
    parameters: [pathParameter],
    run: (_it, { path = '' }) => basename(pyStr(path)),
  },
  dirname: {
    doc: 'The path without its last part.',
    example: '/a/b',
    parameters: [pathParameter],
    run: (_it, { path = '' }) => dirname(pyStr(path)),
  },
  normpath: {
    doc: 'The path without `.`, `..` and double slashes.',
    example: '/a/../b',
    parameters: [pathParameter],
    run: (_it, { path = '' }) => normalize(pyStr(path)),
  },
  join: {
    doc: 'Parts of a path, joined.',
    example: '/a b',
    parameters: [],
    varargs: true,
    run: (_it, { args = [] }) => join(...(args as Value[]).map((part) => pyStr(part))),
  },
  user_to_uid: {
    doc: 'The number of a user; empty text for none.',
    example: 'root',
    parameters: [{ name: 'user', value: '', is: text }],
    run: (_it, { user: name = '' }) => numberOf(findUser(pyStr(name))?.uid),
  },
  group_to_gid: {
    doc: 'The number of a group; empty text for none.',
    example: 'root',
    parameters: [{ name: 'group', is: text }],
    run: (_it, { group: name = '' }) => numberOf(findGroup(pyStr(name))?.gid),
  },
  uid_to_user: {
    doc: 'The name of a user by its number.',
    example: '0',
    parameters: [{ name: 'uid', is: whole }],
    run: (_it, { uid = 0n }) => user(Number(uid)),
  },
  gid_to_group: {
    doc: 'The name of a group by its number.',
    example: '0',
    parameters: [{ name: 'gid', is: whole }],
    run: (_it, { gid = 0n }) => group(Number(gid)),
  },
};

function numberOf(id: number | undefined): Value {
  return id === undefined ? '' : BigInt(id);
}

function splitHash(given: string): readonly [type: string, hash: string] {
  const [first = '', second] = given.split(/[:=]/, 2);
  if (second !== undefined) return [first.toLowerCase(), second.toLowerCase()];
  const type = hashTypeOf(first);
  if (type === undefined) throw new InvocationError(`the type of the digest is not known: ${first}`);
  return [type, first.toLowerCase()];
}

function escaped(chars: string): string {
  return chars.replaceAll(/[\\\]^-]/g, '\\$&');
}

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
