/** `network.*`: interfaces, addresses, and whether another host is there. */
import { lookup } from 'node:dns/promises';
import { createConnection, isIPv4 } from 'node:net';
import { hostname } from 'node:os';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { numberOf, readInterfaces } from '../grains/network.ts';
import { readAddresses } from './addresses.ts';
import { runCommand } from './command.ts';
import { type Bound, InvocationError, type Module, type ModuleContext, type ModuleFunction, type Parameter } from './module.ts';
import { flag, seconds, text, whole } from './schemas.ts';

const iface: Parameter = { name: 'iface', is: text };
const host: Parameter = { name: 'host', is: text };
const cidr: Parameter = { name: 'cidr', is: text };

const addresses = (version: 4 | 6): ModuleFunction => ({
  doc: `The IPv${version} addresses, of one interface or below a network (cidr), the loopback's with include_loopback=True;\nwith type=public or private those alone.`,
  example: version === 4 ? 'cidr=10.0.0.0/8' : 'eth0',
  parameters: [
    { name: 'interface', value: null },
    { name: 'include_loopback', value: false, is: flag },
    { name: 'cidr', value: null },
    { name: 'type', value: null, ...(version === 6 && { keyword: true }) },
  ],
  run: (_it, values) => select(version, values),
});

const hardware: ModuleFunction = {
  doc: 'The hardware address of an interface.',
  example: 'eth0',
  parameters: [iface],
  run: (_it, { iface: name = '' }) => of(pyStr(name), ({ mac }) => mac),
};

export const network: Module = {
  interfaces: {
    doc: 'All interfaces: up or not, hardware address, addresses.',
    parameters: [],
    run: () => Dict.from(readAddresses().map((one) => [one.name, shown(one)])),
  },
  interface: {
    doc: 'The IPv4 addresses of an interface.',
    example: 'eth0',
    parameters: [iface],
    run: (_it, { iface: name = '' }) => of(pyStr(name), (one) => one.inet.map(inet)),
  },
  interface_ip: {
    doc: 'The first IPv4 address of an interface.',
    example: 'eth0',
    parameters: [iface],
    run: (_it, { iface: name = '' }) => of(pyStr(name), (one) => one.inet[0]?.address ?? ''),
  },
  ip_addrs: addresses(4),
  ipaddrs: addresses(4),
  ip_addrs6: addresses(6),
  ipaddrs6: addresses(6),
  hw_addr: hardware,
  hwaddr: hardware,
  get_hostname: { doc: 'The name of this host.', parameters: [], run: () => hostname() },
  get_fqdn: { doc: 'The full name of this host.', parameters: [], run: (it) => it.grains().get('fqdn') ?? hostname() },
  subnets: {
    doc: 'The IPv4 networks that this host is in.',
    parameters: [{ name: 'interfaces', value: null }],
    run: (_it, { interfaces = null }) => subnets(4, interfaces === null ? null : listOf(interfaces)),
  },
  subnets6: { doc: 'The IPv6 networks that this host is in.', parameters: [], run: () => subnets(6, null) },
  in_subnet: {
    doc: 'Is this host in a network?',
    example: '10.0.0.0/8',
    parameters: [cidr],
    run: (_it, { cidr: net = '' }) => all().some((address) => !isLoopback(address) && within(address, pyStr(net))),
  },
  ip_in_subnet: {
    doc: 'Is an address in a network?',
    example: '10.1.2.3 10.0.0.0/8',
    parameters: [{ name: 'ip_addr', is: text }, cidr],
    run: (_it, { ip_addr = '', cidr: net = '' }) => within(pyStr(ip_addr), pyStr(net)),
  },
  calc_net: {
    doc: 'The network of an address: 10.0.0.5/24, or address and netmask.',
    example: '10.0.0.5 255.255.255.0',
    parameters: [
      { name: 'ip_addr', is: text },
      { name: 'netmask', value: null },
    ],
    run: (_it, { ip_addr = '', netmask = null }) => {
      const [address = '', given] = pyStr(ip_addr).split('/');
      return netOf(address, netmask === null ? Number(given ?? (isIPv4(address) ? 32 : 128)) : lengthOf(pyStr(netmask)));
    },
  },
  convert_cidr: {
    doc: 'The network, netmask and broadcast address of a range; None thrice where it is none.',
    example: '172.31.0.0/16',
    parameters: [cidr],
    run: (_it, { cidr: given = '' }) => rangeOf(pyStr(given)),
  },
  is_loopback: {
    doc: 'Is it an address of the host itself?',
    example: '127.0.0.1',
    parameters: [{ name: 'ip_addr', is: text }],
    run: (_it, { ip_addr = '' }) => isLoopback(pyStr(ip_addr)),
  },
  is_private: {
    doc: 'Is it an address of a private network?',
    example: '10.0.0.1',
    parameters: [{ name: 'ip_addr', is: text }],
    run: (_it, { ip_addr = '' }) => isPrivate(pyStr(ip_addr)),
  },
  ping: {
    doc: 'What ping(8) says of a host; with return_boolean=True whether it answers. timeout is in seconds.',
    example: 'web1 return_boolean=True',
    parameters: [host, { name: 'timeout', value: false }, { name: 'return_boolean', value: false, is: flag }],
    run: (it, values) => ping(it, values),
  },
  connect: {
    doc: 'Can a port of a host be connected to? tcp alone.',
    example: 'db1 5432 timeout=2',
    parameters: [host, { name: 'port', value: null, is: whole }, { name: 'timeout', value: 5n, is: seconds, keyword: true }],
    keywords: true,
    run: (_it, { host: name = '', port = 0n, timeout = 5n }) => connect(pyStr(name), Number(port), Number(timeout)),
  },
};

type Found = ReturnType<typeof readAddresses>[number];

function of(name: string, give: (one: Found) => Value): Value {
  const known = readAddresses();
  const found = known.find((one) => one.name === name);
  if (found) return give(found);
  return `Interface "${name}" not in available interfaces: ${known.map((one) => `"${one.name}"`).join(', ')}`;
}

function inet({ address, netmask, broadcast, label }: Found['inet'][number]): Dict {
  return Dict.of({ address, netmask, broadcast, label });
}

function shown({ up, mac, inet: four, inet6: six }: Found): Dict {
  const found = Dict.of({ up, ...(mac !== '' && { hwaddr: mac }) });
  if (four.length > 0) found.set('inet', four.map(inet));
  if (six.length > 0)
    found.set(
      'inet6',
      six.map(({ address, prefixlen, scope }) => Dict.of({ address, prefixlen, scope })),
    );
  return found;
}

function all(): string[] {
  return readInterfaces().flatMap((one) => one.addresses);
}

function select(version: 4 | 6, { interface: name = null, include_loopback, cidr: net = null, type = null }: Bound): Value {
  const from = readInterfaces().filter((one) => name === null || one.name === pyStr(name));
  const mine = [...new Set(from.flatMap((one) => one.addresses))].filter((address) => isIPv4(address) === (version === 4));
  const wanted = mine
    .filter((address) => include_loopback === true || !isLoopback(address))
    .filter((address) => net === null || within(address, pyStr(net)))
    .filter((address) => type === null || isPrivate(address) === (pyStr(type) === 'private'));
  return wanted.sort((a, b) => (numberOf(a) < numberOf(b) ? -1 : 1));
}

function listOf(value: Value): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((name) => pyStr(name));
}

/** Of some interfaces, or of all but the loopback. */
function subnets(version: 4 | 6, names: readonly string[] | null): Value {
  const wanted = readAddresses().filter(({ name }) => names === null || names.includes(name));
  const found = wanted.flatMap(({ inet: four, inet6: six }) =>
    version === 4
      ? four.map(({ address, netmask }) => [address, lengthOf(netmask)] as const)
      : six.map(({ address, prefixlen }) => [address, Number(prefixlen)] as const),
  );
  return [...new Set(found.filter(([address]) => !isLoopback(address)).map(([address, length]) => netOf(address, length)))];
}

function lengthOf(netmask: string): number {
  return numberOf(netmask).toString(2).replaceAll('0', '').length;
}

function within(address: string, net: string): boolean {
  const [base = '', given] = net.split('/');
  if (!/^[0-9a-fA-F.:]+$/.test(base) || isIPv4(base) !== isIPv4(address)) return false;
  const bits = isIPv4(base) ? 32 : 128;
  const shift = BigInt(bits - Number(given ?? bits));
  return numberOf(address) >> shift === numberOf(base) >> shift;
}

function netOf(address: string, length: number): string {
  const bits = isIPv4(address) ? 32 : 128;
  const shift = BigInt(bits - length);
  const number = (numberOf(address) >> shift) << shift;
  if (bits === 32) return `${[24n, 16n, 8n, 0n].map((at) => (number >> at) & 255n).join('.')}/${length}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((number >> BigInt(112 - i * 16)) & 65_535n).toString(16));
  return `${groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::')}/${length}`;
}

function rangeOf(range: string): Dict {
  const [base = '', length = '32'] = range.split('/');
  if (!isIPv4(base) || !/^\d+$/.test(length) || Number(length) > 32)
    return Dict.of({ network: null, netmask: null, broadcast: null });
  const host = (1n << BigInt(32 - Number(length))) - 1n;
  const dotted = (number: bigint) => [24n, 16n, 8n, 0n].map((at) => (number >> at) & 255n).join('.');
  const network = numberOf(base) & ~host;
  return Dict.of({
    network: dotted(network),
    netmask: dotted(0xffff_ffffn & ~host),
    broadcast: dotted(network | host),
  });
}

function isLoopback(address: string): boolean {
  return address === '::1' || within(address, '127.0.0.0/8');
}

function isPrivate(address: string): boolean {
  const nets = [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    'fc00::/7',
    'fe80::/10',
    '::1/128',
  ];
  return nets.some((net) => within(address, net));
}

/** A name that begins with a dash would be an option. */
function safe(name: string): string {
  if (!/^[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*$/.test(name))
    throw new InvocationError(`host: expected a name or an address, found '${name}'`);
  return name;
}

async function ping(it: ModuleContext, { host: name = '', timeout = false, return_boolean }: Bound): Promise<Value> {
  const wait = timeout === false || timeout === null ? [] : ['-W', pyStr(timeout)];
  const cmd = ['ping', ...wait, '-c', '4', safe(pyStr(name))];
  const { out, retcode } = await runCommand(
    it,
    { cmd, python_shell: false, ignore_retcode: return_boolean === true },
    { merge: return_boolean !== true, raises: false },
  );
  return return_boolean === true ? retcode === 0 : out;
}

async function connect(name: string, port: number, timeout: number): Promise<Dict> {
  const { address } = await lookup(safe(name)).catch(() => ({ address: '' }));
  const said = (result: boolean, how: string) => Dict.of({ result, comment: `${how} ${name} (${address}) on tcp port ${port}` });
  if (address === '') return Dict.of({ result: false, comment: `Unable to connect to ${name} (unknown) on tcp port ${port}` });
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port, timeout: timeout * 1000 });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(said(result, result ? 'Successfully connected to' : 'Unable to connect to'));
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}
