/** Which saves concern a project: also those of a Salt master's own files, which lie elsewhere. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { watchProject } from '../../cli/project-watch.ts';
import { loadProject } from '../../project/load.ts';

const home = mkdtempSync(join(tmpdir(), 'brine-watch-'));
const at = (path: string) => join(home, path);
let saved = () => {};
let watcher: ReturnType<typeof watchProject>;

beforeAll(() => {
  for (const folder of ['etc/master.d', 'srv/salt/reactor', 'opt/reactors']) mkdirSync(at(folder), { recursive: true });
  mkdirSync(at('shared'));
  writeFileSync(at('shared/more.yaml'), 'reactor: []\n');
  writeFileSync(at('etc/master'), `include: ${at('shared/more.yaml')}\nfile_roots:\n  base:\n    - ${at('srv/salt')}\n`);
  writeFileSync(
    at('etc/master.d/reactor.conf'),
    `reactor:\n  - 'a':\n    - salt://reactor/a.sls\n    - ${at('opt/reactors/b.sls')}\n`,
  );
  for (const path of ['srv/salt/reactor/a.sls', 'opt/reactors/b.sls'])
    writeFileSync(at(path), 'x: {local.test.ping: [tgt: "*"]}\n');
  const { problems, files } = loadProject(at('etc'));
  expect(problems).toEqual([]);
  watcher = watchProject(at('etc'), files, () => saved());
});

afterAll(() => {
  watcher.close();
  rmSync(home, { recursive: true });
});

it.each([
  'etc/master',
  'etc/master.d/reactor.conf',
  'etc/master.d/new.conf',
  'srv/salt/reactor/a.sls',
  'srv/salt/reactor/new.jinja',
  'opt/reactors/b.sls',
  'shared/more.yaml',
])('%s', (path) => {
  const told = new Promise<void>((resolve) => {
    saved = resolve;
  });
  writeFileSync(at(path), '# saved\n');
  return told;
});

it('and no other file', async () => {
  const told: string[] = [];
  saved = () => told.push('saved');
  writeFileSync(at('etc/proxy'), '');
  writeFileSync(at('opt/reactors/unnamed.sls'), '');
  const last = new Promise<void>((resolve) => {
    saved = () => {
      told.push('saved');
      resolve();
    };
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  writeFileSync(at('opt/reactors/b.sls'), '# last\n');
  await last;
  expect(told).toEqual(['saved']);
});
