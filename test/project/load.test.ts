import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeBundle, parseBundle } from '../../core/bundle.ts';
import { loadProject } from '../../project/load.ts';

const made: string[] = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true });
});

function write(files: Readonly<Record<string, string | Uint8Array>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'brine-project-'));
  made.push(dir);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), typeof content === 'string' ? content.replaceAll('@DIR@', dir) : content);
  }
  return dir;
}

const PING = 'ping:\n  local.test.ping:\n    - tgt: web1\n';
const conf = (...entries: [string, ...string[]][]) =>
  `reactor:\n${entries.map(([tag, ...paths]) => `  - '${tag}':\n${paths.map((path) => `    - ${path}\n`).join('')}`).join('')}`;

describe('a project', () => {
  it('joins reactor.conf and reactor.d in name order', () => {
    const dir = write({
      'reactor.conf': conf(['one', '/srv/reactor/a.sls']),
      'reactor.d/20.conf': conf(['three', '/srv/reactor/a.sls']),
      'reactor.d/10.conf': conf(['two', '/srv/reactor/a.sls']),
      'reactor.d/notes.txt': 'no configuration',
      'srv/reactor/a.sls': PING,
    });
    const { project, problems } = loadProject(dir);
    expect(problems).toEqual([]);
    expect(project.entries.map(({ glob, index }) => [glob, index])).toEqual([
      ['one', 0],
      ['two', 1],
      ['three', 2],
    ]);
  });

  it('carries what is reached and nothing else; what is no text by its digest', () => {
    const dir = write({
      'reactor.conf': conf(['one', '/srv/reactor/*.sls'], ['two', 'salt://own.sls']),
      'srv/reactor/a.sls': "{% from 'map.jinja' import x %}\n{% include './part.sls' %}\n",
      'srv/reactor/.hidden.sls': PING,
      'srv/reactor/notes.md': 'no reaction',
      'srv/reactor/part.sls.bak': PING,
      'srv/salt/map.jinja': "{% import_yaml 'deep/data.yaml' as x %}",
      'srv/salt/deep/data.yaml': 'a: 1\n',
      'srv/salt/own.sls':
        'go:\n  local.cmd.script:\n    - tgt: web1\n    - arg:\n      - salt://scripts/go.sh\n      - salt://files/\n',
      'srv/salt/scripts/go.sh': '#!/bin/sh\n',
      'srv/salt/files/blob': new Uint8Array([0xff, 0xfe, 0]),
      'srv/salt/unused.sls': PING,
    });
    const { project } = loadProject(dir);
    expect([...project.files.keys()].sort()).toEqual([
      '/srv/reactor/a.sls',
      '/srv/salt/deep/data.yaml',
      '/srv/salt/files/blob',
      '/srv/salt/map.jinja',
      '/srv/salt/own.sls',
      '/srv/salt/scripts/go.sh',
    ]);
    expect(project.files.get('/srv/salt/files/blob')).toMatchObject({ size: 3, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(parseBundle(encodeBundle(project)).digest).toBe(project.digest);
  });

  it.each([
    ['a computed import', "{% set f = 'x.jinja' %}{% import f as x %}"],
    ['a computed reference', 'a:\n  local.cmd.script:\n    - tgt: web1\n    - arg: ["salt://{{ grains.os }}.sh"]\n'],
    ['a template that cannot be read', '{% if %}'],
  ])('carries all of salt:// for %s', (_name, text) => {
    const dir = write({ 'reactor.conf': conf(['one', '/srv/reactor/a.sls']), 'srv/reactor/a.sls': text, 'srv/salt/any.sh': 'x' });
    expect([...loadProject(dir).project.files.keys()]).toContain('/srv/salt/any.sh');
  });

  it('has the same digest wherever it lies, and another when a file that it reaches changes', () => {
    const files = { 'reactor.conf': conf(['one', '/srv/reactor/a.sls']), 'srv/reactor/a.sls': PING };
    const [a, b] = [loadProject(write(files)), loadProject(write({ ...files, 'srv/salt/unused': 'x' }))];
    expect(a.project.digest).toBe(b.project.digest);
    expect(loadProject(write({ ...files, 'srv/reactor/a.sls': `${PING}#` })).project.digest).not.toBe(a.project.digest);
  });

  it('says all that is wrong at once, each with its place', () => {
    const dir = write({
      'reactor.conf': "reactor:\n  - 12:\n    - /srv/reactor/a.sls\n  - 'one':\n    - /srv/reactor/gone.sls\n  - 'two': 5\n",
      'reactor.d/bad.conf': 'reactor: {a: [b]}\n',
      'brine.yaml': 'queue_tll: 5\n',
    });
    const { problems } = loadProject(dir);
    expect(problems.map(({ code, where }) => [code, where?.file, where?.line])).toEqual([
      ['reactor.config', 'reactor.conf', 2],
      ['reactor.config', 'reactor.conf', 6],
      ['reactor.config', 'reactor.d/bad.conf', 1],
      ['settings.key', 'brine.yaml', 1],
      ['reactor.missing_file', 'reactor.conf', 4],
    ]);
  });
});

describe('a tree that is not as it should be', () => {
  it('a link that leads back, a folder of links in a circle, and files that no reaction reaches do no harm', () => {
    const dir = write({
      'reactor.conf': conf(['one', '/srv/reactor/*.sls']),
      'srv/reactor/a.sls': PING,
      'srv/salt/blob': new Uint8Array([0]),
    });
    symlinkSync('itself', join(dir, 'srv/salt/itself'));
    symlinkSync('..', join(dir, 'srv/salt/up'));
    symlinkSync(join(dir, 'nowhere'), join(dir, 'srv/salt/dangling'));
    const { project, problems, files } = loadProject(dir);
    expect([...project.files.keys()]).toEqual(['/srv/reactor/a.sls']);
    expect(problems.map(({ code, text, where }) => [code, text, where?.file])).toEqual([
      ['project.unreadable', 'its link leads back to itself', join(dir, 'srv/salt/itself')],
    ]);
    expect(files.size).toBeLessThan(20);
  });

  it('an SLS file that is no text or is too large is named by its digest', () => {
    const dir = write({
      'reactor.conf': conf(['one', '/srv/reactor/a.sls', '/srv/reactor/b.sls']),
      'srv/reactor/a.sls': new Uint8Array([0x61, 0, 0x62]),
      'srv/reactor/b.sls': `# ${'x'.repeat(1_048_576)}\n`,
    });
    expect([...loadProject(dir).project.files.values()].every((file) => 'digest' in file)).toBe(true);
  });

  it.each(['reactor.conf', 'reactor.d/1.conf', 'brine.yaml'])('%s that is no UTF-8 is told with its line', (name) => {
    const dir = write({
      'reactor.conf': 'reactor: []\n',
      [name]: Buffer.concat([Buffer.from('# é\n# '), Buffer.from([255, 10])]),
    });
    const { problems } = loadProject(dir);
    expect(problems.map(({ code, where }) => [code, where?.file, where?.line])).toEqual([['json.encoding', name, 2]]);
  });

  it('thousands of files that are not reached are listed and not read', () => {
    const dir = write({ 'reactor.conf': conf(['one', '/srv/reactor/a.sls']), 'srv/reactor/a.sls': PING, 'srv/salt/x': 'x' });
    for (let i = 0; i < 6000; i += 1) writeFileSync(join(dir, `srv/salt/f${i}`), '');
    const { project, problems, files } = loadProject(dir);
    expect([problems, project.files.size, files.size]).toEqual([[], 1, 6002]);
  });

  it('settings that are wrong are all told, each with its line; the others hold', () => {
    const dir = write({
      'reactor.conf': conf(['one', '/srv/reactor/a.sls']),
      'srv/reactor/a.sls': PING,
      'brine.yaml': 'queue_ttl: 5\nmax_hopps: 3\ncompat:\n  order: random\nminions:\n- grains: {}\nvalues: {a: 1}\n',
    });
    const { problems, project } = loadProject(dir);
    expect(problems.map(({ code, where, hint }) => [code, where?.line, where?.col, hint])).toEqual([
      ['settings.key', 2, 1, "did you mean 'max_hops'?"],
      ['settings.value', 4, 3, undefined],
      ['lint.minions', 6, 3, '- {id: web1, grains: {os: CentOS}}'],
    ]);
    expect(project.settings).toMatchObject({ queue_ttl: 5, values: { a: 1 } });
  });

  it('hosts to rehearse with are no part of the bundle', () => {
    const files = { 'reactor.conf': conf(['one', '/srv/reactor/a.sls']), 'srv/reactor/a.sls': PING };
    const [a, b] = [
      loadProject(write(files)),
      loadProject(
        write({ ...files, 'brine.yaml': 'minions:\n  web1: {os: Debian}\n  web2: {grains: {os: CentOS}, pillar: {a: 1}}\n' }),
      ),
    ];
    expect(a.project.digest).toBe(b.project.digest);
    expect(b.minions.map(({ id, grains, pillar }) => [id, grains?.get('os'), pillar?.get('a') ?? null])).toEqual([
      ['web1', 'Debian', null],
      ['web2', 'CentOS', 1n],
    ]);
  });
});

describe("a Salt master's own configuration", () => {
  it('is read as it stands: master, master.d, file_roots, nodegroups', () => {
    const dir = write({
      master: `interface: 0.0.0.0\nfile_roots:\n  base:\n    - @DIR@/roots\n    - @DIR@/more\nnodegroups:\n  web: 'L@web1,web2'\n${conf(['one', 'salt://a.sls'])}`,
      'master.d/reactor.conf': conf(['two', 'salt://b.sls'], ['three', '@DIR@/reactor/c.sls']),
      'roots/a.sls': PING,
      'more/a.sls': 'the second root does not count\n',
      'more/b.sls': PING,
      'reactor/c.sls': PING,
    });
    const { project, problems } = loadProject(dir);
    expect(problems).toEqual([]);
    expect(project.entries.map(({ glob }) => glob)).toEqual(['one', 'two', 'three']);
    expect(project.settings.nodegroups).toEqual({ web: 'L@web1,web2' });
    expect(project.files.get('/srv/salt/a.sls')).toEqual({ text: PING });
    expect([...project.files.keys()]).toHaveLength(3);
  });

  it('what it includes is read; the entries of the main file that Salt forgets are told', () => {
    const dir = write({
      master: `include: extra/*.conf\nfile_roots:\n  prod: [/srv/prod]\n  base: /srv/own\n${conf(['main', '/srv/reactor/c.sls'])}`,
      'master.d/reactor.conf': conf(['two', 'salt://b.sls']),
      'master.d/.hidden.conf': 'reactor: {a: 1}\n',
      'master.d/notes.txt': 'reactor: {a: 1}\n',
      'extra/more.conf': conf(['three', 'salt://p.sls']),
      'srv/own/b.sls': PING,
      'srv/prod/p.sls': PING,
      'srv/reactor/c.sls': PING,
    });
    const { project, problems, traps, isMaster } = loadProject(dir);
    expect(problems).toEqual([]);
    expect(project.entries.map(({ glob }) => glob)).toEqual(['main', 'two', 'three']);
    expect(traps.map(({ code, where }) => [code, where?.file, where?.line])).toEqual([['lint.silent', 'master', 6]]);
    expect(isMaster).toBe(true);
  });

  it('reactor: may name a file with the list; the option that is near it is asked about', () => {
    const dir = write({
      master: 'reactor: /srv/reactors.yaml\n',
      'master.d/odd.conf': 'reactors:\n- a: [b]\n',
      'srv/reactors.yaml': "- 'one':\n    - /srv/reactor/c.sls\n",
      'srv/reactor/c.sls': PING,
    });
    const { project, problems, traps } = loadProject(dir);
    expect(problems).toEqual([]);
    expect(project.entries.map(({ glob, where }) => [glob, where.file, where.line])).toEqual([['one', '/srv/reactors.yaml', 1]]);
    expect(traps.map(({ text }) => text)).toEqual(["'reactors' is no option: Salt passes over it in silence"]);
    rmSync(join(dir, 'srv/reactors.yaml'));
    expect(loadProject(dir).problems.map(({ text }) => text)).toEqual([
      expect.stringContaining('names /srv/reactors.yaml, which is not there'),
    ]);
  });

  it('salt:// that may come from git is no error', () => {
    const dir = write({ master: `fileserver_backend: [git, roots]\n${conf(['one', 'salt://b.sls'])}` });
    const { problems, traps } = loadProject(dir);
    expect([problems, traps.map(({ code }) => code)]).toEqual([[], ['reactor.missing_file']]);
  });
});
