/** The grains that Salt's core gives, read from this machine. */
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, hostname, networkInterfaces, release, totalmem, version } from 'node:os';
import { Dict, fromPlain, type Value } from '../../core/value.ts';
import { VERSION } from '../version.ts';

const FAMILIES: Readonly<Record<string, string>> = {
  Debian: 'Debian',
  Ubuntu: 'Debian',
  CentOS: 'RedHat',
  'CentOS Stream': 'RedHat',
  Fedora: 'RedHat',
  RedHat: 'RedHat',
  Rocky: 'RedHat',
  AlmaLinux: 'RedHat',
  Amazon: 'RedHat',
  SUSE: 'Suse',
  Arch: 'Arch',
  Alpine: 'Alpine',
};
const NAMES: Readonly<Record<string, string>> = {
  debian: 'Debian',
  ubuntu: 'Ubuntu',
  centos: 'CentOS',
  fedora: 'Fedora',
  rhel: 'RedHat',
  rocky: 'Rocky',
  almalinux: 'AlmaLinux',
  amzn: 'Amazon',
  sles: 'SUSE',
  arch: 'Arch',
  alpine: 'Alpine',
};

/** What the machine says of itself. */
export function readGrains(id: string): Dict {
  return Dict.of({ ...osGrains(), ...hostGrains(), ...networkGrains(), id, saltversion: VERSION, pid: BigInt(process.pid) });
}

/** A family follows an `os` that the settings name (`--minion web1:os=CentOS`). */
export function settleGrains(grains: Dict, given: Readonly<Record<string, Value>>): Dict {
  if (given.os !== undefined && given.os_family === undefined)
    grains.set('os_family', FAMILIES[String(given.os)] ?? String(given.os));
  return grains;
}

function osGrains(): Record<string, Value> {
  const info = osRelease();
  const os = NAMES[info.ID ?? ''] ?? info.NAME ?? 'Linux';
  const osrelease = info.VERSION_ID ?? '';
  const parts = osrelease.split('.').map((part) => (/^\d+$/.test(part) ? BigInt(part) : part));
  const major = parts[0];
  return {
    os,
    os_family: FAMILIES[os] ?? os,
    osfullname: info.NAME ?? os,
    osrelease,
    osrelease_info: parts,
    ...(typeof major === 'bigint' && { osmajorrelease: major }),
    osfinger: `${os}-${parts[0] ?? ''}`,
    oscodename: info.VERSION_CODENAME ?? info.PRETTY_NAME ?? '',
    osarch: ARCHES[arch()] ?? arch(),
    kernel: 'Linux',
    kernelrelease: release(),
    kernelversion: version(),
  };
}

const ARCHES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

function osRelease(): Readonly<Record<string, string | undefined>> {
  if (!existsSync('/etc/os-release')) return {};
  const pairs = readFileSync('/etc/os-release', 'utf8')
    .split('\n')
    .map((line) => /^(\w+)=(.*)$/.exec(line))
    .filter((found) => found !== null);
  return Object.fromEntries(pairs.map((found) => [found[1] as string, (found[2] as string).replace(/^"(.*)"$/, '$1')]));
}

function hostGrains(): Record<string, Value> {
  const name = hostname();
  const [host = name, ...domain] = name.split('.');
  const memory = meminfo();
  return {
    nodename: name,
    host,
    localhost: name,
    fqdn: name,
    domain: domain.join('.'),
    cpuarch: arch() === 'x64' ? 'x86_64' : arch() === 'arm64' ? 'aarch64' : arch(),
    num_cpus: BigInt(cpus().length),
    cpu_model: cpus()[0]?.model ?? '',
    mem_total: BigInt(Math.floor(totalmem() / 1_048_576)),
    swap_total: BigInt(Math.floor((memory.SwapTotal ?? 0) / 1024)),
    machine_id: existsSync('/etc/machine-id') ? readFileSync('/etc/machine-id', 'utf8').trim() : '',
    path: process.env.PATH ?? '',
    shell: process.env.SHELL ?? '/bin/sh',
    ppid: BigInt(process.ppid),
    init: existsSync('/run/systemd/system') ? 'systemd' : 'unknown',
    virtual: 'physical',
  };
}

function meminfo(): Readonly<Record<string, number>> {
  if (!existsSync('/proc/meminfo')) return {};
  return Object.fromEntries(
    [...readFileSync('/proc/meminfo', 'utf8').matchAll(/^(\w+):\s+(\d+)/gm)].map((found) => [
      found[1] as string,
      Number(found[2]),
    ]),
  );
}

function networkGrains(): Record<string, Value> {
  const interfaces = Object.entries(networkInterfaces()).map(([name, list = []]) => [name, list] as const);
  const of = (family: string) =>
    interfaces.flatMap(([, list]) => list.filter((item) => item.family === family).map((item) => item.address));
  const by = (family: string) =>
    fromPlain(
      Object.fromEntries(
        interfaces.map(([name, list]) => [name, list.filter((item) => item.family === family).map((item) => item.address)]),
      ),
    );
  return {
    ipv4: [...new Set(of('IPv4'))].sort(),
    ipv6: [...new Set(of('IPv6'))].sort(),
    ip4_interfaces: by('IPv4'),
    ip6_interfaces: by('IPv6'),
    hwaddr_interfaces: fromPlain(Object.fromEntries(interfaces.map(([name, list]) => [name, list[0]?.mac ?? '']))),
  };
}
