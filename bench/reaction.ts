/**
 * `npx tsx bench/reaction.ts`: from `event.fire_master` on a host to its command's first breath, through relay, EventBridge, reactor and SQS of a
 * `brine dev` on this machine; p50 and p99. With SALT_DIR (a directory of a running Salt master with a reactor on `bench/*`), Salt's beside it.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callMinion } from '../client/control.ts';
import { parseMinionId } from '../core/ids.ts';
import { Dict } from '../core/value.ts';
import { startDev } from '../local/dev.ts';
import { loadProject } from '../project/load.ts';

const count = Number(process.env.COUNT ?? 200);
const home = mkdtempSync(join(tmpdir(), 'brine-bench-'));
const started = join(home, 'started');
writeFileSync(started, '');

/** The command writes its number and the time at which its shell ran. */
const command = `echo {{ data.data.n }} $(date +%s%N) >>${started}`;
const sls = `r:\n  local.cmd.run:\n    - tgt: {{ data.id }}\n    - arg:\n      - ${command}\n`;

function percentiles(name: string, fired: ReadonlyMap<number, number>): { p50: number; p99: number } {
  const lines = readFileSync(started, 'utf8').trim().split('\n');
  const waits = lines
    .map((line) => line.split(' ').map(Number) as [number, number])
    .filter(([n]) => fired.has(n))
    .map(([n, at]) => at / 1e6 - (fired.get(n) as number))
    .sort((a, b) => a - b);
  const at = (share: number) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] as number;
  const [p50, p99] = [at(0.5), at(0.99)];
  console.log(`${name.padEnd(8)} ${waits.length} reactions, fire to command: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
  return { p50, p99 };
}

const seen = () => readFileSync(started, 'utf8').split('\n').length - 1;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(total: number): Promise<void> {
  for (let i = 0; i < 2000 && seen() < total; i += 1) await pause(5);
}

async function brine(): Promise<{ p50: number; p99: number }> {
  const project = join(home, 'project');
  mkdirSync(join(project, 'srv/reactor'), { recursive: true });
  writeFileSync(join(project, 'reactor.conf'), "reactor:\n  - 'bench/*':\n    - /srv/reactor/bench.sls\n");
  writeFileSync(join(project, 'srv/reactor/bench.sls'), sls);
  const dev = await startDev({
    project: loadProject(project).project,
    minions: [{ id: parseMinionId('web1'), grains: {} }],
    dir: join(project, '.brine'),
    dataDir: null,
    log: () => {},
  });
  const agent = dev.agents.get(parseMinionId('web1'));
  const fired = new Map<number, number>();
  for (let n = 0; n < count + 20; n += 1) {
    const total = seen();
    // The first twenty warm it up.
    if (n >= 20) fired.set(n, performance.timeOrigin + performance.now());
    await callMinion(agent?.socket ?? '', {
      fun: 'event.fire_master',
      arg: [Dict.of({ n: BigInt(n) }), `bench/${n}`],
      kwarg: new Dict(),
    });
    await until(total + 1);
  }
  await dev.close();
  return percentiles('brine', fired);
}

/** Salt fires from a process of its own each time, so only the time after the event has left is counted: `date` is taken inside `salt-call`'s run. */
async function salt(dir: string): Promise<{ p50: number; p99: number }> {
  writeFileSync(started, '');
  mkdirSync(join(dir, 'srv/reactor'), { recursive: true });
  writeFileSync(join(dir, 'reactor.conf'), "reactor:\n  - 'bench/*':\n    - /srv/reactor/bench.sls\n");
  writeFileSync(join(dir, 'srv/reactor/bench.sls'), sls);
  execFileSync(process.env.SALT_START ?? 'true', process.env.SALT_START ? ['start', dir] : [], { stdio: 'ignore' });
  const fire = join(home, 'fire.py');
  writeFileSync(
    fire,
    `
import sys, time, salt.config, salt.client
opts = salt.config.minion_config(sys.argv[1])
opts['file_client'] = 'remote'
import salt.utils.event, salt.channel.client, salt.crypt
caller = salt.client.Caller(mopts=opts)
for n in range(int(sys.argv[2])):
    size = len(open(sys.argv[3]).read().split('\\n'))
    print(n, time.time() * 1000, flush=True)
    caller.cmd('event.fire_master', {'n': n}, 'bench/%d' % n)
    end = time.time() + 5
    while time.time() < end and len(open(sys.argv[3]).read().split('\\n')) <= size: time.sleep(0.005)
`,
  );
  const python = join(dir, 'venv/bin/python');
  const text = await new Promise<string>((resolve, reject) =>
    execFile(
      python,
      [fire, join(dir, 'minions/web1/minion'), String(Math.min(count, 60)), started],
      { timeout: 300_000 },
      (error, out) => (error ? reject(error) : resolve(out)),
    ),
  );
  const fired = new Map(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number) as [number, number]),
  );
  fired.delete(0);
  return percentiles('salt', fired);
}

try {
  const mine = await brine();
  if (process.env.SALT_DIR) {
    const theirs = await salt(process.env.SALT_DIR);
    console.log(
      `ratio    p50 ${(theirs.p50 / mine.p50).toFixed(1)}, p99 ${(theirs.p99 / mine.p99).toFixed(1)} times as fast as Salt`,
    );
  } else console.log('salt     not measured: SALT_DIR names no running Salt');
} finally {
  rmSync(home, { recursive: true });
}
process.exit(0);
