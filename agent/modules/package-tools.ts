/** The host's own programs for packages: dpkg and apt, or rpm and dnf, yum or zypper; what they are asked, and what they answer. */
import { Dict, type Value } from '../../core/value.ts';
import { runCommand } from './command.ts';
import { CommandExecutionError, CommandNotFoundError, type ModuleContext } from './module.ts';
import { compareVersions } from './package-versions.ts';
import { whichOf } from './which.ts';

type Kind = 'deb' | 'rpm';

/** The family's own first: a Debian host may have rpm as a tool. */
export function kindOf(it: ModuleContext): Kind {
  const family = it.grains().get('os_family');
  const order: readonly Kind[] = family === 'RedHat' || family === 'Suse' ? ['rpm', 'deb'] : ['deb', 'rpm'];
  const found = order.find((kind) => whichOf(kind === 'deb' ? 'dpkg-query' : 'rpm', it.env) !== undefined);
  if (!found) throw new CommandNotFoundError('dpkg-query or rpm');
  return found;
}

export async function ask(it: ModuleContext, cmd: readonly string[], fails = false): Promise<string> {
  const env = Dict.of({ DEBIAN_FRONTEND: 'noninteractive', APT_LISTCHANGES_FRONTEND: 'none', UCF_FORCE_CONFFOLD: '1' });
  const { out, err, retcode } = await runCommand(
    it,
    { cmd: [...cmd], env, python_shell: false, ignore_retcode: true },
    { merge: false, raises: false },
  );
  if (fails && retcode !== 0) throw new CommandExecutionError(err || out || `${cmd[0]} ended with ${retcode}`);
  return out;
}

export type Versions = ReadonlyMap<string, readonly string[]>;

export async function installed(it: ModuleContext): Promise<Versions> {
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

export function manager(it: ModuleContext): readonly string[] {
  if (kindOf(it) === 'deb')
    return ['apt-get', '-q', '-y', '-o', 'DPkg::Options::=--force-confold', '-o', 'DPkg::Options::=--force-confdef'];
  const found = ['dnf', 'yum', 'zypper', 'microdnf'].find((name) => whichOf(name, it.env) !== undefined);
  if (found === undefined) throw new CommandNotFoundError('dnf, yum, zypper or microdnf');
  return found === 'zypper' ? ['zypper', '--non-interactive'] : [found, '-y'];
}

export async function refresh(it: ModuleContext): Promise<void> {
  const deb = kindOf(it) === 'deb';
  const words = manager(it);
  await ask(
    it,
    deb ? ['apt-get', '-q', 'update'] : words[0] === 'zypper' ? [...words, 'refresh'] : [words[0] as string, '-y', 'makecache'],
    true,
  );
}

/** Of rpm the newest that the repositories have; epochs as they stand. */
export async function latest(it: ModuleContext, names: readonly string[]): Promise<Value> {
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

export async function ownerOf(it: ModuleContext, path: string): Promise<string> {
  if (kindOf(it) === 'deb') return (await ask(it, ['dpkg', '-S', '--', path])).split(': ')[0]?.split(',')[0] ?? '';
  const out = await ask(it, ['rpm', '-qf', '--queryformat', '%{NAME}\n', '--', path]);
  return /not owned|No such file/.test(out) ? '' : (out.split('\n')[0] ?? '');
}
