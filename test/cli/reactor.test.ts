/** The author's commands on the examples and on a project full of traps: no AWS, no relay, no network. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedBrine } from '../support/bundled.ts';

const root = join(import.meta.dirname, '../..');
let home: string;

interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function brine(cwd: string, ...words: string[]): Promise<Done> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [installedBrine(), 'reactor', ...words],
      { cwd, env: { PATH: process.env.PATH, NO_COLOR: '1' } },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'brine-author-'));
  mkdirSync(join(home, 'srv/reactor'), { recursive: true });
  writeFileSync(
    join(home, 'reactor.conf'),
    "reactor:\n  - 'deploy/*':\n    - /srv/reactor/deploy.sls\n    - /srv/reactor/other.sls\n  - 'gone':\n    - /srv/reactor/gone.sls\n",
  );
  writeFileSync(
    join(home, 'srv/reactor/deploy.sls'),
    [
      '{% if false %}',
      'never:',
      '  local.test.ping:',
      "    - tgt: '*'",
      '{% endif %}',
      'run_it:',
      '  local.cmd.run:',
      "    - tgt: '*'",
      '    - arg:',
      '      - deploy {{ data.data.branch }}',
      'again:',
      '  runner.event.send:',
      '    - tag: deploy/again',
      'typo:',
      '  runner.jobs.activ: []',
      'no_target:',
      '  local.test.pingg: []',
      '',
    ].join('\n'),
  );
  writeFileSync(
    join(home, 'srv/reactor/other.sls'),
    'run_it:\n  local.test.arg:\n    - tgt: web1\n    - arg: one\n    - expr_form: glob\n',
  );
  writeFileSync(
    join(home, 'srv/reactor/looped.sls'),
    '{% for n in [1, 2] %}\na_{{ n }}:\n  local.test.arg: [{tgt: web1}, {arg: [{{ n }}]}]\n{% endfor %}\n',
  );
  writeFileSync(join(home, 'srv/reactor/wrong.sls'), 'a:\n  local.test.arg: [{tgt: {{ nope }}}]\n');
  writeFileSync(join(home, 'event.yaml'), 'tag: deploy/now\ndata: {id: web1, data: {branch: main}}\n');
  writeFileSync(join(home, 'minions.yaml'), '- id: web1\n  grains: {os: CentOS}\n- id: db1\n  grains: {os: Debian}\n');
});

afterAll(() => rmSync(home, { recursive: true }));

describe('check', () => {
  it('as JSON too; a project without errors exits 0', async () => {
    const { out } = await brine(home, 'check', '--json');
    expect(JSON.parse(out).filter(({ level }: { level: string }) => level === 'error')).toHaveLength(3);
    expect((await brine(root, 'check', 'examples/seed')).code).toBe(0);
  });

  it('a directory that is none is said', async () => {
    const { code, out } = await brine(home, 'check', 'nowhere');
    expect([code, out]).toEqual([1, expect.stringContaining('project.missing')]);
  });
});

it('render shows the three stages, each line with its own, from any directory', async () => {
  const { out } = await brine(join(home, 'srv'), 'render', 'reactor/looped.sls', '--event', '../event.yaml');
  expect(out).toBe(
    [
      '# jinja',
      '   1',
      '   2  a_1:',
      '   3    local.test.arg: [{tgt: web1}, {arg: [1]}]',
      '   1',
      '   2  a_2:',
      '   3    local.test.arg: [{tgt: web1}, {arg: [2]}]',
      '   3',
      '# yaml',
      '   2  a_1:',
      '   3    local.test.arg:',
      '   3    - tgt: web1',
      '   3    - arg:',
      '   3      - 1',
      '   2  a_2:',
      '   3    local.test.arg:',
      '   3    - tgt: web1',
      '   3    - arg:',
      '   3      - 2',
      '# reactions',
      'reactor/looped.sls:3:3 a_1',
      '  local.test.arg:',
      '    tgt: web1',
      '    arg:',
      '    - 1',
      'reactor/looped.sls:3:3 a_2',
      '  local.test.arg:',
      '    tgt: web1',
      '    arg:',
      '    - 2',
      '',
    ].join('\n'),
  );
});

it('render of what has an error says where, and fails', async () => {
  const { code, out, err } = await brine(home, 'render', 'srv/reactor/wrong.sls', '--event', 'event.yaml');
  expect([code, out, err]).toEqual([1, '', expect.stringMatching(/^srv\/reactor\/wrong\.sls:2:\d+: .*'nope' is undefined/)]);
});

describe('explain', () => {
  it('says why entries matched and hosts are meant, and which lines ran', async () => {
    const { out } = await brine(home, 'explain', '--event', 'event.yaml', '--minions', 'minions.yaml');
    expect(out).toContain("✓ 'deploy/*' (reactor.conf:2:5): srv/reactor/deploy.sls, srv/reactor/other.sls");
    expect(out).toContain("– 'gone' (reactor.conf:5:5): it is 'gone', the tag 'deploy/now'");
    expect(out).toContain('  ●  1  {% if false %}   ← not taken\n  ○  2  never:\n');
    expect(out).toContain('✓ web1: web1 yes (the id web1 matches)');
    expect(out).toContain('– db1: web1 no (the id db1 does not match)');
  });

  it('of a reactor.conf that is wrong it says so, and fails', async () => {
    const dir = join(home, 'wrong');
    mkdirSync(join(dir, 'srv/reactor'), { recursive: true });
    writeFileSync(join(dir, 'reactor.conf'), "reactor:\n  - 'a':\n  - /srv/reactor/a.sls\n");
    writeFileSync(join(dir, 'srv/reactor/a.sls'), '{% if data.x %}\nx:\n  local.test.ping: [{tgt: web1}]\n');
    writeFileSync(join(dir, 'e.json'), '{"tag": "a", "data": {}}');
    const { code, out } = await brine(dir, 'explain', '--event', 'e.json');
    expect(code).toBe(1);
    expect(out).toContain(
      "reactor.conf:3:5: expected the SLS files of 'a' below it, found '/srv/reactor/a.sls' beside it (hint: indent it under 'a')",
    );
    expect(out).toMatch(/srv\/reactor\/a\.sls:1:16: Unexpected end of template\..*\(hint: close it with \{% endif %\}\)/);
    writeFileSync(join(dir, 'srv/reactor/a.sls'), 'x:\n  local.test.ping: [{tgt: {{ data.id\n');
    const half = await brine(dir, 'check');
    expect(half.out).toMatch(/a\.sls:2:\d+ jinja\.syntax expected token 'end of print statement'.*\(close it with \}\}\)/);
  });

  it('takes hosts of brine.yaml, or says that it knows none', async () => {
    expect((await brine(home, 'explain', '--event', 'event.yaml')).out).toContain('hosts are not known here: --minions FILE');
    writeFileSync(join(home, 'brine.yaml'), 'minions:\n  web1: {os: CentOS}\n  db7:\n');
    const { out } = await brine(home, 'explain', '--event', 'event.yaml');
    rmSync(join(home, 'brine.yaml'));
    expect(out).toContain('– db7: web1 no');
  });

  it('as a page it needs nothing from elsewhere, and a host’s markup is text', async () => {
    writeFileSync(
      join(home, 'evil.yaml'),
      'tag: deploy/<script>alert(1)</script>\ndata: {id: web1, data: {branch: "<img src=x>"}}\n',
    );
    await brine(home, 'explain', '--event', 'evil.yaml', '--html', 'out.html');
    const page = readFileSync(join(home, 'out.html'), 'utf8');
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).not.toMatch(/<script|<img|<link|url\(|https?:/);
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('name="viewport"');
  });

  it.each([
    ['nowhere.yaml', 'there is no such file'],
    ['.', 'there is no such file'],
    ['reactor.conf', 'an event is a mapping with tag and data'],
  ])('--event %s', async (event, words) => {
    const { code, err } = await brine(home, 'explain', '--event', event);
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
  });
});

it('compile shows rules, quotas and what starts for nothing', async () => {
  writeFileSync(join(home, 'tags'), 'deploy/now\t{}\ngone\nother\n');
  const { out } = await brine(home, 'compile', '--events', 'tags', '--project', '.');
  expect(out).toContain('1 rule of 290, 0 of 30 with wildcards');
  expect(out).toContain('of 3 events 2 start the reactor, 0 of them for nothing (0.0 % of all)');
  mkdirSync(join(home, 'wide'), { recursive: true });
  writeFileSync(join(home, 'wide/reactor.conf'), "reactor:\n  - 'web?/up/*':\n    - /srv/reactor/gone.sls\n");
  writeFileSync(join(home, 'tags.json'), '{"tag": "web1/up/x", "data": {}}\n{"tag": "web12/up/x"}\n');
  const wide = await brine(home, 'compile', '--project', 'wide', '--events', 'tags.json');
  expect(wide.out).toContain(
    `'web?/up/*' → {"wildcard":"web*/up/*"}: a pattern has no ? and no sets beside a star; 50.0 % of the events start it for nothing`,
  );
  expect([wide.code, wide.err]).toEqual([1, expect.stringContaining('wide/reactor.conf:2:5: no file for /srv/reactor/gone.sls')]);
  writeFileSync(join(home, 'bad'), 'a\t{"x": 1}\nb\t{oops\n');
  expect((await brine(home, 'compile', '--events', 'bad')).err).toContain('bad:2:1: what follows the tag is no JSON');
});

describe('backtest', () => {
  const line = (tag: string, data: object) => `${tag}\t${JSON.stringify(data)}\n`;
  const git = (cwd: string, ...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...words], { cwd, stdio: 'ignore' });
  let dir: string;
  beforeAll(() => {
    dir = join(home, 'history/site');
    mkdirSync(join(dir, 'srv/reactor'), { recursive: true });
    writeFileSync(
      join(dir, 'reactor.conf'),
      "reactor:\n  - 'a/*':\n    - /srv/reactor/a.sls\n  - 'b':\n    - /srv/reactor/a.sls\n",
    );
    writeFileSync(join(dir, 'srv/reactor/a.sls'), 'x:\n  local.test.arg:\n    - tgt: web1\n    - arg: [{{ data.n }}]\n');
    git(join(home, 'history'), 'init', '-q');
    git(join(home, 'history'), 'add', '.');
    git(join(home, 'history'), 'commit', '-q', '-m', 'one');
    writeFileSync(join(dir, 'rec'), `${line('a/1', { n: 1 })}${line('c', {})}${line('a/2', {})}a/3\n? ${line('b', { n: 2 })}`);
  });

  it('says what each entry would have done, and what would have gone wrong', async () => {
    const { code, out } = await brine(dir, 'backtest', '--events', 'rec');
    expect([code, out]).toEqual([
      1,
      [
        '5 events, 4 of which wake the reactor; 2 reactions',
        "       3  'a/*' (reactor.conf:2): local.test.arg × 1",
        "       1  'b' (reactor.conf:4): local.test.arg × 1",
        '1 event of these came without data: what their templates do with it cannot be told',
        '',
        'problems',
        "  1 ×  srv/reactor/a.sls:4:20: 'dict object' has no attribute 'n'; first in line 3, a/2",
        '',
      ].join('\n'),
    ]);
  });

  it('against a revision or a directory only what differs counts', async () => {
    const same = await brine(dir, 'backtest', '--events', 'rec', '--against', 'HEAD');
    expect([same.code, same.out]).toEqual([
      0,
      expect.stringMatching(/against HEAD \([0-9a-f]{12}\): every event leads to the same\n$/),
    ]);
    writeFileSync(join(dir, 'srv/reactor/a.sls'), 'x:\n  local.test.arg:\n    - tgt: web2\n    - arg: [{{ data.n }}]\n');
    const { code, out } = await brine(dir, 'backtest', '--events', 'rec', '--against', 'HEAD');
    expect(code).toBe(1);
    expect(out).toContain('2 events of 5 lead to something else');
    expect(out).toContain(
      '1 event, the first in line 1: a/1\n    reactions:\n    - local.test.arg:\n  -     tgt: web1\n  +     tgt: web2\n',
    );
    const other = await brine(dir, 'backtest', '--events', 'rec', '--against', '.');
    expect(other.out).toContain('against .: every event leads to the same');
    expect((await brine(dir, 'backtest', '--events', 'rec', '--against', 'nope')).err).toContain(
      'neither a directory nor a revision',
    );
    expect((await brine(dir, 'backtest')).code).toBe(64);
  });
});

describe('test', () => {
  const examples = readdirSync(join(root, 'examples'), { withFileTypes: true }).flatMap((entry) => {
    const tested =
      entry.isDirectory() && readdirSync(join(root, 'examples', entry.name)).some((file) => file.endsWith('.rtest.yaml'));
    return tested ? [entry.name] : [];
  });
  it.each(examples)('the example %s passes, and every branch is taken every way', async (name) => {
    const { code, out } = await brine(join(root, 'examples', name), 'test');
    expect([code, out]).toEqual([0, expect.not.stringContaining('never:')]);
  });

  it('what is not as expected is shown as a difference, and written with --update', async () => {
    writeFileSync(
      join(home, 'a.rtest.yaml'),
      '# why\n- name: one\n  event: {tag: gone, data: {}}\n  expect:\n  - local.test.ping: {tgt: web1}\n  errors: [reactor.missing_file]\n',
    );
    const { code, out } = await brine(home, 'test');
    expect(code).toBe(1);
    expect(out).toContain('✗ a.rtest.yaml:2: one\n');
    expect(out).toContain('  - - local.test.ping:\n');
    expect(out).toContain('no file for /srv/reactor/gone.sls');
    expect((await brine(home, 'test', '--update')).out).toContain('✓ a.rtest.yaml: one (updated)');
    expect(readFileSync(join(home, 'a.rtest.yaml'), 'utf8')).toBe(
      '# why\n- name: one\n  event: {tag: gone, data: {}}\n  expect: []\n  errors: [reactor.missing_file]\n',
    );
    expect((await brine(home, 'test')).out).toContain('✓ a.rtest.yaml: one\n');
  });

  it('hosts are compared where a test names them; tests can be chosen; several projects run from above', async () => {
    mkdirSync(join(home, 'more/x/srv/reactor'), { recursive: true });
    writeFileSync(join(home, 'more/x/reactor.conf'), "reactor:\n  - 'go':\n    - /srv/reactor/go.sls\n");
    writeFileSync(join(home, 'more/x/srv/reactor/go.sls'), "go:\n  local.test.ping:\n    - tgt: 'web*'\n");
    writeFileSync(
      join(home, 'more/x/go.rtest.yaml'),
      'minions: {web1: {}, db1: {}}\ntests:\n- name: right\n  event: {tag: go}\n  expect: [{local.test.ping: {tgt: web*}}]\n  hosts: {go: [web1]}\n- name: wrong\n  event: {tag: go}\n  minions: {web2: {}}\n  expect: [{local.test.ping: {tgt: web*}}]\n  hosts: {go: [web1]}\n',
    );
    const all = await brine(home, 'test', 'more');
    expect([all.code, all.out]).toEqual([1, expect.stringContaining('  +   - web2\n')]);
    const chosen = await brine(home, 'test', 'more', '--filter', 'RIGHT', '--html', 'test.html');
    expect([chosen.code, chosen.out]).toEqual([0, '✓ more/x/go.rtest.yaml: right\n1 of 1 tests passed; 0 of 0 branches taken\n']);
    expect(readFileSync(join(home, 'test.html'), 'utf8')).toContain('1 of 1 tests passed');
    expect((await brine(home, 'test', 'more', '--filter', 'nothing')).err).toContain("no test is called like 'nothing'");
  });
});
