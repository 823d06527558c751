/** The README's table, typed against a running `brine dev`: the command line shares nothing with it but AWS_ENDPOINT_URL and credentials. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installedBrine } from '../support/bundled.ts';
import { type Exit, endProcesses, type Running, startProcess } from '../support/processes.ts';

const root = join(import.meta.dirname, '../..');
const brine = installedBrine();
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

/** Typed where only the environment tells of the system; `here` where the running `brine dev` and its minions' sockets are. */
it.each<[string, readonly string[], number, RegExp]>([
  ['', ['jobs', 'list'], 0, /^\d{20}_\w{16} {2}cmd\.run/m],
  ['', ['minions', 'status'], 0, /^web1 +(?:here since \S+, )?started 20/m],
  ['', ['minions', 'show', 'web1', '--out', 'json'], 0, /"os": "CentOS"/],
  ['', ['runner', 'manage.status', '--out', 'json'], 0, /"up": \[\s*"db1",\s*"mysql1",\s*"web1"\s*\],\s*"down": \[\]/],
  ['', ['runner', 'jobs.last_run', 'function=cmd.run'], 0, /Function:\n\s+cmd\.run/],
  ['', ['wheel', 'key.list_all'], 0, /minions:\n\s+- db1\n[^:]*- mysql1\n\s+- web1/],
  ['', ['key', 'list', '--out', 'json'], 0, /"minions": \[\s*"db1",[^\]]*"mysql1",\s*"web1"\s*\]/],
  ['', ['key', 'list', '--state', 'un'], 0, /^Unaccepted Keys:$/m],
  ['', ['key', 'accept', 'nobody'], 2, /^The key glob 'nobody' does not match any unaccepted keys\.$/m],
  ['', ['failures'], 0, /^nothing failed$/m],
  ['', ['relay', 'status'], 0, /^1: answers under its key in \d+ ms at tcp:/m],
  ['', ['doctor'], 0, /^ok {4}who signs jobs: .*brine-runner, brine-operator and nobody else$/m],
  [
    '',
    ['events', '--since', '1h', '--where', 'fun=cmd.*', '--count', '1', 'salt/job/*/new'],
    0,
    /^salt\/job\/\d{20}_\w{16}\/new\t\{"jid": "/m,
  ],
  ['', ['events', '--since', 'yesterday'], 64, /--since wants a time, found "yesterday"/],
  ['', ['events', '--where', 'id'], 64, /--where wants path=value, found "id"/],
  ['', ['events', '--count', 'many'], 64, /--count wants a whole number/],
  [
    '',
    ['minion', 'start', '--id', 'x', '--join', 'brine1.AAAA'],
    1,
    /no base64url after it \(hint: print a new one with: brine relay join\)/,
  ],
  ['', ['minion', 'status', '--minion', 'web7'], 1, /no minion web7 runs here/],
  [
    'here',
    ['env'],
    0,
    /^export AWS_ENDPOINT_URL='http:\/\/127\.0\.0\.1:\d+'$(?:.|\n)*^export BRINE_STACK='000000000000\/us-east-1\/brine'$/m,
  ],
  ['here', ['minion', 'status', '--minion', 'web1'], 0, /^web1: accepted\n {4}key {4}SHA256:/m],
  ['here', ['minion', 'grains', '--minion', 'web1', 'os'], 0, /os:\n\s+CentOS/],
  ['here', ['minion', 'logs', '--minion', 'web1', '--count', '500'], 0, /^20\S+Z link_state \{"state": "accepted"\}$/m],
  ['here', ['minion', 'failures', '--minion', 'web1'], 0, /^nothing was set aside$/m],
  ['here', ['minion', 'failures', 'drop', '7', '--minion', 'web1'], 1, /no event 7 was set aside/],
  ['here', ['doctor', '--minion', 'web1'], 0, /^ok {4}minion web1: accepted through tcp:.*^ok {4}bundle: .*^ok {4}rules: /ms],
])('%s brine %j ends with %d', async (where, words, code, text) => {
  const shell = startProcess(
    words.join(' '),
    [brine, ...words],
    where ? { cwd: home, env: { AWS_ENDPOINT_URL: undefined } } : { cwd: elsewhere, env },
  );
  const exit = await shell.exited;
  expect([exit.code, shell.output.join('\n')]).toEqual([code, expect.stringMatching(text)]);
});

it('says on standard error where it acts, and nothing where it only looks', async () => {
  const at = async (options: { cwd: string; env: Record<string, string | undefined> }, ...words: string[]) => {
    const shell = startProcess(words.join(' '), [brine, ...words], options);
    await shell.exited;
    return shell.output.filter((line) => line.startsWith('→'));
  };
  expect(await at({ cwd: home, env: { AWS_ENDPOINT_URL: undefined } }, 'fire', 'some/tag')).toEqual([
    `→ local (.brine, pid ${dev.pid})`,
  ]);
  expect(await at({ cwd: elsewhere, env }, 'fire', 'some/tag')).toEqual([`→ ${env.AWS_ENDPOINT_URL}`]);
  const stack = '000000000000/us-east-1/brine';
  expect(await at({ cwd: elsewhere, env }, 'fire', 'some/tag', '--stack', stack)).toEqual([`→ ${stack}`]);
  expect(await at({ cwd: elsewhere, env }, 'key', 'list')).toEqual([]);
});

it('credentials that are not of this system are said to be so', async () => {
  const wrong = startProcess('wrong', [brine, 'key', 'list'], { cwd: elsewhere, env: { ...env, AWS_SECRET_ACCESS_KEY: 'x' } });
  expect((await wrong.exited).code).toBe(1);
  expect(wrong.output.join()).toContain('AWS does not know these credentials');
});

const LISTEN = `
import * as events from 'brine/events';
const stop = new AbortController();
const watching = () => console.log('watching');
for await (const { tag, data } of events.iterEvents({ tag: 'lib/*', full: true, signal: stop.signal, watching })) {
  console.log(tag, data.n, typeof data._stamp);
  stop.abort();
}
for await (const data of events.iterEvents({ tag: 'lib/*', signal: AbortSignal.timeout(1) })) console.log(data);
`;

it.each([
  ['a checkout', () => root],
  ['the package', () => join(brine, '../..')],
])(
  'the library brine/events from %s: iterEvents, as somebody imports it',
  async (name, where) => {
    const project = join(elsewhere, name.replace(' ', '-'));
    mkdirSync(join(project, 'node_modules'), { recursive: true });
    symlinkSync(where(), join(project, 'node_modules/brine'));
    writeFileSync(join(project, 'listen.mjs'), LISTEN);
    const listener = startProcess(name, ['listen.mjs'], { cwd: project, env });
    await listener.waitFor(/^watching/, 60_000);
    expect((await type('fire', 'lib/a', '{n: {m: [5]}}')).code).toBe(0);
    expect([(await listener.exited).code, listener.output.at(-1)]).toEqual([0, 'lib/a { m: [ 5 ] } string']);
  },
  90_000,
);

it('a reader that goes away ends it quietly', async () => {
  await type('run', 'web1', 'test.ping');
  const line = `"${process.execPath}" "${brine}" events --since 1h | head -1`;
  const ran = spawnSync('sh', ['-c', line], {
    cwd: elsewhere,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect([ran.status, ran.stdout.split('\n').length, ran.stderr]).toEqual([0, 2, expect.not.stringMatching(/EPIPE|at .*\.ts/)]);
}, 90_000);

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

it("run '*' event.fire reaches each minion's own bus; env prints what reaches the system, for a shell", async () => {
  const own = startProcess('own', [brine, 'events', '--minion', 'db1', '--count', '1', '--json'], { cwd: home, env });
  await own.waitFor(/^watching/);
  const shell = `eval "$("${process.execPath}" "${brine}" env)"; cd "${elsewhere}"; "${process.execPath}" "${brine}" run '*' event.fire "{'data': 'x'}" tag --static`;
  const fired = startProcess('shell', ['-c', shell], { command: 'sh', cwd: home, env: { AWS_ENDPOINT_URL: undefined } });
  expect([(await fired.exited).code, fired.output.filter((line) => line === '    True')]).toEqual([0, Array(3).fill('    True')]);
  await own.exited;
  expect(JSON.parse(own.output.at(-1) ?? '')).toMatchObject({ tag: 'tag', data: { data: 'x' } });
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
  writeFileSync(join(home, 'reactor.conf'), '');
  await dev.waitFor(/reactor\.conf: the file is empty/);
  writeFileSync(join(home, 'reactor.conf'), "reactor:\n  - 'testtag':\n    - /srv/reactor/start.sls\n");
  await dev.waitFor(/start\.sls:\d+:\d+: /);
  writeFileSync(join(home, 'srv/reactor/start.sls'), '{% if data.id %}\nx:\n  local.test.ping:\n    - tgt: web1\n');
  await dev.waitFor(/start\.sls:\d+:\d+: Unexpected end of template/);
  expect(dev.output.some((line) => line.startsWith('taken over'))).toBe(false);
  writeFileSync(join(home, 'srv/reactor/start.sls'), 'x:\n  local.test.echo:\n    - tgt: db1\n    - arg: [saved]\n');
  writeFileSync(join(home, 'reactor.conf'), "reactor:\n  - 'testtag':\n    - /srv/reactor/start.sls\n");
  await dev.waitFor(/^taken over: 1 entry/);
});

it('ends by SIGTERM with 0, and its file is gone', async () => {
  expect((await dev.end('SIGTERM')).code).toBe(0);
  expect(readdirSync(join(home, '.brine'))).not.toContain('dev.json');
});
