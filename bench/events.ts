/**
 * `brine events` and its memory: a million events past one watcher, through the embedded AWS on loopback. `npx tsx bench/events.ts [EVENTS]`.
 * The events are a stranger's, so each line begins with `?`: the way through the watcher is the same, and no key has to be opened for them.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { eventsClient } from '../aws/clients.ts';
import { startDev } from '../local/dev.ts';
import { loadProject } from '../project/load.ts';

const TOTAL = Number(process.argv[2] ?? 1_000_000);
const AN_ENTRY = 300;
/** Events on their way at most: what is measured is the watcher, not a queue that fills. */
const AHEAD = 30_000;

const home = mkdtempSync(join(tmpdir(), 'brine-bench-events-'));
writeFileSync(join(home, 'reactor.conf'), 'reactor: []\n');
const credentials = { accessKeyId: 'AKIABENCH', secretAccessKey: 'bench' };
const { project } = loadProject(home);
const dev = await startDev({ project, minions: [], dir: join(home, '.brine'), dataDir: null, credentials, log: () => {} });
const env = {
  ...process.env,
  AWS_ENDPOINT_URL: dev.aws.endpoint,
  AWS_REGION: dev.aws.region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
};
const brine = join(import.meta.dirname, '../bin/brine.js');
const watcher = spawn(process.execPath, [brine, 'events', 'bench/*', '--count', String(TOTAL)], {
  cwd: home,
  env,
  stdio: ['ignore', 'pipe', 'pipe'],
});
const ended = new Promise<void>((resolve) => watcher.once('exit', () => resolve()));
await new Promise<void>((resolve) =>
  createInterface({ input: watcher.stderr }).on('line', (line) => line === 'watching' && resolve()),
);

let seen = 0;
let wake = () => {};
createInterface({ input: watcher.stdout }).on('line', () => {
  seen += 1;
  wake();
});
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${watcher.pid}/status`, 'utf8'))?.[1]) / 1024;
const samples: { at: number; mb: number }[] = [];
const timer = setInterval(() => {
  try {
    samples.push({ at: seen, mb: memory() });
  } catch {
    // it has ended
  }
}, 200);

const client = eventsClient({ region: dev.aws.region, credentials });
const began = performance.now();
for (let sent = 0; sent < TOTAL; ) {
  while (sent - seen > AHEAD) await new Promise<void>((resolve) => (wake = resolve));
  const entries = Array.from({ length: 10 }, (_, i) => entryOf(sent + i * AN_ENTRY));
  await client.send(new PutEventsCommand({ Entries: entries }));
  sent += 10 * AN_ENTRY;
}
await ended;
clearInterval(timer);
const seconds = (performance.now() - began) / 1000;
const during = (from: number, to: number) =>
  samples.filter(({ at }) => at >= from * TOTAL && at <= to * TOTAL).map(({ mb }) => mb);
const most = (list: readonly number[]) => Math.round(Math.max(...list));
console.log(`${seen} events shown in ${seconds.toFixed(1)} s, ${Math.round(seen / seconds)} a second`);
for (const [from, to] of [
  [0.01, 0.1],
  [0.1, 0.5],
  [0.5, 1],
] as const)
  console.log(`memory from ${from * 100} % to ${to * 100} %: ${most(during(from, to))} MB at most`);
client.destroy();
await dev.close();
rmSync(home, { recursive: true });

function entryOf(first: number) {
  const events = Array.from({ length: AN_ENTRY }, (_, i) => ({
    tag: `bench/${first + i}`,
    stamp: Date.now(),
    data: { n: first + i, text: 'x'.repeat(80) },
  }));
  const batch = {
    id: 'bench',
    incarnation: 'aaaaaaaaaaaa2',
    seq: first,
    at: Date.now(),
    body: JSON.stringify({ events }),
    sig: 'A'.repeat(86),
  };
  const Detail = JSON.stringify({ v: 1, tag: ['bench/*'], batches: [batch] });
  return { EventBusName: 'brine', Source: 'brine.minion', DetailType: 'brine', Detail };
}
