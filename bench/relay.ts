/** `npx tsx bench/relay.ts`: signed batches from real minions over CURVE through a relay to a bus that takes everything; events/s acknowledged. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { parseBoot, parseIncarnation, parseMinionId, parseStack } from '../core/ids.ts';
import { parseTag } from '../core/tag.ts';
import { createRelay } from '../relay/relay.ts';
import { signBatch } from '../trust/batch.ts';
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

if (process.argv[2] === 'load') await load(JSON.parse(process.argv[3] ?? '{}'));
else await serve();

/** The relay, measured in a process of its own; its enroll accepts everybody, its bus answers after as long as EventBridge does. */
async function serve(): Promise<void> {
  let events = 0;
  let entries = 0;
  let calls = 0;
  const root = { sign: async () => new Uint8Array(8) };
  const identity = createIdentity();
  const cert = await certify({ stack, role: 'enroll', kind: 'cert-enroll', root, identity, from: 0, to: 3_600_000 });
  const latency = Number(process.env.LATENCY ?? 5);
  const relay = await createRelay({
    stack,
    push: 'tcp://127.0.0.1:0',
    sub: 'tcp://127.0.0.1:0',
    keys: createCurveKeys(),
    clock: { now: () => Date.now() },
    log: () => {},
    limits: { strangers: 1e6, hellos: 1e4, rate: 1e6 },
    enroll: { hello: async () => ({ text: '{"state":"accepted"}', cert, sig: '' }) },
    bus: {
      check: async () => {},
      put: async (taken) => {
        calls += 1;
        entries += taken.length;
        for (const { detail } of taken) events += detail.split('\\"stamp\\"').length - 1;
        await new Promise((resolve) => setTimeout(resolve, latency));
        return taken.map(() => null);
      },
    },
  });
  const child = fork(import.meta.filename, ['load', JSON.stringify(relay.address)], {
    execArgv: process.execArgv,
    env: process.env,
  });
  await new Promise<void>((resolve) => child.once('message', () => resolve()));
  const before = { events, entries, calls, cpu: process.cpuUsage(), at: performance.now() };
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const passed = (performance.now() - before.at) / 1000;
  const cpu = process.cpuUsage(before.cpu);
  const busy = (cpu.user + cpu.system) / 1e6 / passed;
  const count = events - before.events;
  console.log(`${minions} minions, batches of ${batchEvents}, CURVE, PutEvents ${latency} ms`);
  console.log(
    `${Math.round(count / passed)} events/s acknowledged (relay used ${busy.toFixed(2)} cores: ${Math.round(count / passed / busy)} events/s a core)`,
  );
  console.log(
    `${(((entries - before.entries) / count) * 1000).toFixed(2)} entries and ${(((calls - before.calls) / count) * 1000).toFixed(2)} calls per 1,000 events`,
  );
  console.log(`refused: ${JSON.stringify(relay.stats().refused)}, rss ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
  child.kill();
  await relay.close();
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
  const data = 'x'.repeat(200);
  const event = { tag: parseTag('myco/deploy/done'), stamp: Date.now(), data };
  let seq = 0;
  const next = () => {
    const events = Array.from({ length: batchEvents }, () => event);
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
