/** A system of real processes for a benchmark, from the bundle as it is installed: embedded AWS with its functions, a relay, one accepted minion. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundle } from '../build.ts';

const root = join(import.meta.dirname, '..');

export interface Process {
  readonly pid: number;
  /** Resolves to the first line that fits, printed before or later. */
  line(pattern: RegExp): Promise<string>;
  end(): Promise<void>;
}

/** How the minion is to be started. */
export interface MinionPlan {
  readonly id: string;
  /** Text of its `minion.yaml`. */
  readonly settings?: string;
  /** Where it finds AWS, if not at the embedded one itself. */
  readonly endpoint?: (aws: string) => Promise<string>;
}

export interface BenchWorld {
  readonly home: string;
  readonly brine: string;
  readonly aws: Process;
  readonly relay: Process;
  /** The first one. */
  readonly minion: Process;
  /** Its control socket. */
  readonly socket: string;
  readonly minions: readonly Process[];
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export function start(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env?: Record<string, string> },
): Process {
  const child: ChildProcess = spawn(process.execPath, argv, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream)
      createInterface({ input: stream }).on('line', (line) => {
        if (lines.push(line) > 200) lines.shift();
        for (const look of waiting) look();
      });
  }
  // A bench that fails leaves nothing running.
  process.once('exit', () => void child.kill());
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid ?? 0,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => pattern.test(line));
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void gone.then(() => reject(new Error(`${argv.join(' ')} ended:\n${lines.join('\n')}`)));
      }),
    end: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Lays the bundle out in `home` as an installed package has it; gives the command. */
export async function install(home: string): Promise<string> {
  await bundle(join(home, 'dist'));
  cpSync(join(root, 'bin'), join(home, 'bin'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
  writeFileSync(join(home, 'package.json'), '{"type":"module"}\n');
  return join(home, 'bin/brine.js');
}

/** `files` are written into the project's directory. */
export async function startWorld(
  files: Readonly<Record<string, string>> = {},
  plans: readonly [MinionPlan, ...MinionPlan[]] = [{ id: 'web1' }],
): Promise<BenchWorld> {
  const home = mkdtempSync(join(tmpdir(), 'brine-bench-'));
  const brine = await install(home);
  const project = join(home, 'project');
  cpSync(join(root, 'examples/seed'), project, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(project, path, '..'), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  const aws = start([brine, 'aws', 'start', '--port', '0', '--project', project], { cwd: home });
  const env: Record<string, string> = {};
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'BRINE_STACK'])
    env[name] = /'(.*)'/.exec(await aws.line(new RegExp(`^export ${name}=`)))?.[1] ?? '';
  const relay = start([brine, 'relay', 'start', '--push', 'tcp://127.0.0.1:0', '--sub', 'tcp://127.0.0.1:0'], { cwd: home, env });
  const { push, sub, key } = JSON.parse(await relay.line(/^\{"push"/)) as Record<string, string>;
  const type = (...words: string[]) =>
    execFileSync(process.execPath, [brine, ...words], { cwd: home, env: { ...process.env, ...env }, encoding: 'utf8' });
  const joined = type('relay', 'join', '--relay', `${push},${sub},${key}`).trim().split('\n').at(-1) as string;
  const startMinion = async ({ id, settings = '', endpoint }: MinionPlan) => {
    const config = join(home, `${id}.yaml`);
    writeFileSync(config, settings);
    const aws = env.AWS_ENDPOINT_URL as string;
    const flags = ['--id', id, '--data', join(home, id), '--config', config, '--join', joined];
    const minion = start([brine, 'minion', 'start', ...flags], {
      cwd: home,
      env: { AWS_ENDPOINT_URL: endpoint ? await endpoint(aws) : aws },
    });
    await minion.line(/pending/);
    type('key', 'accept', id, '--yes');
    await minion.line(/accepted/);
    return minion;
  };
  const minions: Process[] = [];
  for (const plan of plans) minions.push(await startMinion(plan));
  const minion = minions[0] as Process;
  const socket = /control socket (.*)$/.exec(await minion.line(/control socket/))?.[1] ?? '';
  return {
    home,
    brine,
    aws,
    relay,
    minion,
    socket,
    minions,
    env,
    close: async () => {
      await Promise.all(minions.map((each) => each.end()));
      await relay.end();
      await aws.end();
      rmSync(home, { recursive: true });
    },
  };
}

/** The process and those that it started. */
export function family(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [
    pid,
    ...children
      .split(' ')
      .filter(Boolean)
      .flatMap((child) => family(Number(child))),
  ];
}

/** Megabytes that nobody else has. */
export function privateMemory(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  return (of('Private_Clean') + of('Private_Dirty')) / 1024;
}

/** Seconds of CPU that it has used, its threads' included. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
