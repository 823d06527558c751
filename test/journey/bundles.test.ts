/** The way of an event with the functions as they are deployed: six bundles, each under plain Node, each with its own role's credentials. */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FUNCTIONS } from '../../aws/topology.ts';
import { parseStack } from '../../core/ids.ts';
import { BUNDLING, bundleFunctions } from '../../infra/bundle.ts';
import { type Aws, startAws } from '../../local/aws.ts';
import { deploy } from '../../local/deploy.ts';
import { RuntimeApi } from '../../local/lambda/runtime-api.ts';
import { loadProject } from '../../project/load.ts';
import { installedBrine } from '../support/bundled.ts';
import { endProcesses, type Running, startProcess } from '../support/processes.ts';

const root = join(import.meta.dirname, '../..');
const brine = installedBrine();
const stack = parseStack('000000000000/us-east-1/brine');
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };
let home: string;
let code: ReturnType<typeof bundleFunctions>;
let aws: Aws;
let env: Record<string, string>;
let relay: Running | undefined;
let minion: Running | undefined;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'brine-bundles-'));
  const dir = join(home, 'project');
  cpSync(join(root, 'examples/seed'), dir, { recursive: true });
  appendFileSync(join(dir, 'reactor.conf'), "  - 'nametag':\n    - /srv/reactor/name.sls\n");
  writeFileSync(
    join(dir, 'srv/reactor/name.sls'),
    "named:\n  local.test.arg:\n    - tgt: mysql1\n    - arg:\n      - {{ (data.name | regex_match('my(sql|web)[0-9]+'))[0] }}\n",
  );
  const { project } = loadProject(dir);
  code = bundleFunctions(FUNCTIONS, project);
  let api: RuntimeApi | undefined;
  aws = await startAws({
    dir: null,
    credentials,
    unsigned: (services) => {
      api = new RuntimeApi(services);
      return [api];
    },
  });
  const place = { AWS_ENDPOINT_URL: aws.endpoint, AWS_REGION: aws.region };
  process.env.AWS_ENDPOINT_URL = aws.endpoint;
  await deploy({ stack, project, credentials, access: aws.services.iam.access });
  env = {
    ...place,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    BRINE_STACK: stack,
  };
  const runtime = join(root, 'test/support/lambda-runtime.mjs');
  const started = FUNCTIONS.map((role) => {
    const own = aws.services.sts.open(`brine-${role}`, role, { seconds: 3600 });
    return startProcess(role, [runtime, join(code.folders.get(role) as string, 'handler.mjs')], {
      cwd: home,
      env: {
        ...place,
        BRINE_STACK: stack,
        AWS_LAMBDA_RUNTIME_API: `${new URL(aws.endpoint).host}${api?.path}/brine-${role}`,
        AWS_ACCESS_KEY_ID: own.accessKeyId,
        AWS_SECRET_ACCESS_KEY: own.secretAccessKey,
        AWS_SESSION_TOKEN: own.sessionToken,
      },
    });
  });
  await Promise.all(started.map((one) => one.waitFor(/^ready/, 60_000)));
}, 180_000);

afterAll(async () => {
  // These two end their own children, which hold on to our pipes: who waited for one could leave the other running.
  const ending = [relay, minion].map((one) => one?.end('SIGTERM'));
  await Promise.race([Promise.all(ending), new Promise((resolve) => setTimeout(resolve, 20_000))]);
  await Promise.race([endProcesses(), new Promise((resolve) => setTimeout(resolve, 10_000))]);
  delete process.env.AWS_ENDPOINT_URL;
  await aws.close();
  rmSync(code.dir, { recursive: true });
  rmSync(home, { recursive: true, force: true });
}, 90_000);

const type = (...words: string[]) => startProcess(words.join(' '), [brine, ...words], { cwd: home, env });

it('a host enrolls, answers a job, and a person’s event becomes a reaction on it', async () => {
  relay = type('relay', 'start', '--push', 'tcp://127.0.0.1:0', '--sub', 'tcp://127.0.0.1:0', '--key', join(home, 'relay.key'));
  const [address] = await relay.waitFor(/\{"push".*\}/, 60_000);
  const joined = type('relay', 'join', '--relay', address, '--token');
  const [join_] = await joined.waitFor(/^brine1\.\S+/, 60_000);
  minion = type('minion', 'start', '--id', 'mysql1', '--data', join(home, 'mysql1'), '--grains', 'os=CentOS', '--join', join_);
  await minion.waitFor(/accepted/, 60_000);

  const ping = type('run', 'mysql1', 'test.ping', '--static');
  expect((await ping.exited).code, ping.output.join('\n')).toBe(0);
  expect(ping.output.join('\n')).toContain('mysql1:\n    True');

  const watch = type('events', '--count', '1', 'salt/job/*/ret/mysql1');
  await watch.waitFor(/^watching/, 60_000);
  const fire = type('fire', 'testtag', '{id: mysql1}');
  expect((await fire.exited).code, fire.output.join('\n')).toBe(0);
  expect((await watch.exited).code).toBe(0);
  const [, load = ''] = (watch.output.find((line) => line.startsWith('salt/job/')) ?? '').split('\t');
  expect(JSON.parse(load)).toMatchObject({ id: 'mysql1', fun: 'cmd.run', retcode: 0 });

  // Its template has a regular expression: the engine for these lies beside the reactor's handler.
  const named = type('events', '--count', '1', 'salt/job/*/ret/mysql1');
  await named.waitFor(/^watching/, 60_000);
  await type('fire', 'nametag', '{name: mysql7}').exited;
  expect((await named.exited).code).toBe(0);
  expect(named.output.join('\n')).toContain('"args": ["sql"]');

  const jobs = type('jobs', 'list');
  await jobs.exited;
  expect(jobs.output.join('\n')).toContain('cmd.run');
}, 240_000);

/** Packages that come with AWS's clients. */
const OF_AWS = /node_modules\/(@aws|@aws-sdk|@smithy|mnemonist|obliterator|bowser)\//;

it('the reactor’s bundle is of 1.1 MB at most with the engine of regular expressions beside it; what it loads is of 450 KB at most besides AWS’s clients', () => {
  const { metafile } = buildSync({
    ...BUNDLING,
    entryPoints: ['functions/reactor/handler.ts'],
    metafile: true,
    write: false,
  });
  const [output] = Object.values(metafile.outputs);
  const sizeOf = (name: string) => statSync(join(code.folders.get('reactor') as string, name)).size;
  const ours = Object.entries(output?.inputs ?? {}).filter(([path]) => !OF_AWS.test(path));
  expect(sizeOf('handler.mjs') + sizeOf('re2.cjs')).toBeLessThanOrEqual(1_100_000);
  expect(ours.reduce((sum, [, part]) => sum + part.bytesInOutput, 0)).toBeLessThanOrEqual(450_000);
});

it('a bundle is the same for the same sources', () => {
  const { project } = loadProject(join(home, 'project'));
  const again = bundleFunctions(['recorder'], project);
  const text = (dir: string | undefined, name: string) => readFileSync(join(dir ?? '', name), 'utf8');
  for (const name of ['handler.mjs', 'project.json'])
    expect(text(again.folders.get('recorder'), name) === text(code.folders.get('recorder'), name)).toBe(true);
  rmSync(again.dir, { recursive: true });
});
