/**
 * `npx tsx bench/reaction.ts`: from `event.fire_master` on a host to its command's first breath, through relay, EventBridge, reactor and SQS of a
 * `brine dev` on this machine; p50 and p99. With SALT_DIR (a directory of a running Salt master and its minion web1) Salt does the same in turns
 * with it, so that both meet the same noise; SALT_START is the command that takes `start DIR` after a change of its reactor.conf.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { callMinion } from '../client/control.ts';
import { Dict } from '../core/value.ts';
import { cpuSeconds, install, pause, start } from './world.ts';

const count = Number(process.env.COUNT ?? 200);
const WARM = 20;
/** Reactions of one before it is the other's turn. */
const TURN = 10;
const home = mkdtempSync(join(tmpdir(), 'brine-bench-'));
const started = join(home, 'started');
writeFileSync(started, '');

/** The command writes its number and the time at which its shell ran. */
const command = `echo {{ data.data.n }} $(date +%s%N) >>${started}`;
const sls = `r:\n  local.cmd.run:\n    - tgt: {{ data.id }}\n    - arg:\n      - ${command}\n`;
const conf = "reactor:\n  - 'bench/*':\n    - /srv/reactor/bench.sls\n";

interface Runner {
  readonly name: string;
  readonly waits: number[];
  /** Fires event n; resolves to the milliseconds at which it was fired. */
  fire(n: number): Promise<number>;
  close(): Promise<void>;
}

/** Milliseconds from the event to the command. */
async function react(runner: Runner, n: number): Promise<number> {
  const at = await runner.fire(n);
  for (let i = 0; i < 4000; i += 1) {
    const line = readFileSync(started, 'utf8')
      .split('\n')
      .find((text) => text.startsWith(`${n} `));
    if (line !== undefined) return Number(line.split(' ')[1]) / 1e6 - at;
    await pause(5);
  }
  throw new Error(`${runner.name}: reaction ${n} did not come`);
}

/** `brine dev` as it is installed, in a process of its own. */
async function startBrine(): Promise<Runner & { readonly pid: number }> {
  const project = join(home, 'project');
  mkdirSync(join(project, 'srv/reactor'), { recursive: true });
  writeFileSync(join(project, 'reactor.conf'), conf);
  writeFileSync(join(project, 'srv/reactor/bench.sls'), sls);
  const dev = start([await install(home), 'dev', '--minion', 'web1'], { cwd: project });
  await dev.line(/is ready/);
  const { sockets } = JSON.parse(readFileSync(join(project, '.brine/dev.json'), 'utf8')) as { sockets: { web1: string } };
  return {
    name: 'brine',
    pid: dev.pid,
    waits: [],
    fire: async (n) => {
      const at = performance.timeOrigin + performance.now();
      const arg = [Dict.of({ n: BigInt(n) }), `bench/${n}`];
      await callMinion(sockets.web1, { fun: 'event.fire_master', arg, kwarg: new Dict() });
      return at;
    },
    close: () => dev.end(),
  };
}

/** One process that fires whenever it is given a number: Salt's own `salt-call` would be started anew for each. */
const FIRE = `
import sys, time, salt.config, salt.client
opts = salt.config.minion_config(sys.argv[1])
opts['file_client'] = 'remote'
caller = salt.client.Caller(mopts=opts)
print('ready', flush=True)
for line in sys.stdin:
    n = int(line)
    print('fired', n, time.time() * 1000, flush=True)
    caller.cmd('event.fire_master', {'n': n}, 'bench/%d' % n)
`;

async function startSalt(dir: string): Promise<Runner> {
  mkdirSync(join(dir, 'srv/reactor'), { recursive: true });
  writeFileSync(join(dir, 'reactor.conf'), conf);
  writeFileSync(join(dir, 'srv/reactor/bench.sls'), sls);
  if (process.env.SALT_START) execFileSync(process.env.SALT_START, ['start', dir], { stdio: 'ignore' });
  const python = join(process.env.SALT_VENV ?? join(dir, 'venv'), 'bin/python');
  const child: ChildProcess = spawn(python, ['-c', FIRE, join(dir, 'minions/web1/minion')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const next = async (word: string): Promise<string> => {
    for (let line = await lines.next(); !line.done; line = await lines.next()) if (line.value.startsWith(word)) return line.value;
    throw new Error('the process that fires for Salt has ended');
  };
  await next('ready');
  return {
    name: 'salt',
    waits: [],
    fire: async (n) => {
      child.stdin?.write(`${n}\n`);
      return Number((await next('fired')).split(' ')[2]);
    },
    close: async () => void child.kill(),
  };
}

function percentile(runner: Runner, share: number): number {
  const sorted = [...runner.waits].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

const brine = await startBrine();
const runners: readonly Runner[] = [brine, ...(process.env.SALT_DIR ? [await startSalt(process.env.SALT_DIR)] : [])];
try {
  let n = 0;
  for (const runner of runners) for (let i = 0; i < WARM; i += 1) await react(runner, n++);
  const cpu = cpuSeconds(brine.pid);
  for (let turn = 0; turn < count / TURN; turn += 1)
    for (const runner of runners) for (let i = 0; i < TURN; i += 1) runner.waits.push(await react(runner, n++));
  const perReaction = ((cpuSeconds(brine.pid) - cpu) / count) * 1000;
  for (const runner of runners) {
    const [p50, p99] = [percentile(runner, 0.5), percentile(runner, 0.99)];
    console.log(
      `${runner.name.padEnd(6)} ${runner.waits.length} reactions, fire to command: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    );
  }
  console.log(`brine  ${perReaction.toFixed(1)} ms of CPU a reaction, all of brine dev (bars: p50 25 ms, p99 80 ms)`);
  const [mine, theirs] = runners as [Runner, Runner?];
  if (theirs)
    console.log(
      `ratio  Salt takes ${(percentile(theirs, 0.5) / percentile(mine, 0.5)).toFixed(1)} times as long at p50, ${(percentile(theirs, 0.99) / percentile(mine, 0.99)).toFixed(1)} at p99 (bar: 5)`,
    );
  else console.log('salt   not measured: SALT_DIR names no running Salt');
} finally {
  for (const runner of runners) await runner.close();
  rmSync(home, { recursive: true });
}
process.exit(0);
