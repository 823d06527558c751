import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
});
