/** `pkg.*`: packages, by dpkg and apt or by rpm and dnf, yum or zypper: what the host has. */
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { runCommand } from './command.ts';
import {
  type Bound,
  CommandExecutionError,
  CommandNotFoundError,
  InvocationError,
  type Module,
  type ModuleContext,
  type ModuleFunction,
  type Parameter,
} from './module.ts';
import { compareVersions } from './package-versions.ts';
import { flag, never, nothing, text } from './schemas.ts';
import { whichOf } from './which.ts';

const packageName: Parameter = { name: 'name', value: null };
const pkgs: Parameter = { name: 'pkgs', value: null };
const version: Parameter = { name: 'version', value: null, keyword: true };
const INSTALL: readonly Parameter[] = [
  packageName,
  { name: 'refresh', value: false, is: flag },
  { name: 'fromrepo', value: null, is: nothing },
  { name: 'skip_verify', value: false, is: never },
  { name: 'debconf', value: null, is: nothing },
  pkgs,
  { name: 'sources', value: null, is: nothing },
  { name: 'reinstall', value: false, is: never },
  { name: 'downloadonly', value: false, is: never },
  { name: 'ignore_epoch', value: false },
  { name: 'normalize', value: true },
  version,
];
const REMOVE: readonly Parameter[] = [packageName, pkgs, version];

type Kind = 'deb' | 'rpm';

/** The family's own first: a Debian host may have rpm as a tool. */
function kindOf(it: ModuleContext): Kind {
  const family = it.grains().get('os_family');
  const order: readonly Kind[] = family === 'RedHat' || family === 'Suse' ? ['rpm', 'deb'] : ['deb', 'rpm'];
  const found = order.find((kind) => whichOf(kind === 'deb' ? 'dpkg-query' : 'rpm', it.env) !== undefined);
  if (!found) throw new CommandNotFoundError('dpkg-query or rpm');
  return found;
}

async function ask(it: ModuleContext, cmd: readonly string[], fails = false): Promise<string> {
  const env = Dict.of({ DEBIAN_FRONTEND: 'noninteractive', APT_LISTCHANGES_FRONTEND: 'none', UCF_FORCE_CONFFOLD: '1' });
  const { out, err, retcode } = await runCommand(
    it,
    { cmd: [...cmd], env, python_shell: false, ignore_retcode: true },
    { merge: false, raises: false },
  );
  if (fails && retcode !== 0) throw new CommandExecutionError(err || out || `${cmd[0]} ended with ${retcode}`);
  return out;
}

type Versions = ReadonlyMap<string, readonly string[]>;

async function installed(it: ModuleContext): Promise<Versions> {
  if (kindOf(it) === 'deb') {
    const out = await ask(it, ['dpkg-query', '-W', '-f', '${db:Status-Abbrev}|${Package}|${Architecture}|${Version}\n'], true);
    const native = (await ask(it, ['dpkg', '--print-architecture'])).trim();
    return versionsIn(out, ([status = '', name = '', arch = '', version = '']) =>
      /^[hi]i/.test(status) ? [arch === native || arch === 'all' ? name : `${name}:${arch}`, version] : null,
    );
  }
  const out = await ask(
    it,
    ['rpm', '-qa', '--queryformat', '%{NAME}|%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}|%{ARCH}\n'],
    true,
  );
  return versionsIn(out, ([name = '', epoch = '', version = '']) => (name === 'gpg-pubkey' ? null : [name, epoch + version]));
}

function versionsIn(out: string, read: (fields: readonly string[]) => readonly [string, string] | null): Versions {
  const found = new Map<string, string[]>();
  for (const line of out.split('\n')) {
    const row = line === '' ? null : read(line.split('|'));
    if (row) found.set(row[0], [...(found.get(row[0]) ?? []), row[1]]);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const changing = (
  doc: string,
  parameters: readonly Parameter[],
  act: (it: ModuleContext, names: readonly string[], values: Bound) => Promise<void>,
): ModuleFunction => ({
  doc,
  example: 'nginx',
  parameters,
  keywords: true,
  run: async (it, values) => {
    const names = wanted(values);
    const before = await installed(it);
    await act(it, names, values);
    return difference(before, await installed(it));
  },
});

export const pkg: Module = {
  version: {
    doc: 'The version of a package, empty text where it is not installed; of several a mapping.',
    example: 'bash openssl',
    parameters: [],
    varargs: true,
    keywords: true,
    run: async (it, { args = [] }) => {
      const names = (args as Value[]).map((name) => pyStr(name));
      const all = await installed(it);
      const of = (name: string) => (all.get(name) ?? []).join(',');
      return names.length === 1 ? of(names[0] as string) : Dict.from(names.map((name) => [name, of(name)]));
    },
  },
  list_pkgs: {
    doc: 'All packages with their versions; with versions_as_list=True each a list.',
    parameters: [
      { name: 'versions_as_list', value: false, is: flag },
      { name: 'removed', value: false, is: never },
      { name: 'purge_desired', value: false, is: never },
    ],
    keywords: true,
    run: async (it, { versions_as_list }) =>
      Dict.from(
        [...(await installed(it))].map(([name, versions]) => [
          name,
          versions_as_list === true ? [...versions] : versions.join(','),
        ]),
      ),
  },
  latest_version: {
    doc: 'The version that could be installed over what is there; empty text where that is the newest. Of several a mapping.',
    example: 'bash',
    parameters: [],
    varargs: true,
    keywords: true,
    run: (it, { args = [] }) =>
      latest(
        it,
        (args as Value[]).map((name) => checked(pyStr(name))),
      ),
  },
  upgrade_available: {
    doc: 'Is there a newer version of a package?',
    example: 'bash',
    parameters: [{ name: 'name', is: text }],
    keywords: true,
    run: async (it, { name = '' }) => (await latest(it, [checked(pyStr(name))])) !== '',
  },
  version_cmp: {
    doc: 'Which of two versions is newer: -1, 0 or 1.',
    example: '1.2-1 1.10-1',
    parameters: [
      { name: 'pkg1', is: text },
      { name: 'pkg2', is: text },
      { name: 'ignore_epoch', value: false, is: flag },
    ],
    keywords: true,
    run: (_it, { pkg1 = '', pkg2 = '', ignore_epoch }) =>
      BigInt(compareVersions(pyStr(pkg1), pyStr(pkg2), ignore_epoch === true)),
  },
  owner: {
    doc: 'The package that a file is of; of several a mapping.',
    example: '/bin/bash',
    parameters: [],
    varargs: true,
    keywords: true,
    run: async (it, { args = [] }) => {
      const paths = (args as Value[]).map((path) => pyStr(path));
      const owners = await Promise.all(paths.map((path) => ownerOf(it, path)));
      return paths.length === 1 ? (owners[0] ?? '') : Dict.from(paths.map((path, i) => [path, owners[i] ?? '']));
    },
  },
  file_list: {
    doc: 'The files of packages.',
    example: 'base-files',
    parameters: [],
    varargs: true,
    keywords: true,
    run: async (it, { args = [] }) => {
      const names = (args as Value[]).map((name) => checked(pyStr(name)));
      const words = kindOf(it) === 'deb' ? ['dpkg', '-L'] : ['rpm', '-ql'];
      const all = await Promise.all(names.map((name) => ask(it, [...words, name])));
      const missing = names.filter((_name, i) => all[i] === '').map((name) => `package ${name} is not installed`);
      return Dict.of({
        errors: missing,
        files: [...new Set(all.flatMap((out) => out.split('\n')))].filter((path) => path.startsWith('/')).sort(),
      });
    },
  },
  refresh_db: {
    doc: 'Reads the lists of packages anew.',
    parameters: [
      { name: 'cache_valid_time', value: 0n },
      { name: 'failhard', value: false },
    ],
    keywords: true,
    run: async (it) => {
      await refresh(it);
      return true;
    },
  },
  install: changing(
    "Installs packages: a name (with version=), or pkgs='[a, {b: 1.2}]'; refresh=True reads the lists before. The\nreturn says what changed.",
    INSTALL,
    async (it, names, { refresh: first }) => {
      if (first === true) await refresh(it);
      await ask(it, [...manager(it), 'install', ...names], true);
    },
  ),
  remove: changing('Removes packages. The return says what changed.', REMOVE, async (it, names) => {
    await ask(it, [...manager(it), 'remove', ...names], true);
  }),
  purge: changing('Removes packages with their configuration. The return says what changed.', REMOVE, async (it, names) => {
    await ask(it, [...manager(it), kindOf(it) === 'deb' ? 'purge' : 'remove', ...names], true);
  }),
};

/** A name that begins with a dash would be an option. */
function checked(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9+._:~=^-]*$/.test(name))
    throw new InvocationError(`expected the name of a package, found '${name}'`);
  return name;
}

/** `name`, or the members of `pkgs`, with the versions that are asked for. */
function wanted({ name = null, pkgs = null, version = null }: Bound): readonly string[] {
  const members: readonly Value[] = Array.isArray(pkgs) ? pkgs : pkgs instanceof Dict ? [pkgs] : pkgs === null ? [] : [pkgs];
  const from = members.flatMap((member) =>
    member instanceof Dict
      ? [...member].map(([one, wish]) => [pyStr(one), wish === null ? null : pyStr(wish)] as const)
      : [[pyStr(member), null] as const],
  );
  const all =
    from.length > 0
      ? from
      : name === null
        ? []
        : pyStr(name)
            .split(',')
            .map((one) => [one.trim(), version === null ? null : pyStr(version)] as const);
  if (all.length === 0) throw new InvocationError('name or pkgs is wanted');
  return all.map(([one, wish]) => checked(wish === null ? one : `${one}=${wish}`));
}

function manager(it: ModuleContext): readonly string[] {
  if (kindOf(it) === 'deb')
    return ['apt-get', '-q', '-y', '-o', 'DPkg::Options::=--force-confold', '-o', 'DPkg::Options::=--force-confdef'];
  const found = ['dnf', 'yum', 'zypper', 'microdnf'].find((name) => whichOf(name, it.env) !== undefined);
  if (found === undefined) throw new CommandNotFoundError('dnf, yum, zypper or microdnf');
  return found === 'zypper' ? ['zypper', '--non-interactive'] : [found, '-y'];
}

async function refresh(it: ModuleContext): Promise<void> {
  const deb = kindOf(it) === 'deb';
  const words = manager(it);
  await ask(
    it,
    deb ? ['apt-get', '-q', 'update'] : words[0] === 'zypper' ? [...words, 'refresh'] : [words[0] as string, '-y', 'makecache'],
    true,
  );
}

/** Of rpm the newest that the repositories have; epochs as they stand. */
async function latest(it: ModuleContext, names: readonly string[]): Promise<Value> {
  const all = await installed(it);
  const found = await Promise.all(
    names.map(async (name) => {
      const has = (all.get(name) ?? []).at(-1) ?? '';
      const newest = await candidate(it, name);
      return newest !== '' && (has === '' || compareVersions(newest, has) > 0) ? newest : '';
    }),
  );
  return names.length === 1 ? (found[0] ?? '') : Dict.from(names.map((name, i) => [name, found[i] ?? '']));
}

async function candidate(it: ModuleContext, name: string): Promise<string> {
  if (kindOf(it) === 'deb') {
    const found = /^ {2}Candidate: (.*)$/m.exec(await ask(it, ['apt-cache', '-q', 'policy', name]))?.[1] ?? '';
    return found === '(none)' ? '' : found;
  }
  const [program = 'dnf'] = manager(it);
  if (program === 'zypper')
    return /^Version\s*: (.*)$/m.exec(await ask(it, ['zypper', '--non-interactive', 'info', name]))?.[1]?.trim() ?? '';
  return (
    (await ask(it, [program, '-q', 'repoquery', '--latest-limit=1', '--queryformat', '%{version}-%{release}\n', name])).split(
      '\n',
    )[0] ?? ''
  );
}

async function ownerOf(it: ModuleContext, path: string): Promise<string> {
  if (kindOf(it) === 'deb') return (await ask(it, ['dpkg', '-S', '--', path])).split(': ')[0]?.split(',')[0] ?? '';
  const out = await ask(it, ['rpm', '-qf', '--queryformat', '%{NAME}\n', '--', path]);
  return /not owned|No such file/.test(out) ? '' : (out.split('\n')[0] ?? '');
}

function difference(before: Versions, after: Versions): Dict {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const of = (from: Versions, name: string) => (from.get(name) ?? []).join(',');
  return Dict.from(
    names
      .filter((name) => of(before, name) !== of(after, name))
      .map((name) => [name, Dict.of({ old: of(before, name), new: of(after, name) })]),
  );
}
