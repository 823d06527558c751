/** `status.*`: how the machine is. */
import { statfsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { matchGlob } from '../../core/glob.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { loggedIn } from './logged-in.ts';
import type { Module, ModuleContext } from './module.ts';
import { commandOf, idsOf, mounts, pids, procText, readProcess, userNameOf } from './proc.ts';
import { text } from './schemas.ts';

const of = (doc: string, run: (it: ModuleContext) => Value) => ({ doc, parameters: [], run });
const whole = (value: string | undefined) => BigInt(Math.trunc(Number(value ?? 0)) || 0);

export const status: Module = {
  uptime: of('How long the machine has been up.', uptime),
  loadavg: of('The load of the last 1, 5 and 15 minutes.', () => {
    const [one = 0, five = 0, fifteen = 0] = loadavg();
    return Dict.of({ '1-min': one, '5-min': five, '15-min': fifteen });
  }),
  meminfo: of('What /proc/meminfo says.', () => {
    const found = [...procText('meminfo').matchAll(/^([^:\n]+):\s+(\d+)(?: (\w+))?$/gm)];
    return Dict.from(
      found.map(([, name = '', value = '', unit]) => [name, Dict.of({ value, ...(unit !== undefined && { unit }) })]),
    );
  }),
  cpuinfo: of('What /proc/cpuinfo says of the last processor.', cpuinfo),
  cpustats: of('What the processors have done since boot, in ticks.', cpustats),
  nproc: of('How many processors there are.', () => BigInt(procText('cpuinfo').match(/^processor\s*:/gm)?.length ?? 0)),
  version: of('What the kernel says of itself.', () => procText('version').trim()),
  vmstats: of('What /proc/vmstat says.', () => {
    const rows = procText('vmstat')
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    return Dict.from(rows.map(([name = '', value]) => [name, whole(value)]));
  }),
  netdev: of('Bytes and packets of each interface.', netdev),
  diskstats: of('What each disk has read and written.', diskstats),
  procs: of('The processes: user and command by pid.', procs),
  w: of('Who is logged in.', () => loggedIn()),
  diskusage: {
    doc: 'Bytes that are there and bytes that are free, of the file systems at some paths, or of those whose type fits\na glob (glob:ext*); of all without an argument.',
    example: '/ /srv',
    parameters: [],
    varargs: true,
    run: (_it, { args = [] }) => diskusage((args as Value[]).map((arg) => pyStr(arg))),
  },
  pid: {
    doc: 'The pids of processes whose command line holds a text, one a line.',
    example: 'sshd',
    parameters: [{ name: 'sig', is: text }],
    run: (_it, { sig = '' }) =>
      pids()
        .filter((pid) => pid !== process.pid && commandOf(pid).join(' ').includes(pyStr(sig)))
        .join('\n'),
  },
  all_status: of('Load, memory, processors, disks, network and processes in one.', (it) =>
    Dict.from(
      ['cpuinfo', 'cpustats', 'diskstats', 'loadavg', 'meminfo', 'netdev', 'uptime', 'vmstats', 'w'].map((name) => [
        name,
        (status[name] as { run(it: ModuleContext, values: object): Value }).run(it, {}),
      ]),
    ).set('diskusage', diskusage([])),
  ),
  ping_master: {
    doc: 'Is the platform reached? True when the link of this agent stands; which master is named is not looked at.',
    example: 'brine',
    parameters: [{ name: 'master', is: text }],
    run: (it) => it.linked(),
  },
  master: {
    doc: 'Is the platform reached? True when the link of this agent stands.',
    parameters: [
      { name: 'master', value: null },
      { name: 'connected', value: true },
    ],
    run: (it) => it.linked(),
  },
};

function uptime(): Value {
  const seconds = Math.floor(Number(procText('uptime').split(' ')[0]));
  const since = Date.now() / 1000 - Number(procText('uptime').split(' ')[0]);
  const [days, rest] = [Math.floor(seconds / 86_400), seconds % 86_400];
  return Dict.of({
    seconds: BigInt(seconds),
    since_iso: `${new Date(since * 1000).toISOString().slice(0, 23)}000`,
    since_t: BigInt(Math.floor(since)),
    days: BigInt(days),
    time: `${Math.floor(rest / 3600)}:${String(Math.floor((rest % 3600) / 60)).padStart(2, '0')}`,
    users: BigInt(loggedIn().length),
  });
}

function cpuinfo(): Value {
  const found = new Dict();
  for (const line of procText('cpuinfo').split('\n')) {
    const at = line.indexOf(':');
    if (at < 0) continue;
    const [name, value] = [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    found.set(name, name === 'flags' || name === 'Features' ? value.split(/\s+/) : value);
  }
  return found;
}

const CPU = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];

function cpustats(): Value {
  const found = new Dict();
  for (const line of procText('stat').trim().split('\n')) {
    const [name = '', ...numbers] = line.split(/\s+/);
    if (name === 'cpu')
      found.set(name, Dict.from(CPU.map((kind, i) => [kind, whole(numbers[i])] as const).sort(([a], [b]) => (a < b ? -1 : 1))));
    else if (name === 'intr') found.set(name, Dict.of({ total: whole(numbers[0]), irqs: numbers.slice(1).map(whole) }));
    else if (name === 'softirq') found.set(name, Dict.of({ total: whole(numbers[0]), softirqs: numbers.slice(1).map(whole) }));
    else found.set(name, whole(numbers[0]));
  }
  return found;
}

const RECEIVED = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'];
const SENT = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'];

function netdev(): Value {
  const lines = procText('net/dev').trim().split('\n').slice(2);
  return Dict.from(
    lines.map((line) => {
      const [name = '', rest = ''] = line.split(':').map((part) => part.trim());
      const numbers = rest.split(/\s+/);
      const received = RECEIVED.map((kind, i) => [`rx_${kind}`, whole(numbers[i])] as const);
      const sent = SENT.map((kind, i) => [`tx_${kind}`, whole(numbers[i + 8])] as const);
      return [name, Dict.from([['iface', name] as const, ...[...received, ...sent].sort(([a], [b]) => (a < b ? -1 : 1))])];
    }),
  );
}

const DISK =
  `reads_issued reads_merged sectors_read ms_spent_reading writes_completed writes_merged sectors_written ms_spent_writing io_in_progress
  ms_spent_in_io weighted_ms_spent_in_io`.split(/\s+/);

function diskstats(): Value {
  const rows = procText('diskstats')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return Dict.from(
    rows.map(([major, minor, device = '', ...numbers]) => [
      device,
      Dict.from([
        ['major', whole(major)],
        ['minor', whole(minor)],
        ['device', device],
        ...DISK.map((name, i) => [name, whole(numbers[i])] as const),
      ]),
    ]),
  );
}

function procs(): Value {
  return Dict.from(
    pids().flatMap((pid) => {
      const found = readProcess(pid);
      if (!found) return [];
      const cmd = commandOf(pid).join(' ') || `[${found.name}]`;
      return [[String(pid), Dict.of({ user: userNameOf(idsOf(pid, 'Uid')[1]), cmd })] as const];
    }),
  );
}

function diskusage(args: readonly string[]): Value {
  const globs = args.filter((arg) => arg.startsWith('glob:')).map((arg) => arg.slice('glob:'.length));
  const named = args.filter((arg) => !arg.startsWith('glob:'));
  const all = mounts()
    .filter(({ fstype }) => globs.length === 0 || globs.some((glob) => matchGlob(fstype, glob)))
    .map(({ mountpoint }) => mountpoint);
  const paths = named.length > 0 && globs.length === 0 ? named : [...named, ...all];
  const found = new Dict();
  for (const path of new Set(paths)) {
    try {
      const { bavail, blocks, bsize } = statfsSync(path);
      found.set(path, Dict.of({ available: BigInt(bavail * bsize), total: BigInt(blocks * bsize) }));
    } catch {
      // gone, or not ours to ask
    }
  }
  return found;
}
