/** Is a relay there, under the key that hosts pin, and does it hear bells? A ping over the link, without a hello: nobody is enrolled by it. */
import { connect } from 'node:net';
import { createCurveKeys } from '../trust/curve.ts';
import type { RelayAddress } from '../trust/join.ts';
import { encodeUp, parseDown, TOPIC_BYTES } from '../wire/frames.ts';
import { connectMinion } from '../wire/socket.ts';

export type RelayProbe =
  | { readonly kind: 'ok'; readonly milliseconds: number; readonly hears: boolean }
  /** Nobody listens at this address. */
  | { readonly kind: 'closed'; readonly address: string; readonly why: string }
  /** Somebody listens, and does not answer under this key. */
  | { readonly kind: 'silent' };

const CONNECT = 3000;
const PING = 200;

export async function probeRelay(relay: RelayAddress, milliseconds = 5000): Promise<RelayProbe> {
  for (const address of [relay.push, relay.sub]) {
    const why = await closedAt(address);
    if (why !== null) return { kind: 'closed', address, why };
  }
  const topic = crypto.getRandomValues(new Uint8Array(TOPIC_BYTES));
  const began = performance.now();
  return new Promise((resolve) => {
    const end = (found: RelayProbe) => {
      clearInterval(pinging);
      clearTimeout(timer);
      sockets.close();
      resolve(found);
    };
    const sockets = connectMinion({
      ...relay,
      relayKey: relay.key,
      keys: createCurveKeys(),
      topic,
      onDown: (frames) => {
        const read = parseDown(frames);
        if ('message' in read && read.message.kind === 'pong')
          end({ kind: 'ok', milliseconds: Math.round(performance.now() - began), hears: read.message.hears });
      },
      onLost: () => end({ kind: 'silent' }),
    });
    const ping = () => void sockets.send(encodeUp(topic, { kind: 'ping', n: 'probe' }));
    const pinging = setInterval(ping, PING);
    const timer = setTimeout(() => end({ kind: 'silent' }), milliseconds);
    ping();
  });
}

/** null when somebody listens there. */
function closedAt(address: string): Promise<string | null> {
  const found = /^tcp:\/\/\[?([^\]]+?)\]?:(\d+)$/.exec(address);
  if (!found) return Promise.resolve('not an address');
  return new Promise((resolve) => {
    const socket = connect({ host: found[1] as string, port: Number(found[2]), timeout: CONNECT });
    const end = (why: string | null) => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => end(null));
    socket.once('timeout', () => end('no answer'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
