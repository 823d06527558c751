/** `/proc` as numbers and names. What is gone between two looks is left out. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { listUsers } from './accounts.ts';

/** Ticks a second, and bytes a page, of every Linux that Node runs on (64 KB pages are told by the kernel itself in /proc/self). */
export const TICKS = 100;
export const PAGE = pageSize();

export function procText(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}

function pageSize(): number {
  const kilobytes = /KernelPageSize:\s+(\d+)/.exec(procText('self/smaps'))?.[1];
  return kilobytes === undefined ? 4096 : Number(kilobytes) * 1024;
}

export function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

export interface Process {
  readonly pid: number;
  readonly name: string;
  /** One letter. */
  readonly state: string;
  readonly ppid: number;
  /** Seconds. */
  readonly user: number;
  readonly system: number;
  readonly childrenUser: number;
  readonly childrenSystem: number;
  readonly iowait: number;
  readonly nice: number;
  readonly threads: number;
  /** Seconds since boot. */
  readonly started: number;
}

export function readProcess(pid: number): Process | undefined {
  const text = procText(`${pid}/stat`);
  const end = text.lastIndexOf(')');
  if (end < 0) return undefined;
  const fields = text
    .slice(end + 2)
    .trim()
    .split(' ');
  const number = (i: number) => Number(fields[i] ?? 0);
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, end),
    state: fields[0] ?? '?',
    ppid: number(1),
    user: number(11) / TICKS,
    system: number(12) / TICKS,
    childrenUser: number(13) / TICKS,
    childrenSystem: number(14) / TICKS,
    iowait: number(39) / TICKS,
    nice: number(16),
    threads: number(17),
    started: number(19) / TICKS,
  };
}

/** Its words; of a thread of the kernel none. */
export function commandOf(pid: number): string[] {
  const text = procText(`${pid}/cmdline`);
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}

/** Real, effective and saved ids. */
export function idsOf(pid: number, kind: 'Uid' | 'Gid'): number[] {
  return (new RegExp(`^${kind}:\\s+(.*)$`, 'm').exec(procText(`${pid}/status`))?.[1] ?? '').split(/\s+/).slice(0, 3).map(Number);
}

export function userNameOf(uid: number | undefined): string {
  return listUsers().find((user) => user.uid === uid)?.name ?? String(uid ?? '');
}

export function linkOf(path: string): string | null {
  try {
    return readlinkSync(`/proc/${path}`);
  } catch {
    return null;
  }
}

/** Seconds since 1970. */
export function bootTime(): number {
  return Number(/^btime (\d+)$/m.exec(procText('stat'))?.[1] ?? 0);
}

/** `Name: value kB` → bytes. */
export function memory(): ReadonlyMap<string, number> {
  return new Map(
    [...procText('meminfo').matchAll(/^([\w()]+):\s+(\d+)( kB)?$/gm)].map(([, name, value, unit]) => [
      name as string,
      Number(value) * (unit ? 1024 : 1),
    ]),
  );
}

export interface Mount {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly opts: string;
}

export function mounts(): Mount[] {
  return procText('self/mounts')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [device = '', mountpoint = '', fstype = '', opts = ''] = line
        .split(' ')
        .map((field) => field.replace(/\\(\d{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
      return { device, mountpoint, fstype, opts };
    });
}
