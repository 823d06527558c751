/** What a host gets: the folder that `npm run host-package` packs, away from every checkout. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import type * as packed from '../bin/events.d.ts';
import * as ours from '../client/events.ts';
import { parseStack } from '../core/ids.ts';
import { makeHostPackage, thisMachine } from '../host-package.ts';
import { createCurveKeys } from '../trust/curve.ts';
import { makeJoin } from '../trust/join.ts';
import { endProcesses, startProcess } from './support/processes.ts';

let home: string;
const brine = () => join(home, 'package/bin/brine.js');

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'brine-package-'));
  await makeHostPackage(join(home, 'package'), thisMachine());
}, 60_000);
afterAll(async () => {
  await endProcesses();
  rmSync(home, { recursive: true });
});

it("a host's package has one binary of zeromq and is 20 MB at most", () => {
  const files = readdirSync(join(home, 'package'), { recursive: true, encoding: 'utf8' });
  const sizes = files.map((file) => statSync(join(home, 'package', file))).filter((stat) => stat.isFile());
  expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(20_000_000);
  expect(files.filter((file) => file.endsWith('.node'))).toHaveLength(1);
});

it('a minion starts from it, speaks zeromq, and ends when it is told to', async () => {
  const relays = [{ push: 'tcp://127.0.0.1:1', sub: 'tcp://127.0.0.1:1', key: createCurveKeys().publicKey }];
  const stack = parseStack('000000000000/us-east-1/brine');
  const joined = makeJoin({ stack, relays, roots: { jobs: ['j'], enroll: ['e'] }, expires: Date.now() + 60_000 });
  const minion = startProcess(
    'minion',
    [brine(), 'minion', 'start', '--id', 'web9', '--data', join(home, 'state'), '--join', joined],
    {
      cwd: home,
      env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    },
  );
  await minion.waitFor(/started, control socket/);
  expect((await minion.end('SIGTERM')).code).toBe(0);
}, 60_000);

it('what it leaves out says so', () => {
  const project = join(import.meta.dirname, '../examples/seed');
  const run = spawnSync(process.execPath, [brine(), 'dev', '--project', project], {
    cwd: home,
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(run.stderr).toBe("brine: a host's package has no embedded AWS (hint: npm install brine has all of it)\n");
  expect(run.status).toBe(1);
});

it('the types of brine/events are those of its source', () => {
  expectTypeOf<typeof packed.iterEvents>().toEqualTypeOf<typeof ours.iterEvents>();
  expectTypeOf<packed.IterOptions>().toEqualTypeOf<ours.IterOptions>();
  expectTypeOf<packed.EventData>().toEqualTypeOf<ours.EventData>();
  expect(typeof ours.iterEvents).toBe('function');
});

describe('package.json', () => {
  const root = join(import.meta.dirname, '..');
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const rooms = ['agent', 'aws', 'bin', 'cli', 'client', 'core', 'functions', 'local', 'project', 'relay', 'trust', 'wire'];

  it('names each package by one exact version', () => {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('has what runs in dependencies, and nothing else there', () => {
    const files = rooms.flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((file) => join(root, room, file)),
    );
    const texts = files.filter((file) => /\.(ts|js|mjs)$/.test(file)).map((file) => readFileSync(file, 'utf8'));
    const imported = texts.flatMap((text) =>
      [...text.matchAll(/(?:from|import|import\(|require\)?\(|\(import\.meta\.url\)\() ?'((?:@[\w-]+\/)?[a-z][\w.-]*)/g)].map(
        ([, name]) => name as string,
      ),
    );
    const used = new Set(imported.filter((name) => name in dependencies || name in devDependencies));
    expect([...used].sort()).toEqual(Object.keys(dependencies).sort());
  });
});
