/** What a relay says of itself on its own machine: a socket of mode 0600, one JSON line for each that is asked. `brine relay status` reads it. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { relayControlPath } from '../core/control-path.ts';
import type { Stack } from '../core/ids.ts';
import type { Relay } from './relay.ts';

export interface RelayControlOptions {
  readonly relay: Relay;
  readonly stack: Stack;
  readonly name: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A machine that gives no room for the socket has a relay all the same: then null. */
export async function openRelayControl(options: RelayControlOptions): Promise<{ close(): void } | null> {
  const { relay, stack, name, env } = options;
  const path = relayControlPath(relay.address.push, env);
  const since = Date.now();
  const status = () => ({
    ...relay.address,
    name,
    stack,
    pid: process.pid,
    since,
    memory: process.memoryUsage.rss(),
    ...relay.stats(),
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    createInterface({ input: socket }).on('line', () => {
      if (socket.writable) socket.write(`${JSON.stringify({ n: 1, status: status() })}\n`);
    });
  });
  try {
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    chmodSync(path, 0o600);
  } catch {
    server.close();
    return null;
  }
  server.unref();
  return {
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
