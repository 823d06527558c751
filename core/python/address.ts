/** Python's ipaddress: addresses and networks of both versions, as whole numbers. */
import { addressBits } from '../target/address.ts';

export interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
  /** What stands after `%`. */
  readonly zone: string;
}

export interface Interface extends Address {
  /** Length of the network's part; absent where none was given. */
  readonly prefix?: number;
}

const bitsOf = (version: 4 | 6) => (version === 4 ? 32 : 128);

export function parseAddress(text: string): Address | null {
  const [body = '', zone = ''] = text.split(/(?=%)/, 2);
  const bits = addressBits(body);
  if (bits === null || (zone !== '' && (bits.length === 32 || zone === '%'))) return null;
  return { version: bits.length === 32 ? 4 : 6, value: BigInt(`0b${bits}`), zone };
}

/** `a.b.c.d/24`, `a.b.c.d/255.255.255.0`, `::1/64`, or without a length. */
export function parseInterface(text: string): Interface | null {
  const [body = '', mask, more] = text.split('/');
  const address = parseAddress(body);
  if (!address || more !== undefined) return null;
  if (mask === undefined) return address;
  const prefix = prefixOf(mask, address.version);
  return prefix === null ? null : { ...address, prefix };
}

function prefixOf(mask: string, version: 4 | 6): number | null {
  const total = bitsOf(version);
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= total ? Number(mask) : null;
  const bits = version === 4 ? addressBits(mask) : null;
  const found = bits && (/^(1*)0*$/.exec(bits) ?? /^(0*)1*$/.exec(bits));
  return found ? (found[1] as string).length : null;
}

export function formatAddress({ version, value, zone = '' }: Pick<Address, 'version' | 'value'> & { zone?: string }): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_one, i) => ((value >> BigInt(112 - i * 16)) & 0xffffn).toString(16));
  return shorten(groups) + zone;
}

/** The longest run of at least two zero groups, the first of equals, becomes `::`. */
function shorten(groups: readonly string[]): string {
  let [best, length] = [-1, 1];
  for (let from = 0; from < 8; from += 1) {
    let to = from;
    while (to < 8 && groups[to] === '0') to += 1;
    if (to - from > length) [best, length] = [from, to - from];
  }
  if (best < 0) return groups.join(':');
  return `${groups.slice(0, best).join(':')}::${groups.slice(best + length).join(':')}`;
}

/** The interface's own text: address, and `/` with the prefix's length where one was given. */
export function formatInterface(given: Interface): string {
  return formatAddress(given) + (given.prefix === undefined ? '' : `/${given.prefix}`);
}

export interface Network {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly prefix: number;
  readonly size: bigint;
}

export function networkOf({ version, value, prefix = bitsOf(version) }: Interface): Network {
  const size = 1n << BigInt(bitsOf(version) - prefix);
  return { version, first: value - (value % size), prefix, size };
}

export function inNetwork({ version, value }: Address, network: Network): boolean {
  return version === network.version && value >= network.first && value < network.first + network.size;
}

/** Addresses of hosts: without the network's own and the broadcast, but where there are only one or two. */
export function hostsOf({ version, first, size }: Network, limit: number): bigint[] | null {
  const [from, to] =
    size <= 2n ? [first, first + size] : version === 4 ? [first + 1n, first + size - 1n] : [first + 1n, first + size];
  if (to - from > BigInt(limit)) return null;
  return Array.from({ length: Number(to - from) }, (_one, i) => from + BigInt(i));
}

const RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
  unspecified: ['0.0.0.0/32', '::/128'],
  'site-local': ['fec0::/10'],
  reserved: [
    '240.0.0.0/4',
    '::/8',
    '100::/8',
    '200::/7',
    '400::/6',
    '800::/5',
    '1000::/4',
    '4000::/3',
    '6000::/3',
    '8000::/3',
    'a000::/3',
    'c000::/3',
    'e000::/4',
    'f000::/5',
    'f800::/6',
    'fe00::/9',
  ],
  private: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/29',
    '192.0.0.170/31',
    '192.0.2.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '240.0.0.0/4',
    '255.255.255.255/32',
    '::1/128',
    '::/128',
    '::ffff:0:0/96',
    '100::/64',
    '2001::/23',
    '2001:2::/48',
    '2001:db8::/32',
    '2001:10::/28',
    'fc00::/7',
    'fe80::/10',
  ],
};

const shared = '100.64.0.0/10';

/** Python's is_private, is_global … of an address; false for a name that is none. */
export function hasProperty(address: Address, name: string): boolean {
  const within = (range: string) => inNetwork(address, networkOf(parseInterface(range) as Interface));
  if (name === 'private') return (RANGES.private as readonly string[]).some(within);
  if (name === 'global' || name === 'public') return !within(shared) && !(RANGES.private as readonly string[]).some(within);
  return (RANGES[name] ?? []).some(within);
}
