/** What goes wrong around `brine dev`, the demo and `brine run`, with real processes: Ctrl-C at any moment, what a crash left behind, a port in use. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { installedDist } from '../support/bundled.ts';
import { endProcesses, type Running, startProcess } from '../support/processes.ts';

let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'brine-interrupted-'));
}, 60_000);
afterEach(endProcesses);
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

function brine(words: readonly string[], cwd: string, env: Record<string, string | undefined> = {}): Running {
  const text = `const { main } = await import(${JSON.stringify(join(installedDist(), 'cli/main.js'))}); process.stderr.write('loaded\\n'); await main(process.argv.slice(1));`;
  const none = { AWS_ENDPOINT_URL: undefined, AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, BRINE_STACK: undefined };
  return startProcess(words.join(' '), ['--input-type=module', '-e', text, ...words], { cwd, env: { ...none, ...env } });
}

const project = () => {
  const dir = mkdtempSync(join(home, 'project-'));
  writeFileSync(join(dir, 'reactor.conf'), 'reactor: []\n');
  return dir;
};
const dev = (dir: string) => brine(['dev', '--minion', 'web1', '--data', join(dir, 'data')], dir);

it('Ctrl-C at any moment of brine dev leaves nothing that the next start stumbles over', async () => {
  const dir = project();
  for (const after of [0, 60, 150, 300, 600]) {
    const running = dev(dir);
    await running.waitFor(/^loaded/, 30_000);
    await new Promise((resolve) => setTimeout(resolve, after));
    const { code, signal } = await running.end('SIGINT');
    expect([0, 'SIGINT'], running.output.join('\n')).toContain(signal ?? code);
    expect(running.output.join('\n')).not.toMatch(/unexpected failure|\n\s+at /);
    expect(existsSync(join(dir, '.brine/dev.json'))).toBe(false);
  }
  const last = dev(dir);
  await last.waitFor(/is ready/, 30_000);
  expect(await last.end('SIGINT')).toEqual({ code: 0, signal: null });
});

it('Ctrl-C in the demo ends it with one word of where it was, and 1', async () => {
  const dir = mkdtempSync(join(home, 'demo-'));
  const demo = brine(['demo'], dir);
  await demo.waitFor(/^loaded/, 30_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { code, signal } = await demo.end('SIGINT');
  expect([0, 1, 130, 'SIGINT'], demo.output.join('\n')).toContain(signal ?? code);
  expect(demo.output.join('\n')).not.toMatch(/unexpected failure|\n\s+at /);
  expect(existsSync(join(dir, '.brine/dev.json'))).toBe(false);
});

it('a .brine/ that a crash left behind is as good as none, and its minions go on where they were', async () => {
  const dir = project();
  const killed = dev(dir);
  await killed.waitFor(/is ready/, 30_000);
  const second = dev(dir);
  expect((await second.exited).code).toBe(1);
  expect(second.output.slice(1)).toEqual([
    `brine: ${dir}/.brine: brine dev runs for this project already (pid ${killed.pid}) (hint: stop it with: kill ${killed.pid})`,
  ]);
  await killed.end('SIGKILL');
  const identity = readFileSync(join(dir, '.brine/minions/web1/state/identity'), 'utf8');
  const file = join(dir, '.brine/dev.json');
  const left = JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
  expect(left.pid).toBe(killed.pid);
  // Its process is gone; then another one has its number.
  for (const pid of [left.pid, process.pid]) {
    writeFileSync(file, JSON.stringify({ ...left, pid }));
    const asked = brine(['run', '*', 'test.ping'], dir);
    expect((await asked.exited).code).toBe(1);
    expect(asked.output.slice(1)).toEqual([
      'brine: there is no running system to act on: no .brine/ here or above, no AWS_ENDPOINT_URL, no AWS region (hint: start one with: brine dev)',
    ]);
  }
  const again = dev(dir);
  await again.waitFor(/is ready/, 30_000);
  expect(readFileSync(join(dir, '.brine/minions/web1/state/identity'), 'utf8')).toBe(identity);
  const ping = brine(['run', 'web1', 'test.ping'], dir);
  expect([(await ping.exited).code, ping.output.slice(-2)]).toEqual([0, ['web1:', '    True']]);
  expect((await again.end('SIGTERM')).code).toBe(0);
});

it('a port in use, and an endpoint that is not there, are one message each', async () => {
  const dir = project();
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const taken = brine(['dev', '--port', String(port)], dir);
  expect((await taken.exited).code).toBe(1);
  expect(taken.output.slice(1)).toEqual([`brine: port ${port} is in use (hint: leave --port out for a free one)`]);
  await new Promise((resolve) => server.close(resolve));
  const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const nobody = brine(['run', '*', 'test.ping'], dir, env);
  expect((await nobody.exited).code).toBe(69);
  expect(nobody.output.filter((line) => line.startsWith('brine:'))).toEqual([
    `brine: nothing answers at http://127.0.0.1:${port} (hint: is it running? brine dev starts one; brine env prints the variables that reach it)`,
  ]);
  const nonsense = brine(['run', '*', 'test.ping'], dir, { ...env, AWS_ENDPOINT_URL: 'nonsense' });
  expect((await nonsense.exited).code).toBe(64);
  expect(nonsense.output.slice(1)).toEqual([
    'brine: AWS_ENDPOINT_URL: expected http:// or https:// and a host, found "nonsense" (hint: brine env prints that of a running brine dev)',
  ]);
  expect(readdirSync(join(dir, '.brine'))).not.toContain('dev.json');
});

it('a host that is named twice ends brine dev before anything starts; one that cannot start ends what was started', async () => {
  const dir = project();
  const twice = brine(['dev', '--minion', 'web1', '--minion', 'web1:os=x'], dir);
  expect((await twice.exited).code).toBe(64);
  expect(twice.output.join('\n')).toContain('--minion: web1 is named twice');
  mkdirSync(join(dir, '.brine/minions/web2'), { recursive: true });
  writeFileSync(join(dir, '.brine/minions/web2/work'), 'no folder');
  const broken = brine(['dev', '--minion', 'web1', '--minion', 'web2'], dir);
  expect((await broken.exited).code).toBe(1);
  expect(broken.output.join('\n')).toContain('.brine/minions/web2/work');
  expect(readdirSync(join(dir, '.brine'))).not.toContain('dev.json');
}, 40_000);

it('Ctrl-C while brine run waits says that the job goes on, and how to look it up', async () => {
  const dir = project();
  const running = dev(dir);
  await running.waitFor(/is ready/, 30_000);
  const run = brine(['run', 'web1', 'cmd.run', 'sleep 2; echo still >../../../../went-on'], dir);
  await run.waitFor(/^→|acts on|local/, 30_000).catch(() => {});
  while (!readdirSync(join(dir, '.brine/minions/web1/state')).includes('jobs'))
    await new Promise((resolve) => setTimeout(resolve, 20));
  await run.end('SIGINT');
  expect(run.output.join('\n')).toMatch(/Exiting gracefully on Ctrl-c\nThis job's jid is: \d{20}_\w+\n/);
  while (!existsSync(join(dir, 'went-on'))) await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await running.end('SIGTERM')).code).toBe(0);
}, 40_000);
