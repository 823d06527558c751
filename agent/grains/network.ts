/** Names, addresses, interfaces, gateways and name servers. */
import { lookup, reverse } from 'node:dns/promises';
import { existsSync, readdirSync } from 'node:fs';
import { isIP, isIPv4 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { Dict, type Value } from '../../core/value.ts';
import { commandSays, textOf } from './asked.ts';

type Grains = Readonly<Record<string, Value>>;

export async function networkGrains(options: { readonly fqdns: boolean }): Promise<Grains> {
  const interfaces = readInterfaces();
  const of = (keep: (address: string) => boolean) =>
    Dict.from(interfaces.map(({ name, addresses }) => [name, addresses.filter(keep)] as const));
  const all = interfaces.flatMap(({ addresses }) => addresses);
  const [ipv4, ipv6] = [inOrder(all.filter(isIPv4)), inOrder(all.filter((address) => !isIPv4(address)))];
  return {
    ...(await nameGrains(ipv4.length > 0, ipv6.length > 0)),
    ipv4,
    ipv6,
    ip_interfaces: of(() => true),
    ip4_interfaces: of(isIPv4),
    ip6_interfaces: of((address) => !isIPv4(address)),
    hwaddr_interfaces: Dict.from(interfaces.flatMap(({ name, mac }) => (mac === '' ? [] : [[name, mac] as const]))),
    ...gatewayGrains(),
    dns: dnsGrain(),
    fqdns: options.fqdns ? await fqdns(all) : [],
  };
}

interface Interface {
  readonly name: string;
  readonly mac: string;
  readonly addresses: readonly string[];
}

/** In the order of the kernel's numbers; those that are down too. */
export function readInterfaces(): readonly Interface[] {
  const up = networkInterfaces();
  const dir = '/sys/class/net';
  const known = existsSync(dir) ? readdirSync(dir) : [];
  const names = [...new Set([...known, ...Object.keys(up)])];
  const number = (name: string) => Number(textOf(`${dir}/${name}/ifindex`)) || Number.MAX_SAFE_INTEGER;
  return names
    .sort((a, b) => number(a) - number(b))
    .filter((name) => up[name] !== undefined || existsSync(`${dir}/${name}/ifindex`))
    .map((name) => {
      const addresses = (up[name] ?? []).map(({ address }) => address);
      return {
        name,
        mac: textOf(`${dir}/${name}/address`).trim() || (up[name]?.[0]?.mac ?? ''),
        addresses: [...addresses.filter(isIPv4), ...addresses.filter((address) => !isIPv4(address))],
      };
    });
}

/** As numbers, and each once. */
function inOrder(addresses: readonly string[]): string[] {
  return [...new Set(addresses)].sort((a, b) => (numberOf(a) < numberOf(b) ? -1 : 1));
}

export function numberOf(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = (address.split('%')[0] as string).split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const middle = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...middle, ...after].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

async function nameGrains(four: boolean, six: boolean): Promise<Grains> {
  const localhost = hostname();
  const said = await commandSays('hostname', '-f');
  const fqdn = said.code === 0 && /^[\w.-]+$/.test(said.out) ? said.out : localhost;
  const dot = fqdn.indexOf('.');
  const addresses = async (family: 4 | 6) => {
    const found = await inTime(lookup(fqdn, { family, all: true }), []);
    return inOrder(found.map(({ address }) => address));
  };
  const [v4, v6] = await Promise.all([four ? addresses(4) : [], six ? addresses(6) : []]);
  return {
    localhost,
    nodename: localhost,
    fqdn,
    host: dot < 0 ? fqdn : fqdn.slice(0, dot),
    domain: dot < 0 ? '' : fqdn.slice(dot + 1),
    fqdn_ip4: v4,
    fqdn_ip6: v6,
  };
}

const PATIENCE = 3000;

/** A name server that does not answer holds nothing up. */
async function inTime<T>(asked: Promise<T>, other: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(other), PATIENCE);
  });
  try {
    return await Promise.race([asked.catch(() => other), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function fqdns(addresses: readonly string[]): Promise<string[]> {
  const asked = addresses.filter((address) => !/^(127\.|::1$|fe80:)/.test(address));
  const names = await Promise.all(asked.map((address) => inTime(reverse(address), [])));
  return [...new Set(names.flat())].sort();
}

/** `/proc/net/route` has addresses as little-endian numbers, `ipv6_route` as plain digits. */
function gatewayGrains(): Grains {
  const four = textOf('/proc/net/route')
    .split('\n')
    .map((line) => line.split('\t'))
    .find(([, to, , flags]) => to === '00000000' && (Number.parseInt(flags ?? '0', 16) & 1) === 1);
  const six = textOf('/proc/net/ipv6_route')
    .split('\n')
    .map((line) => line.split(/\s+/))
    .find(([to, length, , , , , , , , name]) => to === '0'.repeat(32) && length === '00' && name !== 'lo');
  const v4 = four ? gateway4(four[2] ?? '') : false;
  const v6 = six ? gateway6(six[4] ?? '') : false;
  return { ip_gw: v4 !== false || v6 !== false, ip4_gw: v4, ip6_gw: v6 };
}

function gateway4(hex: string): string | true {
  const bytes = hex.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
  return bytes.every((byte) => byte === 0) ? true : bytes.reverse().join('.');
}

function gateway6(hex: string): string | true {
  if (/^0*$/.test(hex)) return true;
  return compact(hex.match(/.{4}/g)?.map((group) => group.replace(/^0+(?=.)/, '')) ?? []);
}

/** The longest run of zeros as `::`. */
function compact(groups: readonly string[]): string {
  const runs = groups.join(':').match(/(^|:)0(:0)+(?=:|$)/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  const text = groups.join(':');
  return longest === ''
    ? text
    : text
        .replace(longest, ':')
        .replace(/^:(?!:)/, '::')
        .replace(/([^:]):$/, '$1::');
}

function dnsGrain(): Dict {
  const systemd = '/run/systemd/resolve/resolv.conf';
  return parseResolv(textOf(existsSync(systemd) ? systemd : '/etc/resolv.conf'));
}

export function parseResolv(text: string): Dict {
  const found = {
    servers: [] as string[],
    search: [] as string[],
    sortlist: [] as string[],
    options: [] as string[],
    domain: '',
  };
  for (const line of text.split('\n')) {
    const [directive = '', ...words] = line.trim().split(/\s+/);
    const end = words.findIndex((word) => /^[#;]/.test(word));
    const args = end < 0 ? words : words.slice(0, end);
    const first = args[0];
    if (first === undefined) continue;
    if (directive === 'nameserver' && isIP(first) && !found.servers.includes(first)) found.servers.push(first);
    else if (directive === 'domain') found.domain = first;
    else if (directive === 'search') found.search = args;
    else if (directive === 'sortlist') found.sortlist.push(...args);
    else if (directive === 'options' && !found.options.includes(first)) found.options.push(first);
  }
  return Dict.of({
    nameservers: found.servers,
    ip4_nameservers: found.servers.filter(isIPv4),
    ip6_nameservers: found.servers.filter((server) => !isIPv4(server)),
    sortlist: found.sortlist,
    domain: found.domain,
    search: found.search,
    options: found.options,
  });
}
