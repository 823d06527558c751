/** `file.*` that makes, moves, removes and gives away. */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { findGroup, findUser } from './accounts.ts';
import { pathParameter, statOf } from './file-read.ts';
import { isLink } from './find-files.ts';
import { type Bound, CommandExecutionError, InvocationError, type Module, type ModuleContext, type Parameter } from './module.ts';
import { withFile, wordsOf } from './os-error.ts';
import { allowedPath, expanded } from './paths.ts';
import { flag, never, nothing, text, whole } from './schemas.ts';

const source: Parameter = { name: 'src', is: text };
const target: Parameter = { name: 'dst', is: text };
const owner: readonly Parameter[] = [
  { name: 'user', value: null },
  { name: 'group', value: null },
  { name: 'mode', value: null },
];

/** Arguments as lines, or the members of `args=`; more than the settings allow is refused before it is written. */
export function linesOf(it: ModuleContext, { args = [], kwargs = null }: Bound): readonly string[] {
  const named = kwargs instanceof Dict ? kwargs.get('args') : undefined;
  const given = named === undefined ? (args as readonly Value[]) : Array.isArray(named) ? named : [named];
  const lines = given.map((line) => `${pyStr(line)}\n`);
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  if (bytes > it.files.maxBytes)
    throw new CommandExecutionError(`${bytes} bytes are to be written, file_max_bytes in the settings is ${it.files.maxBytes}`);
  return lines;
}

const writing = (doc: string, example: string, write: (path: string, lines: readonly string[]) => string) => ({
  doc,
  example,
  parameters: [pathParameter],
  varargs: true,
  keywords: true,
  run: (it: ModuleContext, values: Bound) => {
    const path = allowedPath(it, values.path ?? '', 'write');
    const lines = linesOf(it, values);
    return withFile(path, () => write(path, lines));
  },
});

export const fileChanges: Module = {
  write: writing('Writes lines into a file; what was in it is gone.', "/etc/motd 'welcome' 'to web1'", (path, lines) => {
    writeFileSync(path, lines.join(''));
    return `Wrote ${lines.length} lines to "${path}"`;
  }),
  append: writing('Adds lines at the end of a file.', "/etc/hosts '10.0.0.7 db1'", (path, lines) => {
    const before = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const cut = before.length > 0 && before.at(-1) !== 10 ? '\n' : '';
    appendFileSync(path, cut + lines.join(''));
    return `Wrote ${lines.length} lines to "${path}"`;
  }),
  prepend: writing('Adds lines at the beginning of a file.', "/etc/hosts '# of the project'", (path, lines) => {
    const before = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    writeFileSync(path, Buffer.concat([Buffer.from(lines.join('')), before]));
    return `Prepended ${lines.length} lines to "${path}"`;
  }),
  touch: {
    doc: 'Makes an empty file, or sets the times of one that is there (seconds since 1970, now unless said).',
    example: '/var/tmp/done',
    parameters: [
      { name: 'name', is: text },
      { name: 'atime', value: null },
      { name: 'mtime', value: null },
    ],
    run: (it, { name = '', atime = null, mtime = null }) => {
      const path = allowedPath(it, name, 'write');
      const time = (given: Value, other: Value) => Number(given ?? other ?? Date.now() / 1000);
      return said(() => {
        if (!existsSync(path)) writeFileSync(path, '');
        utimesSync(path, time(atime, mtime), time(mtime, atime));
      });
    },
  },
  mkdir: {
    doc: 'Makes a directory and those above it.',
    example: '/srv/data',
    parameters: [{ name: 'dir_path', is: text }, ...owner],
    run: (it, { dir_path = '', ...values }) => {
      const path = allowedPath(it, dir_path, 'write');
      if (statOf(path)?.isDirectory()) return true;
      withFile(path, () => mkdirSync(path, { recursive: true }));
      give(path, values);
      return true;
    },
  },
  makedirs: {
    doc: 'Makes the directories above a path; a path that ends with a slash is one of them.',
    example: '/srv/data/',
    parameters: [pathParameter, ...owner],
    run: (it, { path = '', ...values }) => {
      const given = pyStr(path);
      const dir = allowedPath(it, given.endsWith('/') ? given.slice(0, -1) : dirname(given), 'write');
      if (statOf(dir)?.isDirectory()) return `Directory '${dir}' already exists`;
      if (existsSync(dir)) return `The path '${dir}' already exists and is not a directory`;
      withFile(dir, () => mkdirSync(dir, { recursive: true }));
      give(dir, values);
      return null;
    },
  },
  copy: {
    doc: 'Copies a file; a directory with recurse=True, its target emptied before with remove_existing=True.',
    example: '/etc/hosts /etc/hosts.old',
    parameters: [
      source,
      target,
      { name: 'recurse', value: false, is: flag },
      { name: 'remove_existing', value: false, is: flag },
    ],
    run: (it, { src = '', dst = '', recurse, remove_existing }) => {
      if (!isAbsolute(expanded(it, pyStr(src)))) throw new InvocationError('File path must be absolute.');
      const [from, to] = [allowedPath(it, src, 'read'), allowedPath(it, dst, 'write')];
      if (!existsSync(from)) throw new CommandExecutionError(`No such file or directory '${from}'`);
      if (!statOf(from)?.isDirectory()) return said(() => copyFileSync(from, to), `Could not copy '${from}' to '${to}'`);
      if (recurse !== true) throw new InvocationError('Cannot copy overwriting a directory without recurse flag set to true!');
      if (remove_existing === true) rmSync(allowedPath(it, dst, 'remove'), { recursive: true, force: true });
      return said(() => cpSync(from, to, { recursive: true, preserveTimestamps: true }), `Could not copy '${from}' to '${to}'`);
    },
  },
  rename: {
    doc: 'Gives a file or directory another path.',
    example: '/srv/new /srv/current',
    parameters: [source, target],
    run: (it, { src = '', dst = '' }) => {
      const [from, to] = moved(it, src, dst);
      return said(() => renameSync(from, to), `Could not rename '${from}' to '${to}'`);
    },
  },
  move: {
    doc: 'Moves a file or directory, also into another file system.',
    example: '/var/tmp/report /srv/report',
    parameters: [source, target, { name: 'disallow_copy_and_unlink', value: false, is: flag }],
    run: (it, { src = '', dst = '' }) => {
      const [from, to] = moved(it, src, dst);
      said(() => {
        try {
          renameSync(from, to);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
          cpSync(from, to, { recursive: true, preserveTimestamps: true });
          rmSync(from, { recursive: true });
        }
      }, `Unable to move '${from}' to '${to}'`);
      return Dict.of({ result: true, comment: `'${from}' moved to '${to}'` });
    },
  },
  symlink: {
    doc: 'Makes a link that leads to a path. With force=True another link gives way to it.',
    example: '/srv/releases/7 /srv/current',
    parameters: [
      source,
      { name: 'path', is: text },
      { name: 'force', value: false, is: flag },
      { name: 'atomic', value: false, is: flag },
      { name: 'follow_symlinks', value: true, is: flag },
    ],
    run: (it, { src = '', path = '', force }) => {
      const link = allowedPath(it, path, 'remove');
      if (isLink(link) && force !== true) throw new CommandExecutionError(`Found existing symlink: ${link}`);
      if (isLink(link)) rmSync(link);
      else if (existsSync(link)) throw new CommandExecutionError(`Existing path is not a symlink: ${link}`);
      return said(() => symlinkSync(pyStr(src), link), `Could not create '${link}'`);
    },
  },
  remove: {
    doc: 'Removes a file, a link, or a directory with all that is in it, below the directories that file_remove in\nthe settings names. False where there is nothing.',
    example: '/var/tmp/old',
    parameters: [pathParameter],
    keywords: true,
    run: (it, { path = '' }) => {
      const own = allowedPath(it, path, 'remove');
      if (!statOf(own, true)) return false;
      return said(() => rmSync(own, { recursive: true }), `Could not remove '${own}'`);
    },
  },
  rmdir: {
    doc: 'Removes an empty directory.',
    example: '/srv/old',
    parameters: [
      pathParameter,
      { name: 'recurse', value: false, is: never },
      { name: 'verbose', value: false, is: never },
      { name: 'older_than', value: null, is: nothing },
    ],
    run: (it, { path = '' }) => {
      const own = expanded(it, pyStr(path));
      if (!statOf(own)?.isDirectory()) throw new InvocationError(`A valid directory was not specified: ${own}`);
      const dir = allowedPath(it, path, 'remove');
      try {
        rmdirSync(dir);
        return true;
      } catch {
        return false;
      }
    },
  },
  truncate: {
    doc: 'Cuts a file off after so many bytes.',
    example: '/var/log/app.log 0',
    parameters: [pathParameter, { name: 'length', is: whole }],
    run: (it, { path = '', length = 0n }) => {
      const own = allowedPath(it, path, 'write');
      withFile(own, () => truncateSync(own, Number(length)));
      return null;
    },
  },
  set_mode: {
    doc: 'Sets the mode of a file, and gives the one that it has then.',
    example: '/etc/app.conf 0640',
    parameters: [pathParameter, { name: 'mode', is: text }],
    run: (it, { path = '', mode = '' }) => {
      const own = allowedPath(it, path, 'write');
      if (!existsSync(own)) throw new CommandExecutionError(`${own}: File not found`);
      if (!/^[0-7]{1,5}$/.test(pyStr(mode))) return `Invalid Mode ${pyStr(mode)}`;
      withFile(own, () => chmodSync(own, Number.parseInt(pyStr(mode), 8)));
      return `0${((statOf(own)?.mode ?? 0) & 0o7777).toString(8).padStart(3, '0')}`;
    },
  },
  chown: {
    doc: 'Gives a file to a user and a group; None, or a text that says who does not exist.',
    example: '/etc/app.conf app app',
    parameters: [pathParameter, { name: 'user', is: text }, { name: 'group', is: text }],
    run: (it, { path = '', user = null, group = null }) => chown(allowedPath(it, path, 'write'), user, group, false),
  },
  lchown: {
    doc: 'As file.chown, of a link itself.',
    example: '/srv/current app app',
    parameters: [pathParameter, { name: 'user', is: text }, { name: 'group', is: text }],
    run: (it, { path = '', user = null, group = null }) => chown(allowedPath(it, path, 'remove'), user, group, true),
  },
  chgrp: {
    doc: 'Gives a file to a group.',
    example: '/etc/app.conf app',
    parameters: [pathParameter, { name: 'group', is: text }],
    run: (it, { path = '', group = null }) => chown(allowedPath(it, path, 'write'), null, group, false),
  },
};

function moved(it: ModuleContext, src: Value, dst: Value): readonly [string, string] {
  for (const [name, path] of [
    ['Source', src],
    ['Destination', dst],
  ] as const)
    if (!isAbsolute(expanded(it, pyStr(path)))) throw new InvocationError(`${name} path must be absolute.`);
  return [allowedPath(it, src, 'write'), allowedPath(it, dst, 'write')];
}

/** What the system refuses is an error of the call, in these words or its own. */
function said(act: () => void, words?: string): true {
  try {
    act();
    return true;
  } catch (error) {
    throw new CommandExecutionError(words ?? wordsOf(error));
  }
}

function give(path: string, { user = null, group = null, mode = null }: Bound): void {
  if (mode !== null) chmodSync(path, Number.parseInt(pyStr(mode), 8));
  if (user === null && group === null) return;
  const text = chown(path, user, group, false);
  if (text !== null) throw new CommandExecutionError(text.trim());
}

/** Empty text or None leaves the owner as it is. */
function chown(path: string, user: Value, group: Value, link: boolean): string | null {
  const [uid, gid] = [idOf(user, (name) => findUser(name)?.uid), idOf(group, (name) => findGroup(name)?.gid)];
  const missing = [uid === null ? 'User does not exist\n' : '', gid === null ? 'Group does not exist\n' : ''].join('');
  if (!statOf(path, link)) return `${missing}File not found`;
  if (uid === null || gid === null) return missing;
  withFile(path, () => (link ? lchownSync : chownSync)(path, uid, gid));
  return null;
}

/** −1: leave it; null: nobody. */
function idOf(given: Value, find: (name: string) => number | undefined): number | null {
  if (given === null || given === '') return -1;
  const name = pyStr(given);
  return find(name) ?? (/^\d+$/.test(name) ? Number(name) : null);
}
