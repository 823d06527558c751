/**
 * Which system a command acts on, never guessed: `--stack` or `BRINE_STACK`, then `AWS_ENDPOINT_URL`, then a live `.brine/` in the working
 * directory or above it (its process is checked), then AWS with the standard configuration. Design section 9.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import { parseStack, type Stack } from '../core/ids.ts';
import { decodePlain } from '../core/json.ts';
import { bornOf } from '../core/proc-stat.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface System {
  /** Absent when only an account can tell it (plain AWS without `--stack`). */
  readonly stack?: Stack;
  readonly region: string;
  /** `AWS_ENDPOINT_URL`, or that of the live `.brine/`. */
  readonly endpoint?: string;
  /** Absent: the SDK's standard chain. */
  readonly credentials?: Credentials;
  /** For standard error: `local (.brine, pid 123)`, `http://127.0.0.1:4566`, or the stack. */
  readonly where: string;
  readonly dev?: DevFile;
}

const address = v.object({ push: v.string(), sub: v.string(), key: v.string() });
const devFile = v.object({
  pid: v.number(),
  /** When that process began, where the system says so: after a crash another one may have its number. */
  born: v.exactOptional(v.number()),
  endpoint: v.string(),
  region: v.string(),
  stack: v.string(),
  credentials: v.object({ accessKeyId: v.string(), secretAccessKey: v.string() }),
  relays: v.array(address),
  join: v.string(),
  sockets: v.record(v.string(), v.string()),
});

/** `.brine/dev.json`: written by `brine dev` when it is ready, removed at its end. */
export type DevFile = v.InferOutput<typeof devFile>;

/** The live `.brine/dev.json` of this directory or of the nearest one above; null when there is none or its process is gone. */
export function findDev(cwd: string): DevFile | null {
  for (let dir = cwd; ; dir = dirname(dir)) {
    const path = join(dir, '.brine', 'dev.json');
    if (existsSync(path)) {
      const found = v.safeParse(devFile, readDevFile(path));
      if (found.success && isAlive(found.output)) return found.output;
    }
    if (dirname(dir) === dir) return null;
  }
}

function readDevFile(path: string): unknown {
  try {
    return decodePlain(readFileSync(path, 'utf8'));
  } catch {
    return null; // being written, or left half-written by a crash: as good as none
  }
}

/** Clock ticks since boot; undefined where nobody says. */
export function birthOf(pid: number): number | undefined {
  try {
    return bornOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive({ pid, born }: Pick<DevFile, 'pid' | 'born'>): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return born === undefined || birthOf(pid) === born;
}

export function locateSystem(options: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stack?: string | undefined;
}): System {
  const { env } = options;
  const named = options.stack ?? env.BRINE_STACK;
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const endpoint = checkedEndpoint(env.AWS_ENDPOINT_URL);
  const keys = env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY ? environmentCredentials(env) : undefined;
  if (named) {
    const stack = parseStack(named);
    const place = stack.split('/')[1] as string;
    return { stack, region: place, where: stack, ...(endpoint && { endpoint }), ...(keys && { credentials: keys }) };
  }
  if (endpoint) {
    const place = region ?? 'us-east-1';
    const stack = parseStack(`000000000000/${place}/brine`);
    return { stack, region: place, endpoint, where: endpoint, ...(keys && { credentials: keys }) };
  }
  const dev = findDev(options.cwd);
  if (dev) {
    const { endpoint: at, credentials } = dev;
    return {
      stack: parseStack(dev.stack),
      region: dev.region,
      endpoint: at,
      credentials,
      where: `local (.brine, pid ${dev.pid})`,
      dev,
    };
  }
  if (!region) {
    throw new BrineError({
      code: 'system.not_found',
      text: 'there is no running system to act on: no .brine/ here or above, no AWS_ENDPOINT_URL, no AWS region',
      hint: 'start one with: brine dev',
    });
  }
  return { region, where: `AWS ${region}, stack brine`, ...(keys && { credentials: keys }) };
}

function checkedEndpoint(text: string | undefined): string | undefined {
  if (!text || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) return text;
  throw new BrineError({
    code: 'usage.argument',
    where: { path: 'AWS_ENDPOINT_URL' },
    text: `expected http:// or https:// and a host, found ${JSON.stringify(text)}`,
    hint: 'brine env prints that of a running brine dev',
  });
}

function environmentCredentials(env: Readonly<Record<string, string | undefined>>): Credentials {
  return {
    accessKeyId: env.AWS_ACCESS_KEY_ID as string,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY as string,
    ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
  };
}
