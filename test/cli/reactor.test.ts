/** The author's commands on the examples and on a project full of traps: no AWS, no relay, no network. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

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
      [join(root, 'bin/brine.js'), 'reactor', ...words],
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

it('render shows the three stages', async () => {
  const { out } = await brine(home, 'render', 'srv/reactor/other.sls', '--event', 'event.yaml');
  expect(out).toBe(
    [
      '# jinja',
      '   1  run_it:',
      '   2    local.test.arg:',
      '   3      - tgt: web1',
      '   4      - arg: one',
      '   5      - expr_form: glob',
      '# yaml',
      'run_it:',
      '  local.test.arg:',
      '  - tgt: web1',
      '  - arg: one',
      '  - expr_form: glob',
      '# reactions',
      '/srv/reactor/other.sls:2:3 run_it',
      '  local.test.arg:',
      '    tgt: web1',
      '    arg:',
      '    - one',
      '',
    ].join('\n'),
  );
});

it('explain says why entries matched and hosts are meant, also as a page in which a host’s markup is text', async () => {
  const { out } = await brine(home, 'explain', '--event', 'event.yaml', '--minions', 'minions.yaml');
  expect(out).toContain("✓ 'deploy/*' (reactor.conf:2:5): /srv/reactor/deploy.sls, /srv/reactor/other.sls");
  expect(out).toContain("– 'gone' (reactor.conf:5:5): it begins with 'gone'");
  expect(out).toContain('/srv/reactor/deploy.sls:1 not taken');
  expect(out).toContain('✓ web1: glob web1 yes');
  expect(out).toContain('– db1: glob web1 no');
  writeFileSync(
    join(home, 'evil.yaml'),
    'tag: deploy/<script>alert(1)</script>\ndata: {id: web1, data: {branch: "<img src=x>"}}\n',
  );
  await brine(home, 'explain', '--event', 'evil.yaml', '--html', 'out.html');
  const page = readFileSync(join(home, 'out.html'), 'utf8');
  expect(page).toContain('&lt;script&gt;alert(1)');
  expect(page).not.toContain('<script>');
  expect(page).not.toContain('<img');
});

it('compile shows rules, quotas and what starts for nothing', async () => {
  writeFileSync(join(home, 'tags'), 'deploy/now\tx\ngone\nother\n');
  const { out } = await brine(home, 'compile', '--events', 'tags');
  expect(out).toContain('1 of 290 rules');
  expect(out).toContain('of 3 events 2 start the reactor, 0 of them for nothing');
});

describe('test', () => {
  const examples = readdirSync(join(root, 'examples')).filter((name) =>
    readdirSync(join(root, 'examples', name)).some((file) => file.endsWith('.rtest.yaml')),
  );
  it.each(examples)('the example %s passes, and every branch is taken every way', async (name) => {
    const { code, out } = await brine(join(root, 'examples', name), 'test');
    expect([code, out]).toEqual([0, expect.not.stringContaining('never:')]);
  });

  it('a reaction that is not as expected is shown as a difference; --update writes what was seen', async () => {
    writeFileSync(
      join(home, 'a.rtest.yaml'),
      '- name: one\n  event: {tag: gone, data: {}}\n  expect:\n  - local.test.ping: {tgt: web1}\n  errors: [reactor.missing_file]\n',
    );
    const { code, out } = await brine(home, 'test');
    expect(code).toBe(1);
    expect(out).toContain('✗ a.rtest.yaml: one');
    expect(out).toContain('  - - local.test.ping:');
    await brine(home, 'test', '--update');
    expect((await brine(home, 'test')).out).toContain('✓ a.rtest.yaml: one');
  });
});
