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
import { pyRepr } from '../../python/print.ts';
import { Dict, type Value } from '../../value.ts';
import { type Filter, type FilterCall, pure } from './filter.ts';
import { iterate } from './operate.ts';
import { arg } from './parameters.ts';
import { OperationError } from './values.ts';

/** Hosts that a network may be written out to. */
const HOSTS = 65_536;

function addressOf(of: Value): Interface | null {
  if (typeof of === 'string') return parseInterface(of.trim());
  if (typeof of !== 'bigint' || of < 0n || of >= 1n << 128n) return null;
  return { version: of < 1n << 32n ? 4 : 6, value: of, zone: '' };
}

/** The address where it is of that version and has one of the properties asked for (`private, loopback`). */
function chosen(of: Value, version: 4 | 6 | null, call: FilterCall): Interface | null {
  const found = addressOf(of);
  if (!found || (version !== null && found.version !== version)) return null;
  const options = String(arg(call, 0, 'options') ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return options.length === 0 || options.some((option) => hasProperty(found, option)) ? found : null;
}

const isOf = (...versions: readonly (4 | 6)[]): Filter =>
  pure((of, call) => versions.some((version) => chosen(of, version, call) !== null));

const members = (of: Value): readonly Value[] | null =>
  of === null || typeof of !== 'object' || of instanceof Dict ? null : iterate(of);

/** Lists: those that are addresses, version 4 before version 6 where both are asked for; one value: itself or None. */
const picks = (...versions: readonly (4 | 6)[]): Filter =>
  pure((of, call) => {
    const pick = (list: readonly Value[], version: 4 | 6) =>
      list.flatMap((one) => {
        const found = typeof one === 'string' ? chosen(one, version, call) : null;
        return found ? [formatInterface(found)] : [];
      });
    const list = members(of);
    const all = versions.flatMap((version) => pick(list ?? [of], version));
    return list ? all : (all[0] ?? null);
  });

const mapped = (one: (of: Value, call: FilterCall) => Value): Filter =>
  pure((of, call) => {
    const list = members(of);
    return list ? list.map((item) => one(item, call)).filter((item) => item !== null) : one(of, call);
  });

function wrapped(of: Value): Value {
  if (typeof of === 'string' && of.includes('/') && parseInterface(of)?.version === 6)
    throw new OperationError(`'${of}' does not appear to be an IPv4 or IPv6 address`, 'jinja.value');
  const found = typeof of === 'string' ? parseInterface(of) : null;
  return found?.version === 6 ? `[${formatAddress(found)}]` : of;
}

function within(of: Value, networks: Value): Value {
  if (networks === null) return of;
  if (of instanceof Dict) return Dict.from([...of].map(([key, value]) => [key, within(value, networks)] as const));
  const nets = iterate(networks).map((net) => parseInterface(String(net)));
  if (nets.includes(null)) throw new OperationError('a network is an address and the length of its prefix', 'jinja.value');
  const inside = (net: Interface) =>
    iterate(of).filter((one) => {
      const address = addressOf(one);
      if (!address) throw new OperationError(`${pyRepr(one)} does not appear to be an IPv4 or IPv6 address`, 'jinja.value');
      return inNetwork(address, networkOf(net));
    });
  return (nets as Interface[]).flatMap(inside);
}

export const saltNetFilters: Readonly<Record<string, Filter>> = {
  is_ip: isOf(4, 6),
  is_ipv4: isOf(4),
  is_ipv6: isOf(6),
  ipaddr: picks(4, 6),
  ipv4: picks(4),
  ipv6: picks(6),
  ipwrap: pure((of) => members(of)?.map(wrapped) ?? wrapped(of)),
  ip_host: mapped((of) => {
    const found = addressOf(of);
    return found ? formatInterface(found) : null;
  }),
  network_hosts: mapped((of) => {
    const found = addressOf(of);
    if (!found) return null;
    const hosts = hostsOf(networkOf(found), HOSTS);
    if (!hosts) throw new OperationError(`the network has more than ${HOSTS} hosts`, 'jinja.budget');
    return hosts.map((value) => formatAddress({ version: found.version, value }));
  }),
  network_size: mapped((of) => {
    const found = addressOf(of);
    return found ? networkOf(found).size : null;
  }),
  filter_by_networks: pure((of, call) => within(of, arg(call, 0, 'networks'))),
};
