/** Distribution, kernel, processors, memory, init and locale. */
import { existsSync } from 'node:fs';
import { machine, release, version } from 'node:os';
import { Dict, fromPlain, type Value } from '../../core/value.ts';
import { whichOf } from '../modules/which.ts';
import { commandSays, once, textOf } from './asked.ts';
import { osGrains } from './os-release.ts';

type Grains = Readonly<Record<string, Value>>;

export async function systemGrains(env: Readonly<Record<string, string | undefined>>): Promise<Grains> {
  const files = ['os-release', 'lsb-release', 'centos-release'].map((name) => [name, textOf(`/etc/${name}`)] as const);
  if (!files[0]?.[1]) files[0] = ['os-release', textOf('/usr/lib/os-release')];
  const os = osGrains(Object.fromEntries(files.filter(([, text]) => text !== '')));
  return {
    ...(fromPlainGrains(os) as Grains),
    osarch: await osarch(String(os.os_family))(),
    kernel: 'Linux',
    kernelrelease: release(),
    kernelversion: version(),
    cpuarch: machine(),
    ...cpuGrains(textOf('/proc/cpuinfo')),
    ...memoryGrains(textOf('/proc/meminfo')),
    ...(await initGrains()),
    ps: 'ps -efHww',
    locale_info: await locale(env),
    kernelparams: kernelParameters(textOf('/proc/cmdline')),
    transactional: whichOf('transactional-update', { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }) !== undefined,
    ...selinux(),
  };
}

function fromPlainGrains(grains: Readonly<Record<string, Value>>): Grains {
  return grains;
}

const debian = once(async () => (await commandSays('dpkg', '--print-architecture')).out);
const rpm = once(async () => (await commandSays('rpm', '--eval', '%{_host_cpu}')).out);

function osarch(family: string): () => Promise<string> {
  const asked = family === 'Debian' ? debian : family === 'RedHat' || family === 'Suse' ? rpm : async () => '';
  return async () => (await asked()) || machine();
}

export function cpuGrains(text: string): Grains {
  let [count, model, flags] = [0n, 'Unknown', ''];
  for (const line of text.split('\n')) {
    const [key = '', value = ''] = line.split(/\s*:\s*/, 2);
    if (key === 'processor') count += 1n;
    else if (key === '# processors') count = BigInt(Number(value) || 0);
    else if (/^(vendor_id|model name|cpu)$/.test(key)) model = value.trim();
    else if (key === 'Processor') [model, count] = [value.split('-')[0] as string, 1n];
    else if (/^(flags|Features)$/.test(key)) flags = value;
  }
  return { num_cpus: count, cpu_model: model, cpu_flags: flags.split(/\s+/).filter((flag) => flag !== '') };
}

/** Megabytes. */
export function memoryGrains(text: string): Grains {
  const of = (name: string) => BigInt(Math.floor(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024));
  return { mem_total: of('MemTotal'), swap_total: of('SwapTotal') };
}

const systemd = once(() => commandSays('systemctl', '--version'));

async function initGrains(): Promise<Grains> {
  const { code, out } = whichOf('localectl', { PATH: '/usr/bin:/bin' }) ? await systemd() : { code: -1, out: '' };
  const [first = '', features = ''] = out.split('\n');
  const known = code === 0 && first.startsWith('systemd ');
  const table = Dict.of({ version: known ? (first.split(' ')[1] ?? '') : 'UNDEFINED', features: known ? features : '' });
  return { ...(code !== -1 && { systemd: table }), init: initName() };
}

function initName(): string {
  if (existsSync('/run/systemd/system')) return 'systemd';
  const words = textOf('/proc/1/cmdline').replaceAll('\0', ' ').split(' ');
  const name = words[0]?.split('/').at(-1) ?? '';
  if (words[0] === '/sbin/my_init' || words.includes('/sbin/my_init')) return 'runit';
  if (/^(runit|tini|dumb-init|supervisord)$/.test(name)) return name;
  if (existsSync('/run/openrc')) return 'openrc';
  return 'unknown';
}

/** What Python makes of the environment; without one it reads C as C.UTF-8. */
async function locale(env: Readonly<Record<string, string | undefined>>): Promise<Dict> {
  const given = env.LC_ALL || env.LC_CTYPE || env.LANG || 'C.UTF-8';
  const [name = 'C', encoding = 'UTF-8'] = given.split('@')[0]?.split('.') ?? [];
  const plain = /^(C|POSIX)$/.test(name);
  return Dict.of({
    defaultlanguage: plain ? 'en_US' : name,
    defaultencoding: encoding.replace(/^utf-?8$/i, 'UTF-8'),
    detectedencoding: encoding.toLowerCase().replace(/^utf-?8$/, 'utf-8'),
    timezone: (await commandSays('date', '+%Z')).out || 'UTC',
  });
}

/** Pairs; a word without `=`, or with several, has None. */
export function kernelParameters(text: string): Value[] {
  return (text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) => {
    const parts = word.split('=');
    return [parts[0]?.replaceAll('"', '') ?? '', parts.length === 2 ? (parts[1] as string).replaceAll('"', '') : null];
  });
}

function selinux(): Grains {
  if (!whichOf('selinuxenabled', { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' })) return {};
  const enforce = textOf('/sys/fs/selinux/enforce').trim();
  const enforced = enforce === '1' ? 'Enforcing' : enforce === '0' ? 'Permissive' : 'Disabled';
  return { selinux: fromPlain({ enabled: enforce !== '', enforced }) };
}
