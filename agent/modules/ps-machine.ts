/** Numbers of the machine for `ps.*`: memory, processors, disks, interfaces. */
import { statfsSync } from 'node:fs';
import { Dict, type Value } from '../../core/value.ts';
import { CommandExecutionError } from './module.ts';
import { memory, mounts, procText } from './proc.ts';

export function virtualMemory(): Value {
  const of = (name: string) => memory().get(name) ?? 0;
  const [total, available] = [of('MemTotal'), of('MemAvailable')];
  const used = total - available;
  return Dict.of({
    total: BigInt(total),
    available: BigInt(available),
    percent: percent(used, total),
    used: BigInt(used),
    free: BigInt(of('MemFree')),
    active: BigInt(of('Active')),
    inactive: BigInt(of('Inactive')),
    buffers: BigInt(of('Buffers')),
    cached: BigInt(of('Cached') + of('SReclaimable')),
    shared: BigInt(of('Shmem')),
    slab: BigInt(of('Slab')),
  });
}

export function swapMemory(): Value {
  const [total, free] = [memory().get('SwapTotal') ?? 0, memory().get('SwapFree') ?? 0];
  const pages = (name: string) => BigInt(Number(new RegExp(`^${name} (\\d+)`, 'm').exec(procText('vmstat'))?.[1] ?? 0) * 4096);
  return Dict.of({
    total: BigInt(total),
    used: BigInt(total - free),
    free: BigInt(free),
    percent: percent(total - free, total),
    sin: pages('pswpin'),
    sout: pages('pswpout'),
  });
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1000) / 10;
}

export const KINDS = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guest_nice'];

/** All together first, then each. */
export function cpuTimes(): number[][] {
  return procText('stat')
    .split('\n')
    .filter((line) => line.startsWith('cpu'))
    .map((line) => line.split(/\s+/).slice(1).map(Number));
}

export function busyBetween(before: readonly number[], after: readonly number[]): number {
  const spent = after.slice(0, 8).map((ticks, i) => ticks - (before[i] ?? 0));
  const all = spent.reduce((sum, ticks) => sum + ticks, 0);
  return percent(all - (spent[3] ?? 0) - (spent[4] ?? 0), all);
}

export function usage(path: string): Dict {
  try {
    const { blocks, bfree, bavail, bsize } = statfsSync(path);
    const used = (blocks - bfree) * bsize;
    return Dict.of({
      total: BigInt(blocks * bsize),
      used: BigInt(used),
      free: BigInt(bavail * bsize),
      percent: percent(used, used + bavail * bsize),
    });
  } catch {
    throw new CommandExecutionError(`there is no path ${path}`);
  }
}

export function partitions(all: boolean) {
  const kinds = new Set(
    procText('filesystems')
      .split('\n')
      .filter((line) => !line.startsWith('nodev'))
      .map((line) => line.trim()),
  );
  return mounts().filter(({ device: from, fstype }) => all || (from.startsWith('/') && (kinds.has(fstype) || fstype === 'zfs')));
}

const SECTOR = 512;

export function diskIo(name: string | null): Value {
  const rows = procText('diskstats')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const whole = rows.filter(([, , one = '']) =>
    name === null ? !/^(loop|ram)|\d$/.test(one) || /^(nvme\d+n\d+|mmcblk\d+)$/.test(one) : one === name,
  );
  if (whole.length === 0) return false;
  const sum = (i: number) => whole.reduce((total, row) => total + Number(row[i] ?? 0), 0);
  const numbers = {
    read_count: sum(3),
    write_count: sum(7),
    read_bytes: sum(5) * SECTOR,
    write_bytes: sum(9) * SECTOR,
    read_time: sum(6),
    write_time: sum(10),
    read_merged_count: sum(4),
    write_merged_count: sum(8),
    busy_time: sum(12),
  };
  return Dict.from(Object.entries(numbers).map(([key, value]) => [key, BigInt(value)]));
}

export function networkIo(name: string | null): Value {
  const rows = procText('net/dev')
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => line.trim().split(/[:\s]+/))
    .filter(([one]) => name === null || one === name);
  if (rows.length === 0) return false;
  const sum = (i: number) => BigInt(rows.reduce((total, row) => total + Number(row[i] ?? 0), 0));
  return Dict.of({
    bytes_sent: sum(9),
    bytes_recv: sum(1),
    packets_sent: sum(10),
    packets_recv: sum(2),
    errin: sum(3),
    errout: sum(11),
    dropin: sum(4),
    dropout: sum(12),
  });
}
