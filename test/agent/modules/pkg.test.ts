/** `pkg.*` on this machine's own packages, and with managers of the test's own, which change nothing. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareVersions } from '../../../agent/modules/package-versions.ts';
import { toPlain } from '../../../core/value.ts';
import { createFakes } from '../../support/fake-command.ts';
import { createHost } from '../../support/host.ts';

const dir = mkdtempSync(join(tmpdir(), 'brine-pkg-'));
afterAll(() => rmSync(dir, { recursive: true }));

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.runIf(has('dpkg-query'))('the packages of this machine, by dpkg', () => {
  const host = createHost({ grains: { id: 'web1', os_family: 'Debian' } });
  afterAll(() => host.close());
  const versionOf = (name: string) => execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' });

  it('version of one, of several and of none', async () => {
    expect((await host.call('pkg.version', ['dpkg'])).return).toBe(versionOf('dpkg'));
    expect((await host.call('pkg.version', ['nosuchpkg'])).return).toBe('');
    expect(toPlain((await host.call('pkg.version', ['dpkg', 'nosuchpkg'])).return)).toEqual({
      dpkg: versionOf('dpkg'),
      nosuchpkg: '',
    });
  });

  it('all of them, owners and files', async () => {
    const all = toPlain((await host.call('pkg.list_pkgs')).return) as Record<string, string>;
    expect(all.dpkg).toBe(versionOf('dpkg'));
    expect(Object.keys(all)).toEqual(Object.keys(all).sort());
    const lists = toPlain((await host.call('pkg.list_pkgs', [], { versions_as_list: true })).return) as Record<string, string[]>;
    expect(lists.dpkg).toEqual([versionOf('dpkg')]);
    expect((await host.call('pkg.owner', ['/usr/bin/dpkg-query'])).return).toBe('dpkg');
    expect((await host.call('pkg.owner', ['/nowhere'])).return).toBe('');
    const files = toPlain((await host.call('pkg.file_list', ['dpkg'])).return) as { files: string[]; errors: string[] };
    expect([files.files.includes('/usr/bin/dpkg-query'), files.errors]).toEqual([true, []]);
  });
});
if (!has('dpkg-query')) console.log('no dpkg here: its packages are not listed');

/** A manager with a file for its state: `b` is installed in 1.0 and can be had in 2.0. */
const DEB = {
  dpkg: 'echo amd64',
  'dpkg-query': `echo 'ii |a|all|1:1.0-1'; echo 'ii |lib|i386|2'; echo 'rc |gone|amd64|1'; [ -f '${dir}/b' ] && echo "ii |b|amd64|$(cat '${dir}/b')"; true`,
  'apt-get': `case "$*" in *fails*) echo 'E: Unable to locate package fails' >&2; exit 100 ;; *install*) echo 2.0 >'${dir}/b' ;; *remove*|*purge*) rm -f '${dir}/b' ;; esac`,
  'apt-cache': "printf 'b:\\n  Installed: (none)\\n  Candidate: 2.0\\n'",
};

describe('changing packages, with apt', () => {
  const fakes = createFakes(join(dir, 'deb'), DEB);
  const host = createHost({ grains: { id: 'web1', os_family: 'Debian' }, env: { PATH: `${fakes.path}:/usr/bin:/bin` } });
  afterAll(() => host.close());
  const call = async (fun: string, arg: unknown[] = [], kwarg: object = {}) =>
    toPlain((await host.call(`pkg.${fun}`, arg, kwarg as Record<string, unknown>)).return);

  it('names of another architecture carry it, removed ones are not listed', async () => {
    expect(await call('list_pkgs')).toEqual({ a: '1:1.0-1', 'lib:i386': '2' });
  });
  it('latest_version, install, upgrade_available, remove', async () => {
    expect(await call('latest_version', ['b'])).toBe('2.0');
    expect(await call('install', ['b'], { version: '2.0', refresh: true })).toEqual({ b: { old: '', new: '2.0' } });
    expect(
      fakes
        .calls()
        .filter((line) => line.startsWith('apt-get'))
        .map((line) => line.replace(/-o \S+ /g, '')),
    ).toEqual(['apt-get -q update', 'apt-get -q -y install b=2.0']);
    expect(await call('latest_version', ['b'])).toBe('');
    expect(await call('upgrade_available', ['b'])).toBe(false);
    expect(await call('remove', [], { pkgs: ['b'] })).toEqual({ b: { old: '2.0', new: '' } });
    expect(await call('install', [], { pkgs: [{ b: '2.0' }, 'a'] })).toEqual({ b: { old: '', new: '2.0' } });
    expect(fakes.calls().some((line) => line.endsWith('install b=2.0 a'))).toBe(true);
  });
  it('what the manager refuses is an error, an option is no name, nothing is nothing', async () => {
    expect(await call('install', ['fails'])).toBe('ERROR: E: Unable to locate package fails');
    expect(await call('install', ['--reinstall'])).toBe(
      "ERROR executing 'pkg.install': expected the name of a package, found '--reinstall'",
    );
    expect(await call('remove')).toBe("ERROR executing 'pkg.remove': name or pkgs is wanted");
  });
});

describe('with rpm and dnf', () => {
  const rpm = `case "$*" in *-qf*) echo coreutils ;; *-ql*) echo /usr/bin/ls ;; *) printf 'bash||5.1.8-6.el9|x86_64\\ndbus|1:|1.12.20-8|x86_64\\nkernel||5.14.0-1|x86_64\\nkernel||5.14.0-2|x86_64\\ngpg-pubkey||1-1|(none)\\n' ;; esac`;
  const fakes = createFakes(join(dir, 'rpm'), { rpm, dnf: 'case "$*" in *repoquery*) echo 5.2.0-1.el9 ;; esac' });
  const host = createHost({ grains: { id: 'web1', os_family: 'RedHat' }, env: { PATH: `${fakes.path}:/usr/bin:/bin` } });
  afterAll(() => host.close());
  it('epochs, several versions of one package, and no keys', async () => {
    expect(toPlain((await host.call('pkg.list_pkgs')).return)).toEqual({
      bash: '5.1.8-6.el9',
      dbus: '1:1.12.20-8',
      kernel: '5.14.0-1,5.14.0-2',
    });
    expect((await host.call('pkg.latest_version', ['bash'])).return).toBe('5.2.0-1.el9');
    expect((await host.call('pkg.owner', ['/usr/bin/ls'])).return).toBe('coreutils');
    expect(toPlain((await host.call('pkg.install', ['bash'])).return)).toEqual({});
    expect(fakes.calls()).toContain('dnf -y install bash');
  });
});

it.runIf(has('rpm'))('a real rpm reads a database of its own', async () => {
  const root = mkdtempSync(join(dir, 'root-'));
  execFileSync('rpm', ['--root', root, '--initdb']);
  const real = execFileSync('sh', ['-c', 'command -v rpm'], { encoding: 'utf8' }).trim();
  const fakes = createFakes(join(dir, 'real-rpm'), { rpm: `exec ${real} --root ${root} "$@"` });
  const host = createHost({ grains: { id: 'web1', os_family: 'RedHat' }, env: { PATH: `${fakes.path}:/usr/bin:/bin` } });
  expect(toPlain((await host.call('pkg.list_pkgs')).return)).toEqual({});
  expect((await host.call('pkg.version', ['bash'])).return).toBe('');
  host.close();
});
if (!has('rpm')) console.log('no rpm here: no real database is read');

it('a host without either says which is missing', async () => {
  const host = createHost({ env: { PATH: '/nowhere' } });
  expect((await host.call('pkg.list_pkgs')).return).toBe("Command required for 'pkg.list_pkgs' not found: dpkg-query or rpm");
  host.close();
});

it.each([
  ['0.2.4-0ubuntu1', '0.2.4.1-0ubuntu1', -1],
  ['1.10', '1.9', 1],
  ['1:1.0', '2.0', 1],
  ['1.0~rc1', '1.0', -1],
  ['1.0-1', '1.0-1', 0],
  ['1.0-1+deb12u1', '1.0-1', 1],
  ['1.0a', '1.0+', -1],
  ['2.34-100.el9', '2.34-60.el9', 1],
])('%s against %s is %d', (a, b, order) => {
  expect(compareVersions(a, b)).toBe(order);
  expect(compareVersions(b, a)).toBe(order === 0 ? 0 : -order);
});
