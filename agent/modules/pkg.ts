/** `pkg.*`: packages, by dpkg and apt or by rpm and dnf, yum or zypper: what the host has. */
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { type Bound, InvocationError, type Module, type ModuleContext, type ModuleFunction, type Parameter } from './module.ts';
import { ask, installed, kindOf, latest, manager, ownerOf, refresh, type Versions } from './package-tools.ts';
import { compareVersions } from './package-versions.ts';
import { flag, never, nothing, text } from './schemas.ts';

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

function difference(before: Versions, after: Versions): Dict {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const of = (from: Versions, name: string) => (from.get(name) ?? []).join(',');
  return Dict.from(
    names
      .filter((name) => of(before, name) !== of(after, name))
      .map((name) => [name, Dict.of({ old: of(before, name), new: of(after, name) })]),
  );
}
