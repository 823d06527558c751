/** match, config, sys, saltutil, event and test: rows are what Salt 3008.5 gave for the same calls. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dict, toPlain } from '../../../core/value.ts';
import { createHost, type Host } from '../../support/host.ts';

let host: Host;
const JOB = {
  jid: '20261122221934123457',
  fun: 'cmd.run',
  arg: ['sleep 60'],
  tgt: 'web*',
  tgt_type: 'glob',
  user: 'root',
  ret: '',
  pid: 4711,
};
beforeAll(() => {
  host = createHost({
    grains: { id: 'web1', os: 'Debian', ipv4: ['127.0.0.1'], ipv6: [], locale_info: { timezone: 'UTC' } },
    settings: { backup: { keep: 7 } },
    env: { LANG: 'C', SHOWN: 'yes' },
    pub: Dict.of({ __pub_fun: 'event.send', __pub_jid: '1' }),
    running: [JOB],
  });
});
afterAll(() => host.close());

const rows: readonly (readonly [string, readonly unknown[], object, unknown])[] = [
  ['match.glob', ['web*'], {}, true],
  ['match.glob', ['db*'], { minion_id: 'db1' }, true],
  ['match.compound', ['G@os:Debian and web*'], {}, true],
  ['match.compound', ['not web*'], {}, false],
  ['match.list', ['web1,web2'], {}, true],
  ['match.list', ['web2'], {}, false],
  ['match.pcre', ['web[0-9]'], {}, true],
  ['match.grain', ['os:Deb*'], {}, true],
  ['match.grain_pcre', ['os:(Debian|Ubuntu)'], {}, true],
  ['match.ipcidr', ['127.0.0.1'], {}, true],
  ['match.ipcidr', ['10.0.0.0/8'], {}, false],
  ['match.filter_by', [{ 'web*': { port: 80 }, default: 1 }], {}, { port: 80 }],
  ['match.search_by', [{ web: ['web*'], db: ['db*'] }], {}, ['web']],
  ['match.search_by', [{ db: ['db*'] }], {}, null],
  ['config.get', ['id'], {}, 'web1'],
  ['config.get', ['nope'], {}, ''],
  ['config.get', ['nope', 'd'], {}, 'd'],
  ['config.get', ['os'], {}, 'Debian'],
  ['config.get', ['backup:keep'], {}, 7],
  ['config.get', ['locale_info:timezone'], {}, 'UTC'],
  ['config.get', ['os'], { omit_grains: true }, ''],
  ['config.option', ['id'], {}, 'web1'],
  ['config.option', ['nope'], {}, ''],
  ['sys.argspec', ['test.echo'], {}, { 'test.echo': { args: ['text'], defaults: null, varargs: null, kwargs: null } }],
  [
    'sys.argspec',
    ['grains.get'],
    {},
    {
      'grains.get': { args: ['key', 'default', 'delimiter', 'ordered'], defaults: ['', ':', true], varargs: null, kwargs: null },
    },
  ],
  ['sys.argspec', ['test.arg'], {}, { 'test.arg': { args: null, defaults: null, varargs: true, kwargs: true } }],
  ['sys.list_modules', ['gra*'], {}, ['grains']],
  ['sys.list_functions', ['match.gl*'], {}, ['match.glob']],
  ['sys.list_functions', ['nosuch'], {}, []],
  ['sys.doc', ['nosuch'], {}, {}],
  ['saltutil.find_job', ['20200101000000000000'], {}, {}],
  ['saltutil.find_job', [JOB.jid], {}, { ...JOB, jid: JOB.jid }],
  ['saltutil.running', [], {}, [JOB]],
  ['saltutil.is_running', ['cmd.*'], {}, [JOB]],
  ['saltutil.is_running', ['test.*'], {}, []],
  ['saltutil.signal_job', ['20200101000000000000', 15], {}, ''],
  ['saltutil.kill_job', [JOB.jid], {}, `Signal 9 sent to job ${JOB.jid} at pid 4711`],
  ['saltutil.term_job', [JOB.jid], {}, `Signal 15 sent to job ${JOB.jid} at pid 4711`],
  ['saltutil.signal_job', [JOB.jid, 'HUP'], {}, `Signal 1 sent to job ${JOB.jid} at pid 4711`],
  ['saltutil.refresh_grains', [], {}, true],
  ['saltutil.sync_modules', [], {}, []],
  ['event.fire', ['text', 't'], {}, false],
  ['event.fire', [{ a: 1 }, ''], {}, false],
  ['event.fire', [{ a: 1 }, 't'], {}, true],
  [
    'test.arg_type',
    [1, 'x', 2.5, null, [1]],
    {},
    { args: ['int', 'str', 'float', 'NoneType', 'list'].map((name) => `<class '${name}'>`), kwargs: expect.any(Object) },
  ],
  ['test.arg_clean', [1, 'x'], { a: 2 }, { args: [1, 'x'], kwargs: { a: 2 } }],
  ['test.outputter', [{ a: 1 }], {}, { a: 1 }],
  ['test.assertion', [true], {}, null],
  ['test.cross_test', ['test.echo', ['x']], {}, 'x'],
  ['test.try', ['test.exception'], {}, null],
  ['test.raise_exception', ['nosuch'], {}, false],
  ['test.rand_str', [], {}, expect.stringMatching(/^[0-9a-f]{64}$/)],
];

it.each(rows)('%s %j %j', async (fun, arg, kwarg, expected) => {
  expect(toPlain((await host.call(fun, arg, kwarg as Record<string, unknown>)).return)).toEqual(expected);
});

it('test.collatz and test.fib: a list or number, and the seconds', async () => {
  const [steps, seconds] = toPlain((await host.call('test.collatz', [3])).return) as [number[], number];
  expect([steps, seconds >= 0]).toEqual([[3, 10, 5, 16, 8, 4, 2], true]);
  expect((toPlain((await host.call('test.fib', [30])).return) as number[])[0]).toBe(832_040);
});

it('every function has a docstring, and sys.doc shows it as Salt does, with a call that is typed here', async () => {
  const docs = toPlain((await host.call('sys.doc')).return) as Record<string, string>;
  const names = toPlain((await host.call('sys.list_functions')).return) as string[];
  expect(Object.keys(docs).sort()).toEqual(names);
  expect(names.length).toBeGreaterThan(200);
  for (const [name, doc] of Object.entries(docs)) {
    expect(doc, name).toMatch(
      new RegExp(`^\\n {4}[A-Z][^]*\\n\\n {4}CLI Example:\\n\\n {8}brine run '\\*' ${name.replace('.', '\\.')}`),
    );
    expect(doc, name).not.toMatch(/salt '\*'/);
  }
});

describe('event.send and fire_master', () => {
  const fired = () => host.fired.at(-1);
  it('data, keywords and what the platform adds, with grains and variables that are asked for', async () => {
    await host.call('event.send', ['my/tag', { a: 1 }], {
      b: 2,
      with_grains: ['os', 'nope'],
      with_env: ['SHOWN'],
      with_pillar: true,
      with_env_opts: true,
      preload: { x: 1 },
    });
    expect({ ...fired(), data: toPlain(fired()?.data ?? null) }).toEqual({
      where: 'master',
      tag: 'my/tag',
      data: {
        a: 1,
        b: 2,
        environ: { SHOWN: 'yes' },
        grains: { os: 'Debian' },
        pillar: {},
        saltenv: 'base',
        pillarenv: null,
        __pub_fun: 'event.send',
        __pub_jid: '1',
      },
    });
  });
  it('all grains and the whole environment with True; explicit data wins over everything', async () => {
    await host.call('event.send', ['t', { grains: 'mine' }], { with_grains: true, with_env: true });
    const data = toPlain(fired()?.data ?? null) as { grains: unknown; environ: object };
    expect(data.grains).toBe('mine');
    expect(data.environ).toMatchObject({ SHOWN: 'yes', LANG: 'C' });
  });
  it('fire_master takes any data, fire stays on the host with a stamp', async () => {
    expect((await host.call('event.fire_master', ['some message', 'tag'], { preload: { a: 1 } })).return).toBe(true);
    expect(fired()).toEqual({ tag: 'tag', data: 'some message', where: 'master' });
    await host.call('event.fire', [{ a: 1 }, 'own/tag']);
    expect({ ...fired(), data: toPlain(fired()?.data ?? null) }).toEqual({
      where: 'local',
      tag: 'own/tag',
      data: { a: 1, _stamp: expect.stringMatching(/\+00:00$/) },
    });
  });
  it.each(['salt/auth', 'salt/job/1/ret/web2', 'salt/minion/db1/start'])('%s is not this host to fire', async (tag) => {
    const before = host.fired.length;
    const { return: text, retcode } = await host.call('event.send', [tag]);
    expect([text, retcode]).toEqual([expect.stringContaining(`this minion may not fire ${tag}`), 1]);
    expect(host.fired.length).toBe(before);
  });
});
