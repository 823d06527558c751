/** What is known of one process, by psutil's names; None for what may not be seen. Never its environment. */
import { readdirSync } from 'node:fs';
import { Dict, type Value } from '../../core/value.ts';
import { CommandExecutionError, InvocationError } from './module.ts';
import { bootTime, commandOf, idsOf, linkOf, PAGE, type Process, procText, readProcess, userNameOf } from './proc.ts';

export const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk-sleep',
  T: 'stopped',
  t: 'tracing-stop',
  Z: 'zombie',
  X: 'dead',
  I: 'idle',
  P: 'parked',
};

const ATTRIBUTES: Readonly<Record<string, (found: Process) => Value>> = {
  pid: ({ pid }) => BigInt(pid),
  ppid: ({ ppid }) => BigInt(ppid),
  name: ({ name }) => name,
  status: ({ state }) => STATES[state] ?? state,
  cmdline: ({ pid }) => commandOf(pid),
  exe: ({ pid }) => linkOf(`${pid}/exe`),
  cwd: ({ pid }) => linkOf(`${pid}/cwd`),
  username: ({ pid }) => userNameOf(idsOf(pid, 'Uid')[0]),
  uids: ({ pid }) => idsOf(pid, 'Uid').map(BigInt),
  gids: ({ pid }) => idsOf(pid, 'Gid').map(BigInt),
  nice: ({ nice }) => BigInt(nice),
  num_threads: ({ threads }) => BigInt(threads),
  num_fds: ({ pid }) => entries(pid),
  create_time: ({ started }) => Math.round((bootTime() + started) * 100) / 100,
  cpu_times: ({ user, system, childrenUser, childrenSystem, iowait }) => [user, system, childrenUser, childrenSystem, iowait],
  memory_info: ({ pid }) => memoryInfo(pid),
  num_ctx_switches: ({ pid }) =>
    [...procText(`${pid}/status`).matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)/gm)].map(([, count]) => BigInt(count ?? 0)),
};

/** Throws where there is no such process. */
export function processInfo(pid: number, names: readonly string[] | null): Dict {
  const found = readProcess(pid);
  if (!found) throw new CommandExecutionError(`process PID not found (pid=${pid})`);
  const wanted = names ?? Object.keys(ATTRIBUTES);
  const unknown = wanted.find((name) => !Object.hasOwn(ATTRIBUTES, name));
  if (unknown !== undefined)
    throw new InvocationError(`attrs: expected some of ${Object.keys(ATTRIBUTES).join(', ')}, found '${unknown}'`);
  return Dict.from(wanted.map((name) => [name, (ATTRIBUTES[name] as (found: Process) => Value)(found)]));
}

function entries(pid: number): Value {
  try {
    return BigInt(readdirSync(`/proc/${pid}/fd`).length);
  } catch {
    return null;
  }
}

/** rss, vms, shared, text, lib, data, dirty in bytes. */
function memoryInfo(pid: number): Value[] {
  const [vms = 0, rss = 0, shared = 0, text = 0, lib = 0, data = 0, dirty = 0] = procText(`${pid}/statm`)
    .trim()
    .split(' ')
    .map(Number);
  return [rss, vms, shared, text, lib, data, dirty].map((pages) => BigInt((pages || 0) * PAGE));
}
