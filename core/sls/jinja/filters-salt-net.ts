/** Salt's filters over addresses and networks. */
import {
  formatAddress,
  formatInterface,
  hasProperty,
  hostsOf,
  type Interface,
  inNetwork,
  networkOf,
  parseInterface,
} from '../../python/address.ts';
import { pyRepr, pyStr } from '../../python/print.ts';
import { PyRange } from '../../python/set.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import { type Filter, pure } from './filter.ts';
import { Lazy } from './lazy.ts';
import { arg } from './parameters.ts';
import { iterate } from './sequences.ts';
import { isText } from './text.ts';
import { defined, kind, OperationError } from './values.ts';

/** Hosts that a network may be written out to. */
const HOSTS = 65_536;

function addressOf(of: Value): Interface | null {
  if (typeof of === 'string') return parseInterface(of);
  const number = typeof of === 'boolean' ? BigInt(of) : of;
  if (typeof number !== 'bigint' || number < 0n || number >= 1n << 128n) return null;
  return { version: number < 1n << 32n ? 4 : 6, value: number, zone: '' };
}

/** Salt's short names. */
const ALIASES: Readonly<Record<string, string>> = {
  linklocal: 'link-local',
  ll: 'link-local',
  link_local: 'link-local',
  lo: 'loopback',
  public: 'global',
  sl: 'site-local',
  site_local: 'site-local',
};

const PROPERTIES = ['global', 'link-local', 'loopback', 'multicast', 'private', 'reserved', 'site-local', 'unspecified'];

/** The address where it is of that version and has all of the properties asked for (`private, loopback`); unknown ones are passed over. */
function chosen(of: Value, version: 4 | 6 | null, options: Value): Interface | null {
  defined(of);
  const found = addressOf(of);
  if (!found || (version !== null && found.version !== version)) return null;
  const words = String(options ?? '')
    .split(',')
    .map((word) => ALIASES[word.trim()] ?? word.trim());
  return words.every((word) => !PROPERTIES.includes(word) || hasProperty(found, word)) ? found : null;
}

const isOf = (...versions: readonly (4 | 6)[]): Filter =>
  pure((of, call) => versions.some((version) => chosen(of, version, arg(call, 0, 'options')) !== null));

const members = (of: Value): readonly Value[] | null =>
  Array.isArray(of) || of instanceof Tuple || (of as unknown) instanceof Lazy ? iterate(of) : null;

/** Lists: those that are addresses, version 4 before version 6 where both are asked for; one value: itself or None. */
function pick(of: Value, versions: readonly (4 | 6)[], options: Value): Value {
  const list = members(of);
  const all = versions.flatMap((version) =>
    (list ?? (typeof of === 'string' ? [of] : [])).flatMap((one) => {
      const found = chosen(one, version, options);
      return found ? [formatInterface(found)] : [];
    }),
  );
  return list ? all : (all[0] ?? null);
}

const picks = (...versions: readonly (4 | 6)[]): Filter =>
  pure((of, call) => pick(of, versions, arg(call, 0, 'options')), { undefined: true });

/** For each address that is left by the options and the version; None where none is. */
const mapped = (one: (found: Interface) => Value): Filter =>
  pure(
    (of, call) => {
      const version = arg(call, 1, 'version');
      const versions: readonly (4 | 6)[] = version === 4n ? [4] : version === 6n ? [6] : [4, 6];
      const left = pick(of, versions, arg(call, 0, 'options'));
      if (left === null || (Array.isArray(left) && left.length === 0)) return null;
      const read = (text: Value) => one(parseInterface(String(text)) as Interface);
      return Array.isArray(left) ? left.map(read) : read(left);
    },
    { undefined: true },
  );

function wrapped(of: Value): Value {
  const found = chosen(of, 6, null);
  if (!found) return of;
  const bare = typeof of === 'string' ? of.replace(/^\[+|\]+$/g, '') : '';
  if (typeof of !== 'string' || bare.includes('/'))
    throw new OperationError(`${pyRepr(pyStr(of))} does not appear to be an IPv4 or IPv6 address`, 'jinja.value');
  return `[${formatAddress(found)}]`;
}

function within(of: Value, networks: Value): Value {
  if (networks === null) return of;
  if (of instanceof Dict) return Dict.from([...of].map(([key, value]) => [key, within(value, networks)] as const));
  const nets = iterate(networks).map((net) => {
    const found = parseInterface(pyStr(net));
    if (!found) throw new OperationError(`${pyRepr(net)} does not appear to be an IPv4 or IPv6 network`, 'jinja.value');
    if (networkOf(found).first !== found.value) throw new OperationError(`${pyStr(net)} has host bits set`, 'jinja.value');
    return networkOf(found);
  });
  if (!isText(of) && !Array.isArray(of) && !(of instanceof Tuple) && !((of as unknown) instanceof PyRange))
    throw new OperationError(`Do not know how to filter a ${kind(of)}`, 'jinja.value');
  return iterate(of).flatMap((one) =>
    nets.flatMap((net) => {
      const address = typeof one === 'string' && one.includes('/') ? null : addressOf(one);
      if (!address) throw new OperationError(`${pyRepr(one)} does not appear to be an IPv4 or IPv6 address`, 'jinja.value');
      return inNetwork(address, net) ? [one] : [];
    }),
  );
}

export const saltNetFilters: Readonly<Record<string, Filter>> = {
  is_ip: isOf(4, 6),
  is_ipv4: isOf(4),
  is_ipv6: isOf(6),
  ipaddr: picks(4, 6),
  ipv4: picks(4),
  ipv6: picks(6),
  ipwrap: pure((of) => (Array.isArray(of) || of instanceof Tuple ? iterate(of).map(wrapped) : wrapped(of))),
  ip_host: mapped((found) => formatInterface({ ...found, prefix: found.prefix ?? (found.version === 4 ? 32 : 128) })),
  network_hosts: mapped((found) => {
    const hosts = hostsOf(networkOf(found), HOSTS);
    if (!hosts) throw new OperationError(`the network has more than ${HOSTS} hosts`, 'jinja.budget');
    return hosts.map((value) => formatAddress({ version: found.version, value }));
  }),
  network_size: mapped((found) => networkOf(found).size),
  filter_by_networks: pure((of, call) => within(of, arg(call, 0, 'networks'))),
};
