/** The same calls in Brine and in real Salt on this machine: the rows that differ are printed, and none may. Skipped, with the reason, where no Salt is. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toPlain } from '../../../core/value.ts';
import { createHost, type Host } from '../../support/host.ts';
import { createSaltMinion, type SaltMinion, saltCall, whyNoSalt } from '../../support/salt.ts';

/** What of a return is held against Salt's: all of it, or its shape where the numbers move. */
type How = 'value' | 'shape';
const rows: readonly (readonly [How, string, (readonly string[])?])[] = [
  ['value', 'test.echo', ['hello']],
  ['value', 'cmd.run', ['echo a; echo b >&2; exit 3', 'python_shell=True']],
  ['value', 'cmd.run_stdout', ['printf "  x \\n\\n"']],
  ['value', 'cmd.retcode', ['exit 7', 'python_shell=True']],
  ['value', 'cmd.which', ['sh']],
  ['value', 'cmd.has_exec', ['nosuch']],
  ['value', 'cmd.exec_code', ['sh', 'echo 1; exit 2']],
  ['shape', 'cmd.run_all', ['echo a']],
  ['shape', 'status.uptime'],
  ['shape', 'status.loadavg'],
  ['shape', 'status.meminfo'],
  ['shape', 'status.cpuinfo'],
  ['shape', 'status.cpustats'],
  ['shape', 'status.netdev'],
  ['shape', 'status.diskstats'],
  ['shape', 'status.vmstats'],
  ['value', 'status.nproc'],
  ['value', 'status.version'],
  ['value', 'status.w'],
  ['shape', 'status.diskusage', ['/']],
  ['shape', 'disk.usage'],
  ['value', 'disk.percent', ['/']],
  ['shape', 'disk.inodeusage'],
  ['value', 'network.interfaces'],
  ['value', 'network.interface', ['lo']],
  ['value', 'network.interface_ip', ['lo']],
  ['value', 'network.ip_addrs'],
  ['value', 'network.ip_addrs', ['include_loopback=True']],
  ['value', 'network.ip_addrs6'],
  ['value', 'network.hw_addr', ['lo']],
  ['value', 'network.hwaddr', ['nope']],
  ['value', 'network.get_hostname'],
  ['value', 'network.subnets'],
  ['value', 'network.in_subnet', ['127.0.0.0/8']],
  ['value', 'network.is_private', ['10.0.0.1']],
  ['value', 'network.calc_net', ['192.0.2.5/24']],
  ['value', 'network.connect', ['127.0.0.1', '1']],
  ['value', 'user.info', ['root']],
  ['value', 'user.info', ['nosuch']],
  ['value', 'user.list_users'],
  ['value', 'user.getent'],
  ['value', 'user.list_groups', ['root']],
  ['value', 'group.info', ['root']],
  ['value', 'group.getent'],
  ['value', 'ps.num_cpus'],
  ['value', 'ps.total_physical_memory'],
  ['shape', 'ps.virtual_memory'],
  ['shape', 'ps.swap_memory'],
  ['shape', 'ps.disk_usage', ['/']],
  ['shape', 'ps.disk_partitions'],
  ['shape', 'ps.disk_partition_usage'],
  ['shape', 'ps.disk_io_counters'],
  ['shape', 'ps.network_io_counters'],
  ['shape', 'ps.cpu_times'],
  ['shape', 'ps.top', ['1', '0.2']],
  ['value', 'ps.boot_time'],
  ['value', 'ps.pgrep', ['nosuchprocess']],
  ['value', 'ps.psaux', ['nosuchproc']],
  ['value', 'ps.proc_info', ['1', 'attrs=[pid, name, ppid]']],
  ['value', 'pkg.version', ['bash']],
  ['value', 'pkg.version', ['bash', 'nosuchpkg']],
  ['value', 'pkg.list_pkgs'],
  ['value', 'pkg.owner', ['/bin/bash']],
  ['value', 'pkg.version_cmp', ['0.2.4-0ubuntu1', '0.2.4.1-0ubuntu1']],
  ['value', 'pkg.file_list', ['base-files']],
  ['value', 'file.stats', ['D/a']],
  ['value', 'file.lstat', ['D/a']],
  ['value', 'file.find', ['D', 'type=f', 'print=name,size,mode,user']],
  ['value', 'file.get_hash', ['D/a', 'sha512']],
  ['value', 'file.contains_regex', ['D/a', '^t']],
  ['value', 'file.replace', ['D/a', '^two$', '2', 'dry_run=True']],
  ['value', 'file.diskusage', ['D']],
  ['value', 'system.get_system_date'],
  ['value', 'grains.get', ['osfinger']],
  ['value', 'match.glob', ['web*']],
];

let host: Host;
let salt: SaltMinion;
beforeAll(() => {
  if (!saltCall) return;
  host = createHost({ grains: { id: 'web1', os_family: 'Debian', osfinger: 'Debian-12' } });
  salt = createSaltMinion('web1');
  mkdirSync(join(host.dir, 'f'));
  writeFileSync(join(host.dir, 'f/a'), 'one\ntwo\nthree\n');
});
afterAll(() => {
  host?.close();
  salt?.close();
});

/** Types instead of values; of a list its first member; names that only one side has are told by `missing`. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]) => [name, shapeOf(item)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

it.runIf(saltCall)(
  'give what Salt gives',
  async () => {
    const differ: string[] = [];
    for (const [how, fun, words = []] of rows) {
      const given = words.map((word) => word.replace(/^D/, join(host.dir, 'f')));
      const theirs = await salt.call(fun, given);
      const { return: value } = await host.call(
        fun,
        given.map((word) => (/^\d+(\.\d+)?$/.test(word) && fun !== 'cmd.run' ? Number(word) : word)),
      );
      const ours = JSON.parse(JSON.stringify(toPlain(value)));
      const same = how === 'shape' ? [shapeOf(theirs), shapeOf(ours)] : [sorted(theirs), sorted(ours)];
      if (JSON.stringify(same[0]) !== JSON.stringify(same[1]))
        differ.push(`${fun} ${words.join(' ')}\n  Salt:  ${show(same[0])}\n  Brine: ${show(same[1])}`);
    }
    if (differ.length > 0) console.log(differ.join('\n'));
    expect(differ.map((row) => row.split('\n')[0])).toEqual([]);
  },
  300_000,
);
if (!saltCall) console.log(whyNoSalt);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, 600);
}
