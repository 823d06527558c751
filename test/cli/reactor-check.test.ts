/** `brine reactor check` on a Salt master's own configuration: one that six years have gone over, with every trap planted, and one that is right. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedBrine } from '../support/bundled.ts';

const root = join(import.meta.dirname, '../..');
const fixtures = join(root, 'test/fixtures');

function check(cwd: string, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [installedBrine(), 'reactor', 'check', ...words],
      { cwd, env: { PATH: process.env.PATH, NO_COLOR: '1' } },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** `file:line:col [level] code`, in the order in which it is printed. */
const MESSY = [
  'master:11:5 warning lint.silent',
  'master:11:5 warning lint.tag',
  'master.d/10-reactor.conf:6:5 warning lint.tag',
  'master.d/10-reactor.conf:8:5 warning lint.tag',
  'master.d/10-reactor.conf:10:5 warning lint.duplicate',
  'master.d/10-reactor.conf:10:5 warning lint.duplicate',
  'master.d/10-reactor.conf:13:5 warning lint.tag',
  'master.d/10-reactor.conf:15:5 warning lint.duplicate',
  'master.d/10-reactor.conf:17:5 reactor.config',
  'master.d/10-reactor.conf:19:5 warning lint.duplicate',
  'master.d/10-reactor.conf:22:5 warning lint.duplicate',
  'master.d/10-reactor.conf:28:5 reactor.config',
  'master.d/10-reactor.conf:30:5 reactor.missing_file',
  'master.d/20-old.conf:1:1 warning lint.silent',
  'srv/reactor/alerts/load.sls:1:15 warning lint.shape',
  'srv/reactor/alerts/load.sls:2:1 warning lint.comment',
  'srv/reactor/alerts/load.sls:7:3 warning lint.function',
  'srv/reactor/alerts/load.sls:8:12 warning lint.silent',
  'srv/reactor/auth.sls:2:7 warning lint.unreachable',
  'srv/reactor/auth.sls:5:14 warning lint.accept',
  'srv/reactor/auth.sls:9:14 warning lint.accept',
  'srv/reactor/auth.sls:11:7 warning lint.unreachable',
  'srv/reactor/auth.sls:11:37 warning lint.shape',
  'srv/reactor/auth.sls:13:3 reactor.function',
  'srv/reactor/broken-empty.sls:1:1 sls.empty',
  'srv/reactor/broken-jinja.sls:1:17 jinja.syntax',
  'srv/reactor/broken-shape.sls:1:1 reactor.shape',
  'srv/reactor/broken-shape.sls:3:1 reactor.shape',
  'srv/reactor/broken-shape.sls:7:3 reactor.function',
  'srv/reactor/broken-shape.sls:11:5 reactor.shape',
  'srv/reactor/broken-shape.sls:13:3 reactor.target',
  'srv/reactor/broken-tab.sls:3:1 yaml.syntax',
  'srv/reactor/broken-twice.sls:4:1 yaml.duplicate_key',
  'srv/reactor/chain-a.sls:5:9 warning lint.loop',
  'srv/reactor/chain-b.sls:1:4 jinja.missing',
  'srv/reactor/deploy.sls:3:12 warning lint.silent',
  'srv/reactor/deploy.sls:5:24 warning lint.quote',
  'srv/reactor/deploy.sls:8:12 warning lint.data',
  'srv/reactor/deploy.sls:9:7 warning lint.old',
  'srv/reactor/deploy.sls:12:12 warning lint.loop',
  'srv/reactor/deploy.sls:15:3 warning reactor.tainted',
  'srv/reactor/deploy.sls:21:9 warning reactor.tainted',
  'srv/reactor/notify.sls:1:1 warning lint.duplicate',
  'srv/reactor/notify.sls:3:7 warning lint.ignored',
  'srv/reactor/notify.sls:4:1 warning lint.duplicate',
  'srv/reactor/notify.sls:7:13 reactor.arguments',
  'srv/reactor/notify.sls:11:25 jinja.missing',
  'srv/reactor/notify.sls:14:12 warning lint.silent',
  'srv/reactor/notify.sls:16:9 warning lint.arg',
  'srv/reactor/notify.sls:18:9 reactor.requisite',
  'srv/reactor/restart.sls:5:7 warning lint.ignored',
  'srv/reactor/restart.sls:6:7 warning lint.ignored',
  'srv/reactor/restart.sls:7:3 warning lint.silent',
  'srv/reactor/restart.sls:9:7 warning lint.arg',
  'srv/reactor/restart.sls:9:29 warning lint.quote',
  'srv/reactor/returns.sls:1:7 warning lint.unreachable',
  'srv/reactor/returns.sls:7:7 warning lint.unreachable',
  'srv/reactor/returns.sls:13:3 note lint.loop',
  'srv/reactor/returns.sls:16:9 warning lint.arg',
  'srv/reactor/returns.sls:18:38 warning lint.regex',
  'srv/reactor/returns.sls:21:12 warning lint.regex',
  'srv/reactor/start.sls:2:3 warning lint.function',
  'srv/reactor/start.sls:6:15 jinja.undefined',
  'srv/reactor/start.sls:11:24 warning lint.quote',
  'srv/reactor/start.sls:11:27 warning lint.shape',
  'srv/reactor/start_old.sls note lint.unused',
];

const short = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(\S+) ((?:warning|note) )?(\S+) .*$/, '$1 $2$3'));

describe('a master that many have worked on', () => {
  it('every planted problem is found at its place, and nothing else', { timeout: 60_000 }, async () => {
    const { code, out, err } = await check(join(fixtures, 'messy-salt'));
    expect(short(out)).toEqual(MESSY);
    expect(code).toBe(1);
    expect(err).toContain('more concern Brine alone: --brine shows them');
  });

  it('files are named as the terminal finds them, a hint stands behind each, and one file can be asked for', {
    timeout: 60_000,
  }, async () => {
    const one = await check(fixtures, 'messy-salt/srv/reactor/auth.sls');
    expect(one.out.split('\n')[0]).toBe(
      `messy-salt/srv/reactor/auth.sls:2:7 warning lint.unreachable this branch is never taken: data.act is never "pending": it is 'accept', 'pend', 'reject', 'denied', 'full'`,
    );
    expect(one.out).toContain('(did you mean key.delete?)');
    expect(one.out.split('\n').filter((line) => !line.startsWith('messy-salt/srv/reactor/auth.sls:'))).toEqual(['']);
  });

  it('as JSON it is a list with the same places', { timeout: 60_000 }, async () => {
    const { out } = await check(join(fixtures, 'messy-salt'), '--json');
    const found = JSON.parse(out) as { level: string; code: string; where: { file: string; line?: number; col?: number } }[];
    expect(
      found.map(
        ({ level, code, where }) =>
          `${[where.file, where.line, where.col].filter((one) => one !== undefined).join(':')} ${level === 'error' ? '' : `${level} `}${code}`,
      ),
    ).toEqual(MESSY);
  });
});

describe('a master that is right', () => {
  it('has nothing to say', { timeout: 60_000 }, async () => {
    expect(await check(fixtures, 'clean-salt', '--strict')).toEqual({
      code: 0,
      out: '',
      err: expect.stringContaining('0 errors, 0 warnings, 0 notes in 13 SLS files'),
    });
  });
});

describe('the examples', () => {
  it('have nothing to say but what their comments announce', { timeout: 60_000 }, async () => {
    const { out } = await check(root, 'examples');
    expect(short(out)).toEqual([
      // Functions that Salt's hosts and masters have.
      // A name that is data and chooses keys.
      'examples/cloud/srv/reactor/destroyed.sls:5:14 note lint.data',
      'examples/orchestrate/srv/reactor/tell.sls:4:3 note lint.function',
      'examples/orchestrate/srv/reactor/upgrade.sls:5:3 note lint.function',
      // The tutorial of Salt's first years, as it stands.
      'examples/seed/srv/reactor/monitor.sls:3:3 warning lint.function',
      'examples/seed/srv/reactor/start.sls:2:3 note lint.ttl',
      'examples/seed/srv/reactor/start.sls:4:7 warning lint.old',
      // And as it was printed.
      'examples/seed-as-printed/reactor.conf:3:1 yaml.syntax',
    ]);
  });
});

describe('several projects, and what is none', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'brine-check-'));
    cpSync(join(root, 'examples/seed'), join(home, 'one'), { recursive: true });
    mkdirSync(join(home, 'two/srv/reactor'), { recursive: true });
    writeFileSync(join(home, 'two/reactor.conf'), "reactor:\n  - 'gone':\n    - /srv/reactor/gone.sls\n");
    writeFileSync(join(home, 'two/srv/reactor/loose.sls'), 'x:\n  local.test.pingg:\n    - tgt: a\n');
  });
  afterAll(() => rmSync(home, { recursive: true }));

  it('all projects below a directory are checked; a file that no entry names is checked by itself', {
    timeout: 60_000,
  }, async () => {
    const all = await check(home);
    expect(all.code).toBe(1);
    expect(short(all.out)).toEqual([
      'one/srv/reactor/monitor.sls:3:3 warning lint.function',
      'one/srv/reactor/start.sls:2:3 note lint.ttl',
      'one/srv/reactor/start.sls:4:7 warning lint.old',
      'two/reactor.conf:2:5 reactor.missing_file',
    ]);
    const loose = await check(home, 'two/srv/reactor/loose.sls');
    expect([loose.code, short(loose.out)]).toEqual([0, ['two/srv/reactor/loose.sls:2:3 warning lint.function']]);
    expect((await check(home, 'two/srv/reactor/loose.sls', '--strict')).code).toBe(1);
  });

  it.each<[string, string, number, readonly string[]]>([
    ['a folder of a project', 'two/srv', 0, ['two/srv/reactor/loose.sls:2:3 warning lint.function']],
    ['its configuration', 'two/reactor.conf', 1, ['two/reactor.conf:2:5 reactor.missing_file']],
    ['an SLS file where none is looked for', 'two/root.sls', 1, ['two/root.sls:1:5 yaml.syntax']],
    ['a file that is neither', 'two/other.conf', 1, ['two/other.conf project.missing']],
    ['a folder that holds nothing', 'two/pki', 1, ['two/pki project.missing']],
  ])('%s: %s', { timeout: 60_000 }, async (_what, path, code, findings) => {
    for (const folder of ['two/pki/master']) mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, 'two/root.sls'), 'x: [\n');
    writeFileSync(join(home, 'two/other.conf'), 'reactor:\n\t- x\n');
    const found = await check(home, path);
    expect(found.code).toBe(code);
    expect(short(found.out)).toEqual(findings.map((one) => expect.stringContaining(one)));
  });

  it.each([['nowhere'], ['.empty']])('%s', { timeout: 60_000 }, async (path) => {
    mkdirSync(join(home, '.empty'), { recursive: true });
    const { code, out } = await check(home, path);
    expect([code, out]).toEqual([1, expect.stringContaining('project.missing')]);
  });
});
