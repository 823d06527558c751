/** Interfaces with their addresses, masks and scopes. */
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { numberOf, readInterfaces } from '../grains/network.ts';

export interface Interface {
  readonly name: string;
  readonly up: boolean;
  readonly mac: string;
  readonly inet: readonly {
    readonly address: string;
    readonly netmask: string;
    readonly broadcast: string | null;
    readonly label: string;
  }[];
  readonly inet6: readonly { readonly address: string; readonly prefixlen: string; readonly scope: string }[];
}

const IFF_UP = 1;

export function readAddresses(): readonly Interface[] {
  const known = networkInterfaces();
  return readInterfaces().map(({ name, mac, addresses }) => {
    const all = known[name] ?? [];
    const maskOf = (address: string) => all.find((one) => one.address === address)?.netmask ?? '255.255.255.255';
    const lengthOf = (address: string) => all.find((one) => one.address === address)?.cidr?.split('/')[1] ?? '128';
    const four = addresses.filter(isIPv4);
    return {
      name,
      mac,
      up: (flagsOf(name) & IFF_UP) !== 0,
      inet: four.map((address) => ({
        address,
        netmask: maskOf(address),
        broadcast: name === 'lo' ? null : broadcastOf(address, maskOf(address)),
        label: name,
      })),
      inet6: addresses
        .filter((address) => !isIPv4(address))
        .map((address) => ({ address, prefixlen: lengthOf(address), scope: scopeOf(address) })),
    };
  });
}

function flagsOf(name: string): number {
  try {
    return Number(readFileSync(`/sys/class/net/${name}/flags`, 'utf8'));
  } catch {
    return IFF_UP; // only what is up is listed without /sys
  }
}

function broadcastOf(address: string, netmask: string): string {
  const number = numberOf(address) | (numberOf(netmask) ^ 0xffffffffn);
  return [24n, 16n, 8n, 0n].map((at) => (number >> at) & 255n).join('.');
}

function scopeOf(address: string): string {
  if (address === '::1') return 'host';
  return /^fe[89ab]/i.test(address) ? 'link' : 'global';
}
