/** `ps.*`: processes, processors, memory and disks, by the names of psutil. */
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { loggedIn } from './logged-in.ts';
import type { Bound, Module, ModuleFunction } from './module.ts';
import { bootTime, commandOf, idsOf, memory, pids, procText, readProcess, TICKS, userNameOf } from './proc.ts';
import { pgrep, signalNumber } from './process-find.ts';
import { processInfo, STATES } from './process-info.ts';
import { busyBetween, cpuTimes, diskIo, KINDS, networkIo, partitions, swapMemory, usage, virtualMemory } from './ps-machine.ts';
import { flag, list, number, text, whole } from './schemas.ts';
import { strftime } from './strftime.ts';

const pid = { name: 'pid', is: whole };
const device = { name: 'device', value: null };
const of = (doc: string, run: () => Value): ModuleFunction => ({ doc, parameters: [], run });
const found: readonly { readonly name: string; readonly value?: Value; readonly is?: typeof text }[] = [
  { name: 'pattern', is: text },
  { name: 'user', value: null },
];
const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 60) * 1000));

export const ps: Module = {
  get_pid_list: of('The pids of all processes.', () => pids().map(BigInt)),
  num_cpus: of('How many processors there are.', () => BigInt(procText('cpuinfo').match(/^processor\s*:/gm)?.length ?? 0)),
  total_physical_memory: of('Bytes of memory.', () => BigInt(memory().get('MemTotal') ?? 0)),
  virtual_memory: of('Bytes of memory: total, available, used, free …', virtualMemory),
  swap_memory: of('Bytes of swap: total, used, free …', swapMemory),
  boot_time: {
    doc: 'When the machine was started, in seconds since 1970, or in a form of strftime(3).',
    example: 'time_format=%Y-%m-%d',
    parameters: [{ name: 'time_format', value: null }],
    run: (_it, { time_format = null }) =>
      time_format === null ? BigInt(bootTime()) : strftime(new Date(bootTime() * 1000), pyStr(time_format)),
  },
  top: {
    doc: 'The processes that use the most time of the processors (or with by=mem memory), within an interval in seconds.',
    example: '5 interval=1',
    parameters: [
      { name: 'num_processes', value: 5n, is: whole },
      { name: 'interval', value: 3n, is: number },
    ],
    run: (_it, { num_processes = 5n, interval = 3n }) => top(Number(num_processes), Number(interval)),
  },
  proc_info: {
    doc: 'What is known of a process, all or some of its attributes; None for what may not be seen.',
    example: "1 attrs='[name, status]'",
    parameters: [pid, { name: 'attrs', value: null, is: list }],
    run: (_it, { pid: given = 0n, attrs = null }) =>
      processInfo(Number(given), attrs === null ? null : (attrs as Value[]).map((name) => pyStr(name))),
  },
  pgrep: {
    doc: 'The pids of processes whose name holds a text (with full=True their command line, with pattern_is_regex=True by a\nregular expression), of a user; None when there are none.',
    example: 'nginx user=www-data',
    parameters: [...found, { name: 'full', value: false, is: flag }, { name: 'pattern_is_regex', value: false, is: flag }],
    run: (_it, values) => {
      const all = pgrep(options(values));
      return all.length > 0 ? all.map(BigInt) : null;
    },
  },
  pkill: {
    doc: 'Sends a signal (15 unless said) to processes, found as ps.pgrep does; the pids, or None when there are none.',
    example: 'nginx signal=1',
    parameters: [...found, { name: 'signal', value: 15n }, { name: 'full', value: false, is: flag }],
    run: (_it, values) => pkill(values),
  },
  kill_pid: {
    doc: 'Sends a signal (15 unless said) to a process; False where it is not there or not ours.',
    example: '4711 signal=9',
    parameters: [pid, { name: 'signal', value: 15n }],
    run: (_it, { pid: given = 0n, signal = 15n }) => kill(Number(given), signalNumber(signal)),
  },
  cpu_percent: {
    doc: 'How busy the processors were within an interval in seconds; with per_cpu=True each.',
    example: 'interval=1 per_cpu=True',
    parameters: [
      { name: 'interval', value: 0.1, is: number },
      { name: 'per_cpu', value: false, is: flag },
    ],
    run: async (_it, { interval = 0.1, per_cpu }) => {
      const before = cpuTimes();
      await wait(Number(interval));
      const busy = cpuTimes().map((after, i) => busyBetween(before[i] ?? [], after));
      return per_cpu === true ? busy.slice(1) : (busy[0] ?? 0);
    },
  },
  cpu_times: {
    doc: 'Seconds of the processors since boot, by kind; with per_cpu=True of each.',
    parameters: [{ name: 'per_cpu', value: false, is: flag }],
    run: (_it, { per_cpu }) => {
      const [all, ...each] = cpuTimes().map((numbers) => Dict.from(KINDS.map((kind, i) => [kind, (numbers[i] ?? 0) / TICKS])));
      return per_cpu === true ? each : (all ?? null);
    },
  },
  disk_usage: {
    doc: 'Bytes of the file system at a path.',
    example: '/srv',
    parameters: [{ name: 'path', is: text }],
    run: (_it, { path = '' }) => usage(pyStr(path)),
  },
  disk_partitions: {
    doc: 'What is mounted from devices; with all=True everything.',
    parameters: [{ name: 'all', value: false, is: flag }],
    run: (_it, { all }) => partitions(all === true).map((mount) => Dict.of({ ...mount })),
  },
  disk_partition_usage: {
    doc: 'As ps.disk_partitions, with their bytes.',
    parameters: [{ name: 'all', value: false, is: flag }],
    run: (_it, { all }) =>
      partitions(all === true).map((mount) => Dict.from([...Dict.of({ ...mount }), ...usage(mount.mountpoint)])),
  },
  disk_io_counters: {
    doc: 'What disks have read and written, of one device or all.',
    example: 'sda',
    parameters: [device],
    run: (_it, { device: name = null }) => diskIo(name === null ? null : pyStr(name)),
  },
  network_io_counters: {
    doc: 'What interfaces have sent and received, of one or all.',
    example: 'eth0',
    parameters: [{ name: 'interface', value: null }],
    run: (_it, { interface: name = null }) => networkIo(name === null ? null : pyStr(name)),
  },
  get_users: of('Who is logged in.', () =>
    loggedIn().map((one) =>
      Dict.of({ name: one.get('user') ?? '', terminal: one.get('tty') ?? '', host: one.get('from') ?? '' }),
    ),
  ),
  status: {
    doc: 'The processes in a state: running, sleeping, zombie …',
    example: 'zombie',
    parameters: [{ name: 'status', is: text }],
    run: (_it, { status = '' }) => inState(pyStr(status)),
  },
  psaux: {
    doc: 'The processes whose command line holds a text, a line each.',
    example: 'nginx',
    parameters: [{ name: 'name', is: text }],
    run: (_it, { name = '' }) => {
      const lines = pids().flatMap((one) => {
        const command = commandOf(one).join(' ');
        return one !== process.pid && command.includes(pyStr(name))
          ? [`${userNameOf(idsOf(one, 'Uid')[1])} ${one} ${command}`]
          : [];
      });
      return [name, lines, `${lines.length} occurrence(s).`];
    },
  },
};

function options({ pattern = '', user = null, full, pattern_is_regex }: Bound) {
  return {
    pattern: pyStr(pattern),
    user: user === null ? null : pyStr(user),
    full: full === true,
    regex: pattern_is_regex === true,
  };
}

function pkill(values: Bound): Value {
  const signal = signalNumber(values.signal ?? 15n);
  const killed = pgrep(options(values)).filter((one) => kill(one, signal));
  return killed.length > 0 ? Dict.of({ killed: killed.map(BigInt) }) : null;
}

function kill(one: number, signal: number): boolean {
  try {
    process.kill(one, signal);
    return true;
  } catch {
    return false;
  }
}

async function top(count: number, interval: number): Promise<Value> {
  const before = new Map(pids().map((one) => [one, readProcess(one)]));
  await wait(interval);
  const spent = [...before].flatMap(([one, then]) => {
    const now = then && readProcess(one);
    return now ? [{ one, used: now.user + now.system - then.user - then.system }] : [];
  });
  return spent
    .sort((a, b) => b.used - a.used)
    .slice(0, count)
    .flatMap(({ one }) => {
      const shown = readProcess(one);
      if (!shown) return [];
      const info = processInfo(one, ['username', 'memory_info', 'create_time']);
      const [rss = 0n, vms = 0n, shared = 0n, text_ = 0n, lib = 0n, data = 0n, dirty = 0n] = info.get('memory_info') as Value[];
      return [
        Dict.of({
          cmd: commandOf(one).length > 0 ? commandOf(one) : shown.name,
          user: info.get('username') ?? '',
          status: STATES[shown.state] ?? shown.state,
          pid: BigInt(one),
          create_time: info.get('create_time') ?? 0,
          cpu: Dict.of({
            user: shown.user,
            system: shown.system,
            children_user: shown.childrenUser,
            children_system: shown.childrenSystem,
            iowait: shown.iowait,
          }),
          mem: Dict.of({ rss, vms, shared, text: text_, lib, data, dirty }),
        }),
      ];
    });
}

function inState(wanted: string): Value {
  const known = pids().flatMap((one) => readProcess(one) ?? []);
  return known.filter(({ state }) => STATES[state] === wanted).map((one) => Dict.of({ name: one.name, pid: BigInt(one.pid) }));
}
