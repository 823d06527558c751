/** What `--data` holds survives SIGKILL of everything: embedded AWS with its functions, relay and minion are killed in the middle of work and started again. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { dynamoClient, kmsClient } from '../../aws/clients.ts';
import { createItems } from '../../aws/items.ts';
import { createJobs } from '../../aws/jobs.ts';
import { createRegistry } from '../../aws/registry.ts';
import { readRoots } from '../../aws/roots.ts';
import { tableNames, topologyOf } from '../../aws/topology.ts';
import { callMinion } from '../../client/control.ts';
import { parseMinionId, parseStack } from '../../core/ids.ts';
import { decode } from '../../core/json.ts';
import { Dict, toPlain } from '../../core/value.ts';
import { makeJoin, type RelayAddress } from '../../trust/join.ts';
import { loadIdentity } from '../../trust/keys.ts';
import { installedDist } from '../support/bundled.ts';
import { eventually } from '../support/eventually.ts';
import { endProcesses, type Running, startProcess } from '../support/processes.ts';

const stack = parseStack('000000000000/us-east-1/brine');
const client = { region: 'us-east-1', credentials: { accessKeyId: 'AKIASURVIVES', secretAccessKey: 'survives' } };
const web1 = parseMinionId('web1');
const home = mkdtempSync(join(tmpdir(), 'brine-survives-'));
const at = (...parts: string[]) => join(home, ...parts);

afterAll(async () => {
  await endProcesses();
  rmSync(home, { recursive: true, force: true });
}, 30_000);

function brine(words: readonly string[], more: Record<string, string> = {}): Running {
  const text = `const { main } = await import(${JSON.stringify(join(installedDist(), 'cli/main.js'))}); await main(process.argv.slice(1));`;
  const keys = { AWS_ACCESS_KEY_ID: 'AKIASURVIVES', AWS_SECRET_ACCESS_KEY: 'survives', AWS_REGION: 'us-east-1' };
  return startProcess(words[0] as string, ['--input-type=module', '-e', text, ...words], {
    cwd: home,
    env: { ...keys, BRINE_STACK: stack, ...more },
  });
}

async function startAws(port: string): Promise<{ aws: Running; endpoint: string }> {
  const aws = brine(['aws', 'start', '--data', at('data'), '--port', port]);
  const [, endpoint = ''] = await aws.waitFor(/AWS_ENDPOINT_URL='(.*)'/, 60_000);
  await aws.waitFor(/^ready/, 60_000);
  return { aws, endpoint };
}

async function startRelay(endpoint: string, [push, sub]: readonly [string, string]) {
  const flags = ['--push', push, '--sub', sub, '--key', at('relay-key')];
  const relay = brine(['relay', 'start', ...flags], { AWS_ENDPOINT_URL: endpoint });
  return { relay, address: JSON.parse((await relay.waitFor(/^\{"push".*/, 60_000))[0]) as RelayAddress };
}

// It waits for what SQS and Lambda wait for, up to two minutes; so it runs with the kills of .ci/run.
const slow = process.env.BRINE_KILLS !== undefined;
if (!slow) console.log('survives: skipped, it may take two minutes; BRINE_KILLS=300 runs it');

it.skipIf(!slow)('each event that was fired has one answer, whatever is killed in between', { timeout: 300_000 }, async () => {
  for (const dir of ['srv/reactor', 'counters', 'web1']) mkdirSync(at(dir), { recursive: true });
  writeFileSync(at('reactor.conf'), "reactor:\n  - 'count/*':\n    - /srv/reactor/count.sls\n");
  writeFileSync(
    at('srv/reactor/count.sls'),
    `count:\n  local.cmd.run:\n    - tgt: web1\n    - arg:\n      - echo x >>${at('counters')}/{{ data['data']['n'] }}\n`,
  );
  const first = await startAws('0');
  let { aws } = first;
  const { endpoint } = first;
  process.env.AWS_ENDPOINT_URL = endpoint;
  let { relay, address } = await startRelay(endpoint, ['tcp://127.0.0.1:0', 'tcp://127.0.0.1:0']);
  const roots = await readRoots(kmsClient(client), topologyOf(stack).aliases);
  const joined = makeJoin({ stack, relays: [address], roots, expires: Date.now() + 3_600_000 });
  const { key, fingerprint } = await loadIdentity(at('web1', 'identity'));
  const record = { id: web1, key, fingerprint, acceptedAt: Date.now(), earlier: [], grains: null, version: 1 };
  await createRegistry(createItems(dynamoClient(client), tableNames('brine').registry)).putMinion(
    { ...record, state: 'accepted' },
    0,
  );
  const startMinion = () =>
    brine(['minion', 'start', '--id', 'web1', '--data', at('web1'), '--join', joined], { AWS_ENDPOINT_URL: endpoint });
  let minion = startMinion();

  const fired: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const [, socket = ''] = await minion.waitFor(/control socket (\S+)/, 60_000);
    await minion.waitFor(/web1: accepted/, 60_000);
    for (let i = 0; i < 4; i += 1) {
      const n = `r${round}n${i}`;
      const call = { fun: 'event.fire_master', arg: [Dict.of({ n }), `count/${n}`], kwarg: new Dict() };
      expect((await callMinion(socket, call)).return).toBe(true);
      fired.push(n);
    }
    await new Promise((resolve) => setTimeout(resolve, round * 60));
    await Promise.all([aws, relay, minion].map((one) => one.end('SIGKILL')));
    ({ aws } = await startAws(new URL(endpoint).port));
    ({ relay, address } = await startRelay(endpoint, [address.push, address.sub]));
    minion = startMinion();
  }
  // A message that died with its reader comes again after half a minute, an invocation after a minute.
  const jobs = createJobs(createItems(dynamoClient(client), tableNames('brine').jobs), Date.now);
  const answers = async () => {
    const asked = await jobs.recent(100);
    return Promise.all(
      asked.map(async ({ jid, arg }) => ({ n: /counters\/(\w+)/.exec(arg)?.[1] ?? '', answer: await jobs.answer(jid, web1) })),
    );
  };
  const all = await eventually(
    answers,
    (found) => found.length === fired.length && found.every(({ answer }) => answer !== null),
    180_000,
  );
  expect(all.map(({ n }) => n).sort()).toEqual([...fired].sort());
  for (const { n, answer } of all) {
    const { outcome = 'done' } = toPlain(decode(answer?.load ?? '')) as { outcome?: string };
    const count = existsSync(at('counters', n)) ? readFileSync(at('counters', n), 'utf8') : '';
    expect(outcome === 'done' ? ['x\n'] : ['', 'x\n'], `${n}: ${outcome}`).toContain(count);
  }
  expect(await minion.end('SIGTERM')).toEqual({ code: 0, signal: null });
});
