/** Modules that tell how this machine is: their shapes are Salt's, their numbers the machine's own. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { arch, cpus, hostname, networkInterfaces, totalmem } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPlain } from '../../../core/value.ts';
import { createFakes } from '../../support/fake-command.ts';
import { createHost, type Host } from '../../support/host.ts';

let host: Host;
beforeAll(() => {
  host = createHost();
});
afterAll(() => host.close());
const ask = async (fun: string, arg: unknown[] = [], kwarg: Record<string, unknown> = {}) =>
  toPlain((await host.call(fun, arg, kwarg)).return) as never;

const number = expect.any(Number);
const digits = expect.stringMatching(/^\d+$/);
const percent = expect.stringMatching(/^\d+%$/);
const text = expect.any(String);

describe('shapes', () => {
  it.each<[string, unknown[], unknown]>([
    [
      'status.uptime',
      [],
      {
        seconds: number,
        since_iso: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+$/),
        since_t: number,
        days: number,
        time: expect.stringMatching(/^\d+:\d\d$/),
        users: number,
      },
    ],
    ['status.loadavg', [], { '1-min': number, '5-min': number, '15-min': number }],
    ['status.nproc', [], cpus().length],
    ['status.version', [], expect.stringMatching(/^Linux version /)],
    ['status.w', [], expect.any(Array)],
    ['status.diskusage', ['/'], { '/': { available: number, total: number } }],
    ['status.diskusage', ['/nowhere'], {}],
    ['status.ping_master', ['brine'], true],
    ['disk.percent', ['/'], percent],
    ['disk.usage', ['--help'], 'ERROR: Invalid flag passed to disk.usage'],
    ['network.get_hostname', [], hostname()],
    ['network.hw_addr', ['nope'], expect.stringMatching(/^Interface "nope" not in available interfaces: "lo"/)],
    ['network.is_loopback', ['127.1.2.3'], true],
    ['network.is_private', ['10.0.0.1'], true],
    ['network.is_private', ['8.8.8.8'], false],
    ['network.in_subnet', ['127.0.0.0/8'], false],
    ['network.ip_in_subnet', ['10.1.2.3', '10.0.0.0/8'], true],
    ['network.ip_in_subnet', ['10.1.2.3', 'fd00::/8'], false],
    ['network.calc_net', ['192.0.2.5/24'], '192.0.2.0/24'],
    ['network.calc_net', ['172.17.0.5', '255.255.255.240'], '172.17.0.0/28'],
    ['network.calc_net', ['2a0d::5/64'], '2a0d::/64'],
    ['network.ping', ['-f'], "ERROR executing 'network.ping': host: expected a name or an address, found '-f'"],
    [
      'user.info',
      ['root'],
      {
        gid: 0,
        groups: ['root'],
        home: '/root',
        name: 'root',
        passwd: 'x',
        shell: text,
        uid: 0,
        fullname: 'root',
        roomnumber: '',
        workphone: '',
        homephone: '',
        other: '',
      },
    ],
    ['user.info', ['nosuch'], {}],
    ['user.list_groups', ['root'], ['root']],
    ['user.primary_group', ['root'], 'root'],
    ['group.info', ['root'], { name: 'root', passwd: 'x', gid: 0, members: [] }],
    ['group.info', ['nosuch'], {}],
    ['ps.num_cpus', [], cpus().length],
    ['ps.total_physical_memory', [], totalmem()],
    ['ps.proc_info', [999_999_999], 'ERROR: process PID not found (pid=999999999)'],
    [
      'ps.proc_info',
      [process.pid, ['pid', 'ppid', 'name', 'status']],
      { pid: process.pid, ppid: process.ppid, name: text, status: text },
    ],
    ['ps.proc_info', [1, ['environ']], expect.stringContaining("found 'environ'")],
    ['ps.pgrep', ['nosuchprocess'], null],
    ['ps.pkill', ['nosuchprocess'], null],
    ['ps.kill_pid', [999_999_999], false],
    ['ps.disk_usage', ['/'], { total: number, used: number, free: number, percent: number }],
    ['ps.swap_memory', [], { total: number, used: number, free: number, percent: number, sin: number, sout: number }],
    [
      'ps.network_io_counters',
      ['lo'],
      {
        bytes_sent: number,
        bytes_recv: number,
        packets_sent: number,
        packets_recv: number,
        errin: 0,
        errout: 0,
        dropin: number,
        dropout: number,
      },
    ],
    ['ps.boot_time', ['%Y'], expect.stringMatching(/^20\d\d$/)],
    ['ps.psaux', ['nosuchproc'], ['nosuchproc', [], '0 occurrence(s).']],
    ['ps.cpu_percent', [0.05], number],
  ])('%s %j', async (fun, arg, expected) => expect(await ask(fun, arg)).toEqual(expected));
});

it('status.meminfo, cpuinfo and procs are what /proc says', async () => {
  const meminfo = (await ask('status.meminfo')) as Record<string, unknown>;
  expect(meminfo.MemTotal).toEqual({ value: String(totalmem() / 1024), unit: 'kB' });
  expect(meminfo.HugePages_Total).toEqual({ value: digits });
  expect(
    ((await ask('status.cpuinfo')) as { flags?: string[]; Features?: string[] })[arch() === 'x64' ? 'flags' : 'Features'],
  ).toEqual(expect.any(Array));
  const procs = (await ask('status.procs')) as Record<string, { user: string; cmd: string }>;
  expect(procs[String(process.pid)]?.cmd).toContain('node');
  const cpu = (await ask('status.cpustats')) as { cpu: object };
  expect(Object.keys(cpu.cpu)).toEqual(['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user']);
  const all = (await ask('status.all_status')) as Record<string, unknown>;
  expect(Object.keys(all).sort()).toEqual([
    'cpuinfo',
    'cpustats',
    'diskstats',
    'diskusage',
    'loadavg',
    'meminfo',
    'netdev',
    'uptime',
    'vmstats',
    'w',
  ]);
});

it('disk.usage and disk.inodeusage are what df says', async () => {
  const usage = (await ask('disk.usage')) as Record<string, unknown>;
  expect(usage['/']).toEqual({ filesystem: text, '1K-blocks': digits, used: digits, available: digits, capacity: percent });
  expect(((await ask('disk.inodeusage')) as Record<string, unknown>)['/']).toEqual({
    inodes: digits,
    used: digits,
    free: digits,
    use: expect.stringMatching(/^(\d+%|-)$/),
    filesystem: text,
  });
  expect(((await ask('disk.usage', ['h'])) as Record<string, object>)['/']).toHaveProperty('size');
});

it('network.interfaces, addresses by kind, and hosts that answer', async () => {
  const all = (await ask('network.interfaces')) as Record<string, object>;
  expect(all.lo).toMatchObject({
    up: true,
    hwaddr: '00:00:00:00:00:00',
    inet: [{ address: '127.0.0.1', netmask: '255.0.0.0', broadcast: null, label: 'lo' }],
  });
  const mine = Object.values(networkInterfaces()).flatMap((list = []) =>
    list.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address),
  );
  expect([...((await ask('network.ip_addrs')) as string[])].sort()).toEqual([...mine].sort());
  expect(await ask('network.ip_addrs', [], { include_loopback: true, interface: 'lo' })).toEqual(['127.0.0.1']);
  expect(await ask('network.ip_addrs', [], { cidr: '203.0.113.0/24' })).toEqual([]);
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  expect(await ask('network.connect', ['127.0.0.1', port])).toEqual({
    result: true,
    comment: `Successfully connected to 127.0.0.1 (127.0.0.1) on tcp port ${port}`,
  });
  await new Promise((done) => server.close(done));
  expect(await ask('network.connect', ['127.0.0.1', port])).toEqual({
    result: false,
    comment: `Unable to connect to 127.0.0.1 (127.0.0.1) on tcp port ${port}`,
  });
});

it('network.ping says what ping says, or whether it answered', async () => {
  const fakes = createFakes(host.dir, {
    ping: 'case "$*" in *web1) echo "4 packets transmitted" ;; *) echo "unknown host" >&2; exit 2 ;; esac',
  });
  const pinging = createHost({ env: { PATH: `${fakes.path}:${process.env.PATH}` } });
  expect((await pinging.call('network.ping', ['web1'])).return).toBe('4 packets transmitted');
  expect((await pinging.call('network.ping', ['web1'], { return_boolean: true, timeout: 3 })).return).toBe(true);
  expect((await pinging.call('network.ping', ['db1'], { return_boolean: true })).return).toBe(false);
  expect((await pinging.call('network.ping', ['db1'])).retcode).toBe(2);
  expect(fakes.calls()).toContain('ping -W 3 -c 4 web1');
  pinging.close();
});

it('a process is found, seen and ended', async () => {
  const child = spawn('/bin/sh', ['-c', 'sleep 60; : brine-victim'], { stdio: 'ignore' });
  const ended = new Promise<string | null>((done) => child.once('exit', (_code, signal) => done(signal)));
  const pids = (await ask('ps.pgrep', ['brine-victim'], { full: true })) as number[];
  expect(pids).toContain(child.pid);
  expect(await ask('ps.pgrep', ['brine-victi[m]$'], { full: true, pattern_is_regex: true })).toContain(child.pid);
  const info = (await ask('ps.proc_info', [child.pid])) as Record<string, unknown>;
  expect(info).toMatchObject({ cmdline: ['/bin/sh', '-c', 'sleep 60; : brine-victim'], ppid: process.pid });
  expect(info).not.toHaveProperty('environ');
  const top = (await ask('ps.top', [3, 0.05])) as { pid: number; cpu: object; mem: object }[];
  expect(top[0]).toMatchObject({ pid: number, cpu: { user: number, iowait: number }, mem: { rss: number, dirty: number } });
  expect(await ask('ps.pkill', ['brine-victim'], { full: true })).toEqual({ killed: expect.arrayContaining([child.pid]) });
  expect(await ended).toBe('SIGTERM');
});
