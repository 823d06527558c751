/** The README's table, typed against a running `brine dev`: the command line shares nothing with it but AWS_ENDPOINT_URL and credentials. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Exit, endProcesses, type Running, startProcess } from '../support/processes.ts';

const root = join(import.meta.dirname, '../..');
const brine = join(root, 'bin/brine.js');
let home: string;
let elsewhere: string;
let dev: Running;
let env: Record<string, string>;
let sockets: Record<string, string>;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'brine-table-'));
  elsewhere = mkdtempSync(join(tmpdir(), 'brine-shell-'));
  cpSync(join(root, 'examples/seed'), home, { recursive: true });
  const minions = ['mysql1:os=CentOS', 'web1:os=CentOS', 'db1:os=Debian'].flatMap((minion) => ['--minion', minion]);
  dev = startProcess('dev', [brine, 'dev', ...minions], { cwd: home, env: { AWS_ENDPOINT_URL: undefined, BRINE_LOG: 'all' } });
  await dev.waitFor(/is ready/);
  const file = JSON.parse(readFileSync(join(home, '.brine/dev.json'), 'utf8'));
  sockets = file.sockets;
  env = {
    AWS_ENDPOINT_URL: file.endpoint,
    AWS_REGION: file.region,
    AWS_ACCESS_KEY_ID: file.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: file.credentials.secretAccessKey,
  };
  for (const id of ['mysql1', 'web1', 'db1']) await dev.waitFor(new RegExp(`minion ${id}.*link_state.*accepted`));
}, 30_000);

afterAll(async () => {
  await endProcesses();
  rmSync(home, { recursive: true });
  rmSync(elsewhere, { recursive: true });
});

async function type(...words: string[]): Promise<Exit & { out: string[]; text: string }> {
  const shell = startProcess(words.join(' '), [brine, ...words], { cwd: elsewhere, env });
  const exit = await shell.exited;
  return { ...exit, out: [...shell.output].filter((line) => !line.startsWith('→')), text: shell.output.join('\n') };
}

it('keeps its file to itself: mode 0600', () => {
  expect(statSync(join(home, '.brine/dev.json')).mode & 0o777).toBe(0o600);
});

it("run '*' test.ping prints each return", async () => {
  const { code, out } = await type('run', '*', 'test.ping', '--static');
  expect(code).toBe(0);
  expect(out.join('\n').replaceAll('    True', 'T').split('\n').sort()).toEqual(['T', 'T', 'T', 'db1:', 'mysql1:', 'web1:']);
});

it('run -C reaches whom the compound expression means, through a shell', async () => {
  const { code, out } = await type('run', '-C', 'G@os:CentOS and not web1', 'cmd.run', 'echo one; echo two');
  expect([code, out]).toEqual([0, ['mysql1:', '    one', '    two']]);
});

it.each([
  [['run', 'nobody', 'test.ping'], 2, 'No minions matched the target'],
  [['run', 'web1', 'nope.nope'], 1, "'nope.nope' is not available."],
  [
    ['run', 'web1', 'test.echo'],
    1,
    "Passed invalid arguments to test.echo: echo() missing 1 required positional argument: 'text'",
  ],
  [['run', 'web1', 'cmd.run', 'exit 3'], 1, 'web1:'],
  [['run', 'web1', 'cmd.run', 'sleep 5', 'timeout=1'], 1, 'sleep 5 : Timed out after 1 seconds'],
  [['runner', 'nope.nope'], 1, "'nope.nope' is not available."],
  [['fire', 'tag', 'no mapping'], 64, 'the data of an event is a mapping'],
  [['fire', '', '{a: 1}'], 1, 'expected a tag, found an empty text'],
  [['run', 'web1', 'test.ping', '--out', 'jsn'], 64, 'did you mean json?'],
  [['rnu', 'web1', 'test.ping'], 64, 'Did you mean run?'],
])('brine %j ends with %d and says why', async (words, code, text) => {
  const ended = await type(...words);
  expect(ended.code).toBe(code);
  expect(ended.text).toContain(text);
});

it('fire is an event of a person, and the reaction that it meets runs', async () => {
  const left = join(home, '.brine/minions/web1/work/tmp/left');
  mkdirSync(join(left, '..'), { recursive: true });
  writeFileSync(left, 'x');
  const watch = startProcess('events', [brine, 'events', '--count', '2', 'salt/job/*/ret/*'], { cwd: elsewhere, env });
  await watch.waitFor(/^watching/);
  expect((await type('fire', 'testtag', '{id: mysql1}')).code).toBe(0);
  expect((await watch.exited).code).toBe(0);
  const lines = watch.output.filter((line) => line.startsWith('salt/job/'));
  expect(
    lines
      .map((line) => JSON.parse(line.split('\t')[1] as string))
      .map(({ id, fun, retcode, cmd }) => [id, fun, retcode, cmd])
      .sort(),
  ).toEqual([
    ['mysql1', 'cmd.run', 0, '_return'],
    ['web1', 'cmd.run', 0, '_return'],
  ]);
  expect(existsSync(left)).toBe(false);
});

it('relay fire goes in through the relay, signed by a host of its own that nobody can target', async () => {
  const watch = startProcess('events', [brine, 'events', '--count', '1', 'edge/*'], { cwd: elsewhere, env });
  await watch.waitFor(/^watching/);
  const data = join(elsewhere, 'edge');
  const fired = await type('relay', 'fire', 'edge/test', '{n: 1}', '--data', data);
  expect([fired.code, fired.out.join()]).toEqual([
    0,
    expect.stringMatching(/^fired edge\/test as edge-.*, taken by EventBridge$/),
  ]);
  await watch.exited;
  expect(watch.output.at(-1)).toMatch(/^edge\/test\t\{"id": "edge-.*"data": \{"n": 1\}/);
  const refused = await type('relay', 'fire', 'salt/auth', '{id: web1}', '--data', data);
  expect([refused.code, refused.text]).toEqual([1, expect.stringContaining('the relay refused salt/auth with trust.tag')]);
  expect((await type('run', 'edge-*', 'test.ping')).code).toBe(2);
  expect((await type('minions', 'list')).text).not.toContain('edge-');
});

it("call event.fire_master is the tutorial's second reaction: it ends in the runner's answer", async () => {
  const watch = startProcess('events', [brine, 'events', '--pretty', '--count', '2', 'salt/run/*'], { cwd: elsewhere, env });
  await watch.waitFor(/^watching/);
  const call = startProcess('call', [brine, 'call', '--minion', 'mysql1', 'event.fire_master', '{state: refresh}', 'test1xtag'], {
    cwd: home,
    env,
  });
  expect((await call.exited).code).toBe(0);
  await watch.exited;
  expect(watch.output.join('\n')).toContain('Overstate was removed from Salt in 2015.8');
});

it("call event.fire stays on that minion's own bus", async () => {
  const own = startProcess('own', [brine, 'events', '--minion', 'mysql1', '--count', '1'], { cwd: home, env });
  await own.waitFor(/^watching/);
  const call = startProcess('call', [brine, 'call', '--minion', 'mysql1', 'event.fire', "{'data': 'some message'}", 'tag'], {
    cwd: home,
    env,
  });
  await call.exited;
  await own.exited;
  expect(own.output.at(-1)).toMatch(/^tag\t\{"data": "some message", "_stamp": "/);
  expect(Object.keys(sockets).sort()).toEqual(['db1', 'mysql1', 'web1']);
});

it('a fourth minion in a process of its own waits, is let in, and goes on without a restart', async () => {
  const joined = (await type('relay', 'join')).out.at(-1) as string;
  const web9 = startProcess(
    'web9',
    [brine, 'minion', 'start', '--id', 'web9', '--data', join(elsewhere, 'web9'), '--join', joined],
    { cwd: elsewhere, env },
  );
  await web9.waitFor(/web9: pending/);
  expect((await type('key', 'list')).text).toContain('Unaccepted Keys:\nweb9');
  expect((await type('key', 'accept', 'web9')).text).toContain('Key for minion web9 accepted.');
  await web9.waitFor(/web9: accepted/);
  expect((await type('run', 'web9', 'test.ping')).out).toEqual(['web9:', '    True']);
  expect((await web9.end('SIGTERM')).code).toBe(0);
});

it('what is saved is taken over, and what is wrong is refused while the old one stays', async () => {
  writeFileSync(join(home, 'srv/reactor/start.sls'), 'x:\n  local.test.ping:\n   - tgt: web1\n  bad: [\n');
  writeFileSync(join(home, 'reactor.conf'), "reactor:\n  - 'testtag':\n- /srv/reactor/start.sls\n");
  await dev.waitFor(/reactor\.conf:3:1: expected .*indent it under 'testtag'/);
  writeFileSync(join(home, 'srv/reactor/start.sls'), 'x:\n  local.test.echo:\n    - tgt: db1\n    - arg: [saved]\n');
  writeFileSync(join(home, 'reactor.conf'), "reactor:\n  - 'testtag':\n    - /srv/reactor/start.sls\n");
  await dev.waitFor(/^taken over: 1 entries/);
});

it('ends by SIGTERM with 0, and its file is gone', async () => {
  expect((await dev.end('SIGTERM')).code).toBe(0);
  expect(readdirSync(join(home, '.brine'))).not.toContain('dev.json');
});
