/** The one file that touches zeromq: PULL and XPUB at the relay, PUSH and SUB at the minion, always with CURVE. Engine facts 1. */
import { Context, capability, Pull, Push, Reply, type Socket, Subscriber, XPublisher } from 'zeromq';
import { BrineError } from '../core/errors.ts';
import { FRAME_BYTES, TOPIC_BYTES } from './frames.ts';

/** Z85, 40 characters each. */
export interface CurveKeys {
  readonly publicKey: string;
  readonly secretKey: string;
}

/** Was this libzmq built with CURVE? Without it no link can be made. */
export function hasCurve(): boolean {
  return capability.curve === true;
}

/** Both ends look for each other this often, and give up after two missed answers. Milliseconds. */
const HEARTBEAT = { heartbeatInterval: 10_000, heartbeatTimeout: 20_000, heartbeatTimeToLive: 30_000 };

// libzmq's numbers of options that the binding has no property for.
const ZMQ_SUBSCRIBE = 6;
const ZMQ_UNSUBSCRIBE = 7;

export interface RelaySocketOptions {
  /** `tcp://host:port`, port 0 or `*` for a free one. */
  readonly push: string;
  readonly sub: string;
  readonly keys: CurveKeys;
  /** Is there room for one more connection? Asked at each handshake; false: it is refused, and its peer tries again later. */
  mayEnter(): boolean;
  /** Frames from anybody, in any number and of any content. */
  onUp(frames: readonly Uint8Array[]): void;
  /** Somebody subscribed to these 16 bytes; false: not taken, nothing will be sent there. */
  onBegin(topic: Uint8Array): boolean;
  /** The subscriber of these 16 bytes is gone. */
  onEnd(topic: Uint8Array): void;
}

export interface RelaySockets {
  /** Where they really listen. */
  readonly push: string;
  readonly sub: string;
  /** Resolves when libzmq has it, which proves nothing; a slow subscriber's frames are dropped. */
  send(frames: readonly Uint8Array[]): Promise<void>;
  close(): void;
}

/** Listens. Throws `relay.listen`: a port in use, an address that is not here. */
export async function listenRelay(options: RelaySocketOptions): Promise<RelaySockets> {
  // The question at the door is asked once for each context, so this relay has one of its own.
  const context = new Context();
  const door = new Reply({ context, linger: 0 });
  await door.bind('inproc://zeromq.zap.01');
  const server = {
    context,
    curveServer: true,
    curveSecretKey: options.keys.secretKey,
    linger: 0,
    backlog: 4096,
    handshakeInterval: 10_000,
    ...HEARTBEAT,
  };
  const pull = new Pull({ ...server, maxMessageSize: FRAME_BYTES, receiveHighWaterMark: 1000 });
  // Manual: a subscription counts only when this file says so, else one to the empty prefix reads every host's answers.
  const xpub = new XPublisher({ ...server, manual: true, sendTimeout: 0, sendHighWaterMark: 1000, maxMessageSize: 1024 });
  try {
    await bind(pull, options.push);
    await bind(xpub, options.sub);
  } catch (error) {
    pull.close();
    xpub.close();
    door.close();
    throw error;
  }
  const stopped = Promise.all([
    openDoor(door, () => options.mayEnter()),
    readAll(pull, (frames) => options.onUp(frames)),
    readAll(xpub, (frames) => subscription(xpub, frames, options)),
  ]);
  const send = sender(xpub);
  return {
    push: pull.lastEndpoint ?? options.push,
    sub: xpub.lastEndpoint ?? options.sub,
    send: async (frames) => void (await send(frames)),
    close: () => {
      pull.close();
      xpub.close();
      door.close();
      void stopped;
    },
  };
}

/** ZAP (ZeroMQ RFC 27): whatever key it is, it may come in while there is room. Whom a key belongs to is asked later, of a signature. */
async function openDoor(door: Reply, mayEnter: () => boolean): Promise<void> {
  try {
    for await (const [version = '', request = ''] of door) {
      const [code, text] = mayEnter() ? ['200', ''] : ['400', 'full'];
      await door.send([version, request, code, text, '', '']);
    }
  } catch (error) {
    if (!door.closed) throw error;
  }
}

async function bind(socket: Pull | XPublisher, endpoint: string): Promise<void> {
  try {
    await socket.bind(wildcard(endpoint));
  } catch (cause) {
    const found = cause instanceof Error ? cause.message.toLowerCase() : String(cause);
    throw new BrineError(
      {
        code: 'relay.listen',
        text: `expected a free address of this machine to listen at, found: ${found}`,
        where: { path: endpoint },
        hint: 'end what listens there, or name another with --push and --sub (port 0: a free one)',
      },
      { cause },
    );
  }
}

function subscription(xpub: XPublisher, frames: readonly Uint8Array[], { onBegin, onEnd }: RelaySocketOptions): void {
  const [frame] = frames;
  if (frames.length !== 1 || frame?.length !== TOPIC_BYTES + 1) return;
  const topic = Buffer.from(frame.subarray(1));
  if (frame[0] === 1 && onBegin(topic)) setOption(xpub, ZMQ_SUBSCRIBE, topic);
  if (frame[0] !== 0) return;
  setOption(xpub, ZMQ_UNSUBSCRIBE, topic);
  onEnd(topic);
}

/** The binding has this method and its types do not. */
interface RawOptions {
  setStringOption(option: number, value: Buffer): void;
}

function setOption(socket: Socket, option: number, value: Buffer): void {
  (socket as unknown as RawOptions).setStringOption(option, value);
}

export interface MinionSocketOptions {
  readonly push: string;
  readonly sub: string;
  /** The relay's key as it was pinned. */
  readonly relayKey: string;
  /** Fresh at each start. */
  readonly keys: CurveKeys;
  /** 16 random bytes, new for each connection. */
  readonly topic: Uint8Array;
  onDown(frames: readonly Uint8Array[]): void;
  /** One of the two connections ended; these sockets are of no more use. */
  onLost(reason: string): void;
}

export interface MinionSockets {
  /** False when no connection stood within ten seconds. */
  send(frames: readonly Uint8Array[]): Promise<boolean>;
  close(): void;
}

export function connectMinion(options: MinionSocketOptions): MinionSockets {
  const client = {
    curveServerKey: options.relayKey,
    curvePublicKey: options.keys.publicKey,
    curveSecretKey: options.keys.secretKey,
    linger: 0,
    connectTimeout: 10_000,
    handshakeInterval: 10_000,
    reconnectInterval: 1000,
    reconnectMaxInterval: 30_000,
    maxMessageSize: FRAME_BYTES,
    ...HEARTBEAT,
  };
  const sub = new Subscriber(client);
  // Immediate: nothing is put into a pipe that nobody reads.
  const push = new Push({ ...client, immediate: true, sendTimeout: 10_000 });
  let open = true;
  const lost = (reason: string) => {
    if (open) options.onLost(reason);
  };
  for (const socket of [sub, push]) {
    socket.events.on('disconnect', () => lost('disconnect'));
    socket.events.on('handshake:error:auth', () => lost('handshake'));
    socket.events.on('handshake:error:protocol', () => lost('handshake'));
    socket.events.on('handshake:error:other', () => lost('handshake'));
  }
  sub.subscribe(Buffer.from(options.topic));
  sub.connect(options.sub);
  push.connect(options.push);
  void readAll(sub, (frames) => options.onDown(frames));
  return {
    send: sender(push),
    close: () => {
      open = false;
      sub.close();
      push.close();
    },
  };
}

/** One send at a time: a second one while the first pends would be refused by the binding. */
function sender(socket: Push | XPublisher): (frames: readonly Uint8Array[]) => Promise<boolean> {
  let last: Promise<unknown> = Promise.resolve();
  return (frames) => {
    const sent = last.then(async () => {
      if (socket.closed) return false;
      try {
        await socket.send(frames.map((frame) => Buffer.from(frame.buffer, frame.byteOffset, frame.length)));
        return true;
      } catch {
        // Nobody is there, the peer is too slow, or the socket was closed meanwhile: acknowledgements find out.
        return false;
      }
    });
    last = sent;
    return sent;
  };
}

async function readAll(socket: Pull | XPublisher | Subscriber, take: (frames: readonly Uint8Array[]) => void): Promise<void> {
  try {
    for await (const frames of socket) take(frames);
  } catch (error) {
    if (!socket.closed) throw error;
  }
}

/** libzmq's way to say any free port. */
function wildcard(endpoint: string): string {
  return endpoint.replace(/:0$/, ':*');
}
