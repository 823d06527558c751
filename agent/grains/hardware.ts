/** What is below the system: firmware, disks, graphics, and whose machine this is a part of. */
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Dict, type Value } from '../../core/value.ts';
import { whichOf } from '../modules/which.ts';
import { commandSays, once, textOf } from './asked.ts';

type Grains = Readonly<Record<string, Value>>;

export async function hardwareGrains(): Promise<Grains> {
  const firmware = firmwareGrains();
  return { ...firmware, ...diskGrains(), ...(await gpuGrains()), ...(await virtualGrains(firmware)), ...efiGrains() };
}

const FIRMWARE: Readonly<Record<string, string>> = {
  biosversion: 'bios_version',
  biosvendor: 'bios_vendor',
  boardname: 'board_name',
  productname: 'product_name',
  manufacturer: 'sys_vendor',
  biosreleasedate: 'bios_date',
  uuid: 'product_uuid',
  serialnumber: 'product_serial',
};

function firmwareGrains(): Readonly<Record<string, string>> {
  const dir = '/sys/class/dmi/id';
  const found = Object.entries(FIRMWARE)
    .filter(([, file]) => existsSync(`${dir}/${file}`))
    .map(([name, file]) => [name, textOf(`${dir}/${file}`).trim()] as const)
    .filter(([, text]) => text !== '');
  return Object.fromEntries(found.map(([name, text]) => [name, name === 'uuid' ? text.toLowerCase() : text]));
}

/** Salt's names: what turns is among `disks`, what does not among `ssds`. */
function diskGrains(): Grains {
  const dir = '/sys/block';
  const devices = existsSync(dir) ? readdirSync(dir).sort() : [];
  const real = devices.filter((device) => !linkOf(`${dir}/${device}`).startsWith('../devices/virtual/'));
  const turning = (device: string) => textOf(`${dir}/${device}/queue/rotational`).slice(0, 1);
  return {
    disks: real.filter((device) => turning(device) === '1'),
    ssds: real.filter((device) => turning(device) === '0'),
    fibre_channel_host: existsSync('/sys/class/fc_host'),
  };
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const CLASSES = /^(3d controller|display controller|processing accelerators|vga compatible controller)$/i;
const VENDORS = ['nvidia', 'amd', 'ati', 'intel', 'cirrus logic', 'vmware', 'matrox', 'aspeed'];
const lspci = once(() => commandSays('lspci', '-vmm'));

async function gpuGrains(): Promise<Grains> {
  const gpus = gpusIn((await lspci()).out);
  return { num_gpus: BigInt(gpus.length), gpus };
}

export function gpusIn(text: string): Value[] {
  return text
    .split('\n\n')
    .map((block) => Object.fromEntries([...block.matchAll(/^(\w+):\s+(.*)$/gm)].map(([, key, value]) => [key, value?.trim()])))
    .filter(({ Class = '' }) => CLASSES.test(Class))
    .map(({ Vendor = '', Device = '' }) => {
      const words = Vendor.replaceAll(/[^a-zA-Z ]/g, ' ').toLowerCase();
      return Dict.of({ vendor: VENDORS.find((name) => ` ${words} `.includes(` ${name} `)) ?? 'unknown', model: Device });
    });
}

/** What `systemd-detect-virt` says → Salt's word, and what kind of it. */
type Rule = readonly [pattern: RegExp, virtual: string, subtype?: string];
const DETECTED: readonly Rule[] = [
  [/^(qemu|kvm|oracle|xen|bochs|chroot|uml|systemd-nspawn)$/, '='],
  [/vmware/, 'VMware'],
  [/microsoft/, 'VirtualPC'],
  [/lxc/, 'container', 'LXC'],
  [/podman/, 'container', 'Podman'],
  [/docker/, 'container', 'Docker'],
  [/amazon/, 'Nitro', 'Amazon EC2'],
];
/** What `virt-what` prints, a line for each. */
const FACTS: readonly Rule[] = [
  [/^(kvm|qemu|uml|xen)$/, '='],
  [/lxc/, 'container', 'LXC'],
  [/docker/, 'container', 'Docker'],
  [/vmware/, 'VMware'],
  [/parallels/, 'Parallels'],
  [/nutanix/, 'kvm', 'Nutanix AHV'],
  [/hyperv/, 'HyperV'],
  [/^ibm_power-kvm$/, 'kvm'],
];

const detected = once(async () => {
  if (whichOf('virt-what', { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' })) {
    const { code, out } = await commandSays('virt-what');
    return code === 0 ? choose(FACTS, out.split('\n')) : null;
  }
  const { code, out } = await commandSays('systemd-detect-virt');
  return code === 0 ? choose(DETECTED, [out]) : null;
});

function choose(rules: readonly Rule[], lines: readonly string[]): readonly [string, string?] | null {
  for (const line of lines)
    for (const [pattern, name, ...subtype] of rules) if (pattern.test(line)) return [name === '=' ? line : name, ...subtype];
  return null;
}

async function virtualGrains(firmware: Readonly<Record<string, string>>): Promise<Grains> {
  const { manufacturer = '', productname = '', biosvendor = '' } = firmware;
  let [virtual, subtype] = (await detected()) ?? fromFirmware(firmware) ?? ['physical'];
  if (isChroot()) subtype = 'chroot';
  if (/VirtualBox/.test(productname)) virtual = 'VirtualBox';
  if (/Google/.test(productname)) virtual = 'gce';
  const cgroup = textOf('/proc/1/cgroup');
  if (cgroup.includes(':/lxc/') || textOf('/proc/1/environ').includes('container=lxc')) [virtual, subtype] = ['container', 'LXC'];
  else if (cgroup.includes(':/kubepods/')) subtype = 'kubernetes';
  else if (cgroup.includes(':/libpod_parent/')) subtype = 'libpod';
  else if (/:\/(system\.slice\/docker|docker\/|docker-ce\/)/.test(cgroup)) [virtual, subtype] = ['container', 'Docker'];
  if (subtype !== undefined && virtual === 'physical') virtual = 'virtual';
  if (/^(qemu|kvm|xen|amazon)$/.test(virtual) && /Amazon EC2/.test(manufacturer + biosvendor))
    [virtual, subtype] = [virtual === 'xen' ? virtual : 'Nitro', `Amazon EC2${productname && ` (${productname})`}`];
  return { virtual, ...(subtype !== undefined && { virtual_subtype: subtype }) };
}

function fromFirmware({
  manufacturer = '',
  productname = '',
  biosvendor = '',
}: Readonly<Record<string, string>>): [string] | null {
  if (/QEMU|Bochs|oVirt|SeaBIOS/.test(manufacturer + biosvendor)) return ['kvm'];
  if (/VMware/.test(manufacturer + productname)) return ['VMware'];
  if (/Microsoft/.test(manufacturer) && /Virtual Machine/.test(productname)) return ['VirtualPC'];
  return /Parallels/.test(manufacturer) ? ['Parallels'] : null;
}

function isChroot(): boolean {
  try {
    const [own, first] = [statSync('/'), statSync('/proc/1/root/.')];
    return own.dev !== first.dev || own.ino !== first.ino;
  } catch {
    return false; // only root may look
  }
}

function efiGrains(): Grains {
  const dir = ['/sys/firmware/efi/efivars', '/sys/firmware/efi/vars'].find((path) => existsSync(path));
  if (dir === undefined) return { efi: false, 'efi-secure-boot': false };
  const name = readdirSync(dir).find((file) => file.startsWith('SecureBoot-'));
  const text = name === undefined ? '' : textOf(`${dir}/${name}${basename(dir) === 'vars' ? '/data' : ''}`);
  return { efi: true, 'efi-secure-boot': text.at(-1) === '\x01' };
}
