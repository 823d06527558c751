/** `brine reactor explain --event <uid>`: what a running system made of an event, and why, with its own hosts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installedBrine } from '../support/bundled.ts';
import { endProcesses, startProcess } from '../support/processes.ts';

const bin = installedBrine();
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'brine-live-'));
  mkdirSync(join(home, 'srv/reactor'), { recursive: true });
  writeFileSync(join(home, 'reactor.conf'), "reactor:\n  - 'deploy/*':\n    - /srv/reactor/deploy.sls\n");
  writeFileSync(
    join(home, 'srv/reactor/deploy.sls'),
    "deploy:\n  local.test.arg:\n    - tgt: 'role:web'\n    - tgt_type: grain\n    - arg: [{{ data.version }}, {{ data.n }}]\n",
  );
});
afterAll(async () => {
  await endProcesses();
  rmSync(home, { recursive: true });
});

async function brine(...words: string[]) {
  const process = startProcess('brine', [bin, ...words], { cwd: home, env: { NO_COLOR: '1' } });
  const { code } = await process.exited;
  return { code, text: process.output.join('\n') };
}

it('the stored plan, the event’s own data and every host stand in the answer; no plan is said', {
  timeout: 120_000,
}, async () => {
  const dev = startProcess('dev', [bin, 'dev', '--minion', 'web1:role=web', '--minion', 'db1:role=db'], { cwd: home });
  await dev.waitFor(/is ready/, 60_000);
  const fired = await brine('fire', 'deploy/now', '{version: 1.0, n: 20261122150200123456}', '--verbose');
  const uid = /operator:[0-9A-Z]{26}/.exec(fired.text)?.[0] ?? '';
  expect(uid).not.toBe('');
  let told = await brine('reactor', 'explain', '--event', uid);
  // The bus delivers in its own time.
  for (let i = 0; i < 20 && told.text.includes('there is no plan'); i += 1)
    told = await brine('reactor', 'explain', '--event', uid);
  expect(told.text).toContain("✓ 'deploy/*' (reactor.conf:2:5): srv/reactor/deploy.sls");
  expect(told.text).toContain('✓ web1: role:web yes (role is web)');
  expect(told.text).toContain('– db1: role:web no (role is db)');
  expect(told.text).toMatch(/planned at .* for Reactor\n {2}\d{20}_\w+ local\.test\.arg → web1; expires /);
  // Values are as they were: a float, and a number beyond 64 bits, which Salt sends as a text.
  expect(told.text).toContain("      - 1.0\n      - '20261122150200123456'");
  expect(told.code).toBe(0);

  writeFileSync(join(home, 'srv/reactor/deploy.sls'), 'deploy:\n  local.test.ping: [{tgt: db1}]\n');
  const changed = await brine('reactor', 'explain', '--event', uid, '--json');
  expect(changed.text).toContain('the plan was made by the bundle');
  const none = await brine('reactor', 'explain', '--event', 'operator:01ARZ3NDEKTSV4RRFFQ69G5FAV');
  expect([none.code, none.text]).toEqual([
    1,
    expect.stringContaining('there is no plan for operator:01ARZ3NDEKTSV4RRFFQ69G5FAV'),
  ]);
});
