/** `file.find`: what lies below a directory and fits; links are not followed. */
import { lstatSync, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { matchGlob } from '../../core/glob.ts';
import { pyStr } from '../../core/python/print.ts';
import { compileRegex } from '../../core/regex/compile.ts';
import type { Dict, Value } from '../../core/value.ts';
import { listGroups, listUsers } from './accounts.ts';
import { InvocationError } from './module.ts';

/** Paths that one call gives. */
const MOST = 100_000;
const UNITS: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };
const TIMES: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

interface Entry {
  readonly path: string;
  readonly stat: Stats;
}
type Test = (entry: Entry) => boolean;

export function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

export function findFiles(root: string, options: Dict): Value[] {
  const of = (name: string) => {
    const value = options.get(name);
    return value === undefined || value === null ? undefined : pyStr(value);
  };
  const known = 'name iname regex iregex type size mtime owner user group maxdepth mindepth print'.split(' ');
  const unknown = [...options.keys()].find((key) => !known.includes(pyStr(key)) && !pyStr(key).startsWith('__pub_'));
  if (unknown !== undefined)
    throw new InvocationError(`file.find has no option '${pyStr(unknown)}'; options are ${known.join(', ')}`);
  const tests = testsOf(of);
  const [most, least] = [Number(of('maxdepth') ?? Number.POSITIVE_INFINITY), Number(of('mindepth') ?? 0)];
  const found: Value[] = [];
  const shown = printer(of('print'));
  const visit = (path: string, depth: number): void => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat || found.length >= MOST) return;
    if (depth >= least && tests.every((fits) => fits({ path, stat }))) found.push(shown({ path, stat }));
    if (!stat.isDirectory() || depth >= most) return;
    for (const name of namesIn(path)) visit(join(path, name), depth + 1);
  };
  visit(root, 0);
  return found;
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return []; // a directory that may not be read has nothing to show
  }
}

function testsOf(of: (name: string) => string | undefined): Test[] {
  const tests: Test[] = [];
  const when = (name: string, make: (text: string) => Test) => {
    const text = of(name);
    if (text !== undefined) tests.push(make(text));
  };
  when(
    'name',
    (glob) =>
      ({ path }) =>
        matchGlob(basename(path), glob),
  );
  when(
    'iname',
    (glob) =>
      ({ path }) =>
        matchGlob(basename(path).toLowerCase(), glob.toLowerCase()),
  );
  when('regex', (pattern) => regexTest(pattern, false));
  when('iregex', (pattern) => regexTest(pattern, true));
  when(
    'type',
    (letters) =>
      ({ path, stat }) =>
        letters.split(/[, ]*/).some((letter) => isOfType(letter, path, stat)),
  );
  when('size', (text) => rangeTest(text, UNITS, ({ stat }) => stat.size));
  when('mtime', (text) => {
    const now = Date.now() / 1000;
    return rangeTest(text, TIMES, ({ stat }) => now - stat.mtimeMs / 1000, 86_400);
  });
  for (const name of ['owner', 'user'])
    when(name, (text) => {
      const uids = text.split(',').map((one) => listUsers().find((user) => user.name === one)?.uid ?? Number(one));
      return ({ stat }) => uids.includes(stat.uid);
    });
  when('group', (text) => {
    const gids = text.split(',').map((one) => listGroups().find((group) => group.name === one)?.gid ?? Number(one));
    return ({ stat }) => gids.includes(stat.gid);
  });
  return tests;
}

function regexTest(pattern: string, ignoreCase: boolean): Test {
  const compiled = compileRegex(pattern, { ignoreCase });
  return ({ path }) => compiled.search(basename(path)) !== null;
}

/** Salt looks through links here: `f` is also a link to a file. */
function isOfType(letter: string, path: string, stat: Stats): boolean {
  if (letter === 'l') return stat.isSymbolicLink();
  const target = stat.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : stat;
  if (!target) return false;
  if (letter === 'f') return target.isFile();
  if (letter === 'd') return stat.isDirectory();
  if (letter === 'b') return target.isBlockDevice();
  if (letter === 'c') return target.isCharacterDevice();
  if (letter === 'p') return target.isFIFO();
  return letter === 's' && target.isSocket();
}

/** `+10k`, `-1m`, `512`: more, less, exactly, in units. */
function rangeTest(text: string, units: Readonly<Record<string, number>>, of: (entry: Entry) => number, otherwise = 1): Test {
  const [, sign = '', digits = '', unit = ''] = /^([+-]?)(\d+(?:\.\d+)?)([a-z]?)$/i.exec(text.trim()) ?? [];
  const scale = unit === '' ? otherwise : units[unit.toLowerCase()];
  if (digits === '' || scale === undefined) throw new InvocationError(`expected something like +7d or -10k, found '${text}'`);
  const limit = Number(digits) * scale;
  if (sign === '+') return (entry) => of(entry) >= limit;
  if (sign === '-') return (entry) => of(entry) <= limit;
  return (entry) => Math.floor(of(entry) / scale) === Math.floor(limit / scale);
}

const SHOWN: Readonly<Record<string, (entry: Entry) => Value>> = {
  path: ({ path }) => path,
  name: ({ path }) => basename(path),
  size: ({ stat }) => BigInt(stat.size),
  mtime: ({ stat }) => BigInt(Math.floor(stat.mtimeMs / 1000)),
  mode: ({ stat }) => BigInt(stat.mode & 0o7777),
  user: ({ stat }) => listUsers().find((user) => user.uid === stat.uid)?.name ?? String(stat.uid),
  group: ({ stat }) => listGroups().find((group) => group.gid === stat.gid)?.name ?? String(stat.gid),
  link: ({ path }) => (isLink(path) ? readlinkSync(path) : ''),
  type: ({ path, stat }) =>
    stat.isSymbolicLink() ? 'l' : ('dbcps'.split('').find((letter) => isOfType(letter, path, stat)) ?? 'f'),
};

function printer(names: string | undefined): (entry: Entry) => Value {
  const wanted = (names ?? 'path').split(/[,\s]+/).map((name) => {
    const show = Object.hasOwn(SHOWN, name) ? SHOWN[name] : undefined;
    if (!show) throw new InvocationError(`print: expected some of ${Object.keys(SHOWN).join(', ')}, found '${name}'`);
    return show;
  });
  return (entry) => (wanted.length === 1 ? (wanted[0] as (entry: Entry) => Value)(entry) : wanted.map((show) => show(entry)));
}
