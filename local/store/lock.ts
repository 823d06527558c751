/**
 * One embedded AWS for a data directory. The lock is a socket that the holder listens on: it ends with the process, however that ends, and a file
 * that a crash left behind is seen for what it is, since nobody answers there.
 */
import { createHash } from 'node:crypto';
import { realpathSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { BrineError } from '../../core/errors.ts';

export interface Lock {
  release(): Promise<void>;
}

export async function lockDirectory(dir: string): Promise<Lock> {
  const name = createHash('sha256')
    .update(`${userInfo().uid}:${realpathSync(dir)}`)
    .digest('hex')
    .slice(0, 16);
  const path = join(tmpdir(), `brine-aws-${name}.sock`);
  if (await isAnswered(path))
    throw new BrineError({
      code: 'dev.data',
      where: { file: dir },
      text: 'another embedded AWS works with this data directory',
      hint: 'end it first, or name another directory with --data',
    });
  rmSync(path, { force: true });
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
  });
}
