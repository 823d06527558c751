/** `/etc/brine/minion.yaml` → settings; every key refused with its place when it does not fit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readMinionSettings } from '../../agent/config.ts';
import { toPlain } from '../../core/value.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-minion-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function read(text: string, env: Record<string, string> = {}) {
  writeFileSync(join(dir, 'minion.yaml'), text);
  return readMinionSettings({ id: 'web1', join: 'brine1.x', data: '/data', config: join(dir, 'minion.yaml') }, env);
}

it('without a word says what Salt would do, within its limits', () => {
  expect(read('')).toMatchObject({
    id: 'web1',
    workDir: '/data/work',
    shellByDefault: true,
    grainsFile: '/etc/salt/grains',
    grainsDir: '/etc/brine/grains.d',
    fqdns: false,
    ec2: false,
    redact: { names: [], values: [], patterns: [] },
    files: { read: ['/'], write: ['/'], remove: ['/tmp', '/var/tmp', '/data/work'], maxBytes: 10_485_760 },
  });
});

it('config.get sees every key but the secret ones', () => {
  const settings = read('config: {backup: {keep: 7}}\ncwd: /srv\nredact: [TOKEN]\njoin: brine1.secret\ngrains: {dc: fra1}\n');
  const shown = toPlain(settings.shown ?? null) as Record<string, unknown>;
  expect(shown).toMatchObject({ backup: { keep: 7 }, cwd: '/srv', cmd_shell: true });
  expect(JSON.stringify(shown)).not.toMatch(/redact|secret/);
  expect(settings.redact).toEqual({ names: ['TOKEN'], values: [], patterns: [] });
});

it('the lines of a named file are secrets', () => {
  writeFileSync(join(dir, 'secret'), 'one\ntwo\n');
  expect(read(`redact: {files: ['${join(dir, 'secret')}'], patterns: ['AKIA\\w+']}\n`).redact).toEqual({
    names: [],
    values: ['one\ntwo\n'],
    patterns: ['AKIA\\w+'],
  });
});

it.each([
  ['grain: {a: 1}\n', "there is no setting 'grain' (hint: did you mean 'grains'?)"],
  ['file_max_bytes: 0\n', 'file_max_bytes'],
  ['redact: {name: [a]}\n', 'redact'],
  ['redact: {files: [/no/such/file]}\n', 'there is no file /no/such/file'],
  ["redact: {patterns: ['(']}\n", 'regex'],
  ['ec2: perhaps\n', 'ec2'],
])('%s', (text, expected) => {
  let said = '';
  try {
    read(text);
  } catch (error) {
    const { message, code, where, hint } = error as { message: string; code: string; where?: object; hint?: string };
    said = `${code} ${message} ${JSON.stringify(where ?? {})} (hint: ${hint})`;
  }
  expect(said).toContain(expected);
});
