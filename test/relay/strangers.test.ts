import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Dealer, Publisher, Push, Request, Router, type Socket, Subscriber, XSubscriber } from 'zeromq';
import type { BusEntry } from '../../core/ports.ts';
import type { RelayStats } from '../../relay/relay.ts';
import type { Roots } from '../../trust/certificate.ts';
import { createCurveKeys } from '../../trust/curve.ts';
import type { RelayAddress } from '../../trust/join.ts';
import { clock, random, startMinion, type TestMinion, until } from '../support/edge.ts';

interface Report {
  readonly stats: RelayStats;
  readonly ids: readonly string[];
  readonly taken: readonly string[];
  readonly entries: readonly BusEntry[];
}

let relay: ChildProcess;
let address: RelayAddress;
let honest: TestMinion;
const sockets: Socket[] = [];
const plain: net.Socket[] = [];

beforeAll(async () => {
  relay = fork(join(import.meta.dirname, '../support/relay-process.ts'), { execArgv: ['--import', 'tsx'] });
  const [ready] = (await once(relay, 'message')) as [{ address: RelayAddress; roots: Roots }];
  address = ready.address;
  const platform = { roots: ready.roots } as Parameters<typeof startMinion>[1]['platform'];
  honest = startMinion('web1', { platform, relays: [address], clock, random });
  await until(
    () => honest.link.state === 'accepted',
    () => honest.said,
  );
});

afterAll(async () => {
  await honest.link.close();
  for (const socket of sockets) socket.close();
  for (const socket of plain) socket.destroy();
  relay.disconnect();
});

async function report(): Promise<Report> {
  relay.send('report');
  return (await once(relay, 'message'))[0] as Report;
}

/** The honest host is served, now: its session never ended, and what it fires is taken. */
async function served(): Promise<Report> {
  const seq = honest.outbox.fire('myco/still/here');
  await until(
    () => honest.outbox.acked >= seq,
    () => honest.said,
  );
  expect(relay.exitCode).toBeNull();
  expect(honest.said.filter(([message]) => message === 'link_lost')).toEqual([]);
  const seen = await report();
  expect(seen.taken.filter((taken) => !taken.startsWith('web1:'))).toEqual([]);
  expect(seen.ids).toEqual(['web1']);
  return seen;
}

const curve = () => {
  const keys = createCurveKeys();
  return {
    curveServerKey: address.key,
    curvePublicKey: keys.publicKey,
    curveSecretKey: keys.secretKey,
    linger: 0,
  };
};

function open<S extends Socket>(socket: S, endpoint: string): S {
  sockets.push(socket);
  socket.connect(endpoint);
  return socket;
}

it('clients of every socket type with chosen routing ids end nothing', async () => {
  const frames = [Buffer.alloc(0), randomBytes(16), Buffer.from('hello'), Buffer.from('{}'), Buffer.from('x')];
  const all = [address.push, address.sub].flatMap((endpoint) =>
    Array.from({ length: 8 }, (_, i) => Buffer.from([0, 0, 0, 0, i + 1])).flatMap((routingId) => [
      open(new Dealer({ ...curve(), routingId: routingId.toString('latin1'), sendTimeout: 200 }), endpoint),
      open(new Request({ ...curve(), routingId: routingId.toString('latin1'), sendTimeout: 200 }), endpoint),
      open(new Router({ ...curve(), routingId: routingId.toString('latin1'), sendTimeout: 200 }), endpoint),
      open(new Push({ ...curve(), sendTimeout: 200 }), endpoint),
      open(new Publisher(curve()), endpoint),
    ]),
  );
  await Promise.all(
    all.flatMap((socket) =>
      [frames, frames.slice(1), [], [randomBytes(70_000)]].map((part) =>
        Promise.resolve()
          .then(() => (socket as Push).send(part))
          .catch(() => {}),
      ),
    ),
  );
  await served();
});

it('there is no plain mode: a client without CURVE never shakes hands', async () => {
  for (const [endpoint, make] of [
    [address.push, () => new Push()],
    [address.sub, () => new Subscriber()],
  ] as const) {
    const socket = make();
    let shaken = false;
    socket.events.on('handshake', () => {
      shaken = true;
    });
    const refused = new Promise((resolve) => socket.events.on('handshake:error:protocol', resolve));
    open(socket, endpoint);
    await refused;
    expect(shaken).toBe(false);
    socket.close();
  }
  await served();
});

it('frames of any number and size on a PUSH of one’s own are dropped and counted', async () => {
  const push = open(new Push(curve()), address.push);
  const topic = randomBytes(16);
  const messages = [
    [topic],
    [topic, 'hello'],
    [topic, 'hello', '{"v":1}', 'x', '', ''],
    [topic, 'batch', '{"seq":0,"at":0}', '{"events":[]}', 'x'],
    [topic, 'batch', randomBytes(128), randomBytes(1000), randomBytes(64)],
    [topic, '__proto__', 'x'],
    [topic, 'constructor'],
    [topic.subarray(1), 'ping', '1'],
    [topic, 'ping', 'x'.repeat(100)],
    [topic, 'hello', 'x'.repeat(5000), '', '', ''],
    Array.from({ length: 1000 }, () => 'x'),
  ];
  for (const message of messages) await push.send(message);
  await until(() => true);
  let seen = await served();
  while ((seen.stats.refused['dropped.kind'] ?? 0) < 2) seen = await report();
  expect(seen.stats.refused).toMatchObject({ 'dropped.kind': 2, 'dropped.topic': expect.any(Number), 'dropped.session': 1 });
});

it('1,000 connections that never speak, garbage before the handshake and in its middle', async () => {
  const ports = [address.push, address.sub].map((endpoint) => Number(endpoint.split(':').at(-1)));
  const greeting = Buffer.concat([
    Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]),
    Buffer.from('CURVE'),
    Buffer.alloc(47),
  ]);
  // Ten of fifteen say nothing at all.
  const says = [
    ...Array.from({ length: 10 }, () => null),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    greeting.subarray(0, 20),
    Buffer.concat([greeting, randomBytes(200)]),
    Buffer.concat([greeting, Buffer.from([4, 200, 5]), Buffer.from('HELLO'), randomBytes(50)]),
    randomBytes(500),
  ];
  await Promise.all(
    Array.from({ length: 1500 }, async (_, i) => {
      const socket = net.connect(ports[i % 2] ?? 0, '127.0.0.1');
      plain.push(socket);
      socket.on('error', () => {});
      await once(socket, 'connect');
      const words = says[i % says.length];
      if (words) socket.write(words);
      // Every other one that spoke goes away in the middle of a frame.
      if (words && i % 4 === 1) socket.destroy();
    }),
  );
  await served();
});

it.skipIf(process.platform === 'win32')(
  'more connections than a relay has descriptors: none of them takes those that it needs itself',
  async () => {
    const limited = fork(join(import.meta.dirname, '../support/relay-process.ts'), {
      execPath: '/bin/sh',
      execArgv: ['-c', `ulimit -n 300 && exec "$0" --import tsx "$@"`, process.execPath],
    });
    const [ready] = (await once(limited, 'message')) as [{ address: RelayAddress; roots: Roots }];
    const { push, sub, key } = ready.address;
    const ask = async () => {
      limited.send('report');
      return ((await once(limited, 'message'))[0] as Report).stats;
    };
    const platform = { roots: ready.roots } as Parameters<typeof startMinion>[1]['platform'];
    const host = startMinion('web1', { platform, relays: [ready.address], clock, random });
    const taken = async (tag: string) => {
      const seq = host.outbox.fire(tag);
      await until(
        () => host.outbox.acked >= seq,
        () => host.said,
      );
    };
    await taken('before');
    const pushes = Array.from({ length: 300 }, () => open(new Push({ ...curve(), curveServerKey: key }), push));
    for (let refused = 0; refused < 50; ) refused = (await ask()).refused['dropped.full'] ?? 0;
    await taken('between');
    const silent = Array.from({ length: 300 }, (_, i) =>
      net.connect(Number((i % 2 ? push : sub).split(':').at(-1)), '127.0.0.1'),
    );
    for (const socket of silent) socket.on('error', () => {});
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    await taken('beside them');
    for (const socket of pushes) socket.close();
    for (const socket of silent) socket.destroy();
    const late = startMinion('web2', { platform, relays: [ready.address], clock, random });
    await until(
      () => late.link.state === 'accepted',
      () => late.said,
    );
    expect(host.said.filter(([message]) => message === 'link_lost')).toEqual([]);
    expect(limited.exitCode).toBeNull();
    await Promise.all([host.link.close(), late.link.close()]);
    limited.disconnect();
  },
);

/** Between a client and the relay, where the bytes that follow the handshake are at hand. */
async function between(endpoint: string) {
  const port = Number(endpoint.split(':').at(-1));
  const up: net.Socket[] = [];
  const server = net.createServer((client) => {
    const relayed = net.connect(port, '127.0.0.1');
    up.push(relayed);
    plain.push(client, relayed);
    for (const [from, to] of [
      [client, relayed],
      [relayed, client],
    ] as const) {
      from.on('data', (bytes) => limit(to, bytes));
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    }
  });
  let left = Number.POSITIVE_INFINITY;
  /** Lets so many bytes more through to the relay, then ends the connection. */
  const limit = (to: net.Socket, bytes: Buffer) => {
    if (!up.includes(to)) return to.write(bytes);
    if (to.writableEnded) return false; // what the client still says after the cut
    to.write(bytes.subarray(0, left));
    left -= bytes.length;
    if (left <= 0) to.end();
    return true;
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port: own } = server.address() as net.AddressInfo;
  return {
    endpoint: `tcp://127.0.0.1:${own}`,
    inject: (bytes: Buffer) => {
      for (const socket of up) socket.write(bytes);
    },
    cutAfter: (bytes: number) => {
      left = bytes;
    },
    ended: () => Promise.all(up.map((socket) => (socket.destroyed ? null : once(socket, 'close')))),
    close: () => server.close(),
  };
}

it.each<[string, (way: Awaited<ReturnType<typeof between>>, socket: Push | Subscriber) => unknown]>([
  ['garbage', (way) => way.inject(randomBytes(5000))],
  ['a command that is none', (way) => way.inject(Buffer.from([4, 5, 4, 0x45, 0x56, 0x49, 0x4c]))],
  ['a frame that nobody encrypted', (way) => way.inject(Buffer.concat([Buffer.from([0, 5]), Buffer.from('hello')]))],
  ['a frame that says it is 2 GB', (way) => way.inject(Buffer.from([2, 0, 0, 0, 0, 0x80, 0, 0, 0, 1]))],
  ['a frame above its limit', (way) => way.inject(Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 16, 0, 0]), randomBytes(1000)]))],
  [
    'its end in the middle of a frame',
    (way, socket) => {
      way.cutAfter(70);
      return speak(socket);
    },
  ],
])('a client that shook hands and then sends %s loses its connection and nothing else', async (_, act) => {
  for (const [endpoint, make] of [
    [address.push, () => new Push({ ...curve(), reconnectInterval: 600_000 })],
    [address.sub, () => new Subscriber({ ...curve(), reconnectInterval: 600_000 })],
  ] as const) {
    const way = await between(endpoint);
    const socket = make();
    const shaken = new Promise((resolve) => socket.events.on('handshake', resolve));
    open(socket, way.endpoint);
    await shaken;
    await act(way, socket);
    await way.ended();
    way.close();
  }
  await served();
});

async function speak(socket: Push | Subscriber): Promise<void> {
  if (socket instanceof Push) await socket.send([randomBytes(16), 'ping', randomBytes(60)]);
  else socket.subscribe(randomBytes(16), randomBytes(16), randomBytes(16));
}

it('subscriptions to the empty and to each one-byte prefix read nothing of another session', async () => {
  const read: Buffer[][] = [];
  const spies = Array.from({ length: 4 }, () => open(new Subscriber(curve()), address.sub));
  for (const spy of spies) {
    void (async () => {
      for await (const message of spy) read.push(message);
    })().catch(() => {});
    spy.subscribe('');
    for (let byte = 0; byte < 256; byte += 1) spy.subscribe(Buffer.from([byte]));
  }
  const xsub = open(new XSubscriber(curve()), address.sub);
  void (async () => {
    for await (const message of xsub) read.push(message);
  })().catch(() => {});
  await xsub.send(Buffer.from([1]));
  await xsub.send([Buffer.from([1]), randomBytes(16)]);
  for (let round = 0; round < 20; round += 1) await served();
  expect(read).toEqual([]);
});

it('a flood of subscriptions, well-formed ones too, opens no session of anybody and ends with its sender', async () => {
  const before = (await report()).stats.sessions;
  const floods = Array.from({ length: 3 }, () => {
    const flood = open(new Subscriber(curve()), address.sub);
    flood.subscribe(...Array.from({ length: 900 }, () => randomBytes(16)), ...Array.from({ length: 90 }, (_, i) => `short${i}`));
    return flood;
  });
  let seen = await served();
  while (seen.stats.sessions < before + 2700) seen = await report();
  expect(seen.stats.accepted).toBe(1);
  for (const flood of floods) flood.close();
  while (seen.stats.sessions > before) seen = await report();
  await served();
});

it('an unaccepted host that says hello gets a state and nothing else', async () => {
  const platform = { roots: { jobs: [], enroll: [] } } as never;
  const stranger = startMinion('x1', { platform, relays: [address] });
  stranger.outbox.fire('salt/minion/web1/start');
  await until(() => stranger.said.some(([, fields]) => JSON.stringify(fields).includes('trust.certificate')));
  expect(stranger.access).toEqual([]);
  await served();
  await stranger.link.close();
});
