/** The grains of this machine, and beside them what real Salt says of it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { readGrains } from '../../../agent/grains/core.ts';
import { gpusIn } from '../../../agent/grains/hardware.ts';
import { numberOf, parseResolv } from '../../../agent/grains/network.ts';
import { cpuGrains, kernelParameters, memoryGrains } from '../../../agent/grains/system.ts';
import { VERSION } from '../../../agent/version.ts';
import { type Dict, toPlain } from '../../../core/value.ts';
import { createSaltMinion, saltCall, whyNoSalt } from '../../support/salt.ts';

let grains: Readonly<Record<string, unknown>>;
const problems: string[] = [];
beforeAll(async () => {
  const read = await readGrains({ id: 'web1', env: process.env, problem: (source) => problems.push(source) });
  grains = toPlain(read) as Record<string, unknown>;
});

const NAMED =
  `id os os_family osrelease osrelease_info osmajorrelease osfinger oscodename osarch kernel kernelrelease kernelversion cpuarch
  cpu_model num_cpus mem_total swap_total host fqdn domain nodename machine_id ipv4 ipv6 ip4_interfaces ip6_interfaces hwaddr_interfaces virtual init
  path pid ppid saltversion shell locale_info cpu_flags fqdns ip_interfaces dns gpus num_gpus disks ssds efi uid username gid groupname cwd localhost
  server_id systempath kernelparams ps`.split(/\s+/);

it('has every grain that templates ask for', () => {
  expect(NAMED.filter((name) => grains[name] === undefined)).toEqual([]);
  expect(grains).toMatchObject({ id: 'web1', saltversion: '3008.5', brineversion: VERSION, kernel: 'Linux', pid: process.pid });
  expect(problems).toEqual([]);
});

/** What is about Python, about Salt's own files or its master; and what is of the one process that asks. */
const SALTS = `pythonversion pythonpath pythonexecutable saltpath zmqversion master package ca_truststore`.split(' ');
const OF_PROCESS = new Set(['pid', 'cwd', 'path', 'systempath']);

it.runIf(saltCall)(
  'are what Salt says of the same machine',
  async () => {
    const minion = createSaltMinion('web1');
    try {
      const salt = (await minion.call('grains.items')) as Record<string, unknown>;
      const names = [...new Set([...Object.keys(salt), ...NAMED])].filter((name) => !OF_PROCESS.has(name) && name !== 'ppid');
      const differ = names.filter((name) => JSON.stringify(inOrder(salt[name])) !== JSON.stringify(inOrder(grains[name])));
      for (const name of differ)
        console.log(`${name}: Salt ${JSON.stringify(salt[name])}, Brine ${JSON.stringify(grains[name])}`);
      expect(differ.filter((name) => !SALTS.includes(name))).toEqual([]);
    } finally {
      minion.close();
    }
  },
  60_000,
);
if (!saltCall) console.log(whyNoSalt);

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('files of machines that are not here', () => {
  it.each([
    [
      'an ARM board',
      'processor\t: 0\nBogoMIPS\t: 48.00\nFeatures\t: fp asimd\n\nprocessor\t: 1\nHardware\t: BCM2835\n',
      2,
      'Unknown',
      2,
    ],
    [
      'POWER',
      'processor\t: 0\ncpu\t\t: POWER9 (architected), altivec supported\n',
      1,
      'POWER9 (architected), altivec supported',
      0,
    ],
    ['s390x', 'vendor_id       : IBM/S390\n# processors    : 4\n', 4, 'IBM/S390', 0],
    ['an old ARM kernel', 'Processor\t: ARMv6-compatible processor rev 7 (v6l)\nFeatures\t: swp half\n', 1, 'ARMv6', 2],
    ['nothing', '', 0, 'Unknown', 0],
  ])('%s', (_name, text, count, model, flags) => {
    const { num_cpus, cpu_model, cpu_flags } = cpuGrains(text);
    expect([Number(num_cpus), cpu_model, (cpu_flags as string[]).length]).toEqual([count, model, flags]);
  });

  it('memory in megabytes, of nothing none', () => {
    expect(memoryGrains('MemTotal:       24683776 kB\nSwapTotal: 2048 kB\n')).toEqual({ mem_total: 24_105n, swap_total: 2n });
    expect(memoryGrains('')).toEqual({ mem_total: 0n, swap_total: 0n });
  });

  it('kernel parameters as pairs', () => {
    expect(kernelParameters('quiet root=UUID=1-2 opts="a b" x= init=/sbin/init\n')).toEqual([
      ['quiet', null],
      ['root', null],
      ['opts', 'a b'],
      ['x', ''],
      ['init', '/sbin/init'],
    ]);
  });

  it('name servers as resolv.conf has them', () => {
    const text = '# c\nnameserver 10.0.0.2\nnameserver fe80::1 ; c\nnameserver x\nsearch a.b c.d\noptions edns0\ndomain a.b\n';
    expect(toPlain(parseResolv(text))).toEqual({
      nameservers: ['10.0.0.2', 'fe80::1'],
      ip4_nameservers: ['10.0.0.2'],
      ip6_nameservers: ['fe80::1'],
      sortlist: [],
      domain: 'a.b',
      search: ['a.b', 'c.d'],
      options: ['edns0'],
    });
  });

  it('graphics of lspci', () => {
    const text =
      'Slot:\t00:02.0\nClass:\tVGA compatible controller\nVendor:\tIntel Corporation\nDevice:\tIris Xe\n\nSlot:\t1\nClass:\tEthernet controller\nVendor:\tIntel\nDevice:\tX\n\nClass:\t3D controller\nVendor:\tNVIDIA Corporation\nDevice:\tA100\n';
    expect(gpusIn(text).map((gpu) => toPlain(gpu as Dict))).toEqual([
      { vendor: 'intel', model: 'Iris Xe' },
      { vendor: 'nvidia', model: 'A100' },
    ]);
  });

  it.each([
    ['10.0.0.9', '10.0.0.10'],
    ['::1', 'fd00::2'],
    ['fd00::2', 'fe80::fc:ff:fe00:1'],
    ['1::', '1::1'],
  ])('%s comes before %s', (a, b) => expect(numberOf(a) < numberOf(b)).toBe(true));
});
