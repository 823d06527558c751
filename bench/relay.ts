/**
 * `npx tsx bench/relay.ts`: signed batches from minions over CURVE through a relay, PutEvents by the real client over HTTP to a sink on loopback that
 * takes everything; events/s acknowledged, and how much of a core the relay's process used for it. Beside it, how many events a second the same
 * core verifies and does nothing with.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventsClient } from '../aws/clients.ts';
import { createEventBus } from '../aws/event-bus.ts';
import { parseBoot, parseIncarnation, parseMinionId, parseStack } from '../core/ids.ts';
import { parseTag } from '../core/tag.ts';
import { createRelay } from '../relay/relay.ts';
import { openBatch, signBatch } from '../trust/batch.ts';
import { certify } from '../trust/certificate.ts';
import { createCurveKeys } from '../trust/curve.ts';
import { makeHello } from '../trust/hello.ts';
import { createIdentity } from '../trust/keys.ts';
import { encodeUp, parseDown } from '../wire/frames.ts';
import { connectMinion } from '../wire/socket.ts';

const stack = parseStack('000000000000/eu-west-1/brine');
const incarnation = parseIncarnation('aaaaaaaaaaaa2');
const seconds = Number(process.env.SECONDS ?? 10);
const minions = Number(process.env.MINIONS ?? 100);
const batchEvents = Number(process.env.BATCH ?? 50);
const sample = { tag: parseTag('myco/deploy/done'), stamp: Date.now(), data: 'x'.repeat(200) };

const [, , role, given] = process.argv;
if (role === 'load') await load(JSON.parse(given ?? '{}'));
else if (role === 'sink') await sink();
else await serve();

function child(...words: string[]): { readonly process: ChildProcess; readonly said: Promise<unknown> } {
  const started = fork(import.meta.filename, words, { execArgv: process.execArgv, env: process.env });
  return { process: started, said: new Promise((resolve) => started.once('message', resolve)) };
}

/** PutEvents as EventBridge answers it, after as long as it takes there; counts entries and events. */
async function sink(): Promise<void> {
  const latency = Number(process.env.LATENCY ?? 5);
  const seen = { events: 0, entries: 0, calls: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { Entries = [] } = JSON.parse(Buffer.concat(chunks).toString()) as { Entries?: { Detail: string }[] };
      seen.calls += 1;
      seen.entries += Entries.length;
      for (const { Detail } of Entries) seen.events += Detail.split('\\"stamp\\"').length - 1;
      const body = JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map((_, i) => ({ EventId: String(i) })) });
      setTimeout(() => response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(body), latency);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.on('message', () => process.send?.(seen));
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

interface Seen {
  readonly events: number;
  readonly entries: number;
  readonly calls: number;
}

/** The relay, measured in a process of its own; its enroll accepts everybody. */
async function serve(): Promise<void> {
  const root = { sign: async () => new Uint8Array(8) };
  const identity = createIdentity();
  const cert = await certify({ stack, role: 'enroll', kind: 'cert-enroll', root, identity, from: 0, to: 3_600_000 });
  const taking = child('sink');
  process.env.AWS_ENDPOINT_URL = String(await taking.said);
  const credentials = { accessKeyId: 'AKIABENCH', secretAccessKey: 'bench' };
  const relay = await createRelay({
    stack,
    push: 'tcp://127.0.0.1:0',
    sub: 'tcp://127.0.0.1:0',
    keys: createCurveKeys(),
    clock: { now: () => Date.now() },
    log: () => {},
    limits: { strangers: 1e6, hellos: 1e4, rate: 1e6 },
    enroll: {
      hello: async () => ({ text: '{"state":"accepted"}', cert, sig: '' }),
      fetch: async () => ({ refused: 'file.unknown' }),
    },
    bus: { ...createEventBus(eventsClient({ region: 'eu-west-1', credentials }), 'brine'), check: async () => {} },
  });
  const loading = child('load', JSON.stringify(relay.address));
  await loading.said;
  const ask = () =>
    new Promise<Seen>((resolve) => {
      taking.process.once('message', (seen) => resolve(seen as Seen));
      taking.process.send('seen');
    });
  const before = { ...(await ask()), cpu: process.cpuUsage(), at: performance.now() };
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const passed = (performance.now() - before.at) / 1000;
  const cpu = process.cpuUsage(before.cpu);
  const after = await ask();
  const busy = (cpu.user + cpu.system) / 1e6 / passed;
  const count = after.events - before.events;
  const perThousand = (much: number) => ((much / count) * 1000).toFixed(2);
  console.log(`${minions} minions, batches of ${batchEvents}, CURVE, PutEvents over HTTP`);
  console.log(
    `${Math.round(count / passed)} events/s acknowledged; the relay used ${busy.toFixed(2)} cores, its zeromq thread included: ${Math.round(count / passed / busy)} events/s a core (bar: 20,000)`,
  );
  console.log(
    `${perThousand(after.entries - before.entries)} entries (bar: 10) and ${perThousand(after.calls - before.calls)} calls per 1,000 events`,
  );
  console.log(`refused: ${JSON.stringify(relay.stats().refused)}, rss ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
  loading.process.kill();
  taking.process.kill();
  await relay.close();
  const alone = verifyOnly();
  console.log(
    `signatures and decoding alone: ${Math.round(alone)} events/s a core; the relay does ${((count / passed / busy / alone) * 100).toFixed(0)} % of that`,
  );
}

/** Events a second of CPU when batches are verified and decoded, and nothing else is done. */
function verifyOnly(): number {
  const identity = createIdentity();
  const id = parseMinionId('web0');
  const events = Array.from({ length: batchEvents }, () => sample);
  const { body, sig } = signBatch({ stack, identity, id, incarnation, seq: 0, at: 0, events });
  const from = process.cpuUsage();
  const rounds = 2000;
  for (let i = 0; i < rounds; i += 1) openBatch({ id, incarnation, seq: 0, at: 0, body, sig }, { stack, key: identity.key });
  const { user, system } = process.cpuUsage(from);
  return (rounds * batchEvents) / ((user + system) / 1e6);
}

/** The hosts. */
async function load(relay: { push: string; sub: string; key: string }): Promise<void> {
  const ready: Promise<void>[] = [];
  for (let i = 0; i < minions; i += 1) ready.push(minion(parseMinionId(`web${i}`), relay));
  await Promise.all(ready);
  process.send?.('ready');
}

function minion(id: ReturnType<typeof parseMinionId>, relay: { push: string; sub: string; key: string }): Promise<void> {
  const identity = createIdentity();
  const topic = new Uint8Array(randomBytes(16));
  let seq = 0;
  const next = () => {
    const events = Array.from({ length: batchEvents }, () => sample);
    const { at, body, sig } = signBatch({ stack, identity, id, incarnation, seq, at: Date.now(), events });
    void sockets.send(encodeUp(topic, { kind: 'batch', batch: { seq, at, body, sig } }));
  };
  const sockets = connectMinion({
    ...relay,
    relayKey: relay.key,
    keys: createCurveKeys(),
    topic,
    onLost: () => {},
    onDown: (frames) => {
      const read = parseDown(frames);
      if ('dropped' in read) return;
      if (read.message.kind === 'state') {
        accepted();
        next();
      }
      if (read.message.kind === 'ack') {
        seq = read.message.upTo + 1;
        next();
      }
    },
  });
  let accepted = () => {};
  const made = makeHello({
    stack,
    relay: relay.key,
    topic,
    id,
    identity,
    incarnation,
    boot: parseBoot(incarnation),
    at: Date.now(),
    grains: null,
  });
  void sockets.send(encodeUp(topic, { kind: 'hello', hello: made.frames }));
  return new Promise((resolve) => {
    accepted = resolve;
  });
}
