/** Where grains come from and which win; told only when they changed. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readScriptGrains } from '../../../agent/grains/scripts.ts';
import { createGrainStore, type GrainSources } from '../../../agent/grains/store.ts';
import { Dict, toPlain, type Value } from '../../../core/value.ts';

let dir: string;
let problems: string[][];
let changes: number;
let machine: Record<string, Value>;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-grains-'));
  mkdirSync(join(dir, 'grains.d'));
  [problems, changes, machine] = [[], 0, { os: 'Debian', from: 'machine' }];
});
afterEach(() => rmSync(dir, { recursive: true }));

const script = (name: string, text: string, mode = 0o755) => writeFileSync(join(dir, 'grains.d', name), text, { mode });

function open(more: Partial<GrainSources> = {}) {
  const problem = (source: string, error: string) => void problems.push([source, error]);
  return createGrainStore({
    dataDir: dir,
    machine: async () => Dict.of(machine),
    scripts: () =>
      readScriptGrains({ dir: join(dir, 'grains.d'), custom: [], env: { PATH: process.env.PATH ?? '' }, id: 'web1', problem }),
    file: join(dir, 'grains'),
    settings: {},
    problem,
    changed: () => {
      changes += 1;
    },
    ...more,
  });
}

it('machine, scripts, static file, settings, and what was set: each wins over the ones before', async () => {
  script('10-a.sh', '#!/bin/sh\necho "{from: script, a: 1}"\n');
  script('20-b.sh', '#!/bin/sh\necho \'{"b": [1, 2]}\'\n');
  script('.hidden', '#!/bin/sh\necho "hidden: 1"\n');
  script('notes.txt', 'no: script\n', 0o644);
  writeFileSync(join(dir, 'grains'), 'from: file\nroles: [web]\n');
  const store = await open({ settings: { from: 'settings' } });
  expect(toPlain(store.current())).toEqual({ os: 'Debian', from: 'settings', a: 1, b: [1, 2], roles: ['web'] });
  store.set(new Map<string, Value>([['from', 'set']]), false);
  expect(store.current().get('from')).toBe('set');
  expect((await open()).current().get('from')).toBe('set');
  expect([problems, changes]).toEqual([[], 1]);
});

it('is told when something changed and only then', async () => {
  const store = await open();
  await store.refresh();
  store.set(new Map([['os', 'Debian']]), false);
  expect(changes).toBe(0);
  machine = { os: 'Debian', from: 'elsewhere' };
  await store.refresh();
  expect(changes).toBe(1);
  store.set(new Map([['gone', null]]), true);
  expect(changes).toBe(1);
});

it.each([
  ['ends with an error', '#!/bin/sh\necho "a: 1"; echo no disk >&2; exit 3\n', 'it ended with 3: no disk'],
  ['prints no mapping', '#!/bin/sh\necho just words\n', 'it printed no mapping of grains'],
  ['prints nothing', '#!/bin/sh\n', 'it printed no mapping of grains'],
  ['prints what is no YAML', '#!/bin/sh\necho "a: [1"\n', expect.stringContaining('script:2:2')],
  ['prints bytes that are no text', "#!/bin/sh\nprintf 'a: \\377'\n", expect.stringMatching(/encoded data was not valid/)],
  ['floods', '#!/bin/sh\nhead -c 100000 /dev/zero\n', 'it printed more than 65536 bytes'],
  ['is no program', 'no shebang, only words\n', expect.stringMatching(/./)],
])('a script that %s is told, and the others count', async (_name, text, error) => {
  script('script', text);
  script('z-good', '#!/bin/sh\necho "good: true"\n');
  const store = await open();
  expect(store.current().get('good')).toBe(true);
  expect(store.current().has('a')).toBe(false);
  expect(problems).toEqual([['script', error]]);
});

it('gets a clean environment', async () => {
  script('env', '#!/bin/sh\necho "names: [$(env | cut -d= -f1 | sort | tr "\\n" ,)]"\n');
  const { names } = toPlain((await open()).current()) as { names: string[] };
  expect(['PATH', 'PWD', '_', 'SHLVL']).toEqual(expect.arrayContaining(names));
});

it('a static file that is no mapping, and kept grains that cannot be read, are told and put aside', async () => {
  writeFileSync(join(dir, 'grains'), '- a\n');
  writeFileSync(join(dir, 'grains.json'), '{"a":');
  const store = await open();
  expect(toPlain(store.current())).toEqual({ os: 'Debian', from: 'machine' });
  expect(problems.map(([source]) => source)).toEqual([join(dir, 'grains.json'), join(dir, 'grains')]);
  expect(readdirSync(dir)).toContain('grains.json.bad');
});
