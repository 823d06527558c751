/** The grains that Salt's core gives, read from this machine. Salt 3008 has more: what is about Python or about Salt's own files has no meaning here. */
import { userInfo } from 'node:os';
import { sha256 } from '@noble/hashes/sha2.js';
import { Dict, type Value } from '../../core/value.ts';
import { findGroupOf } from '../modules/accounts.ts';
import { VERSION } from '../version.ts';
import { textOf } from './asked.ts';
import { readEc2 } from './ec2.ts';
import { hardwareGrains } from './hardware.ts';
import { networkGrains } from './network.ts';
import { systemGrains } from './system.ts';

export interface CoreOptions {
  readonly id: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reverse look-ups for `fqdns`: five seconds for each address where no name server answers. */
  readonly fqdns?: boolean;
  /** Ask the instance's metadata service. */
  readonly ec2?: boolean;
  readonly problem: (source: string, error: string) => void;
}

/** The Salt whose behaviour is followed, for templates that ask for a version. */
const SALT = '3008.5';

/** What the machine says of itself. */
export async function readGrains({ id, env, fqdns = false, ec2 = false, problem }: CoreOptions): Promise<Dict> {
  const [system, network, hardware] = await Promise.all([systemGrains(env), networkGrains({ fqdns }), hardwareGrains()]);
  const grains = Dict.of({
    ...network,
    ...system,
    ...hardware,
    ...processGrains(env),
    machine_id: (textOf('/etc/machine-id') || textOf('/var/lib/dbus/machine-id')).trim(),
    server_id: serverId(id),
    id,
    saltversion: SALT,
    saltversioninfo: SALT.split('.').map(BigInt),
    brineversion: VERSION,
  });
  if (!ec2) return grains;
  try {
    grains.set('ec2', await readEc2(env));
  } catch (error) {
    problem('ec2', error instanceof Error ? error.message : String(error));
  }
  return grains;
}

function processGrains(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, Value>> {
  const path = env.PATH ?? '';
  const { uid, gid, username } = userInfo();
  return {
    path,
    systempath: path === '' ? [] : path.split(':'),
    shell: env.SHELL ?? '/bin/sh',
    cwd: process.cwd(),
    pid: BigInt(process.pid),
    ppid: BigInt(process.ppid),
    uid: BigInt(uid),
    gid: BigInt(gid),
    username,
    groupname: findGroupOf(gid),
  };
}

/** Of the id, below 2³¹. */
function serverId(id: string): bigint {
  return BigInt(`0x${Buffer.from(sha256(new TextEncoder().encode(id))).toString('hex')}`) % 2n ** 31n;
}
