/** The control socket: `brine call` and `brine events --minion` on this host, mode 0600. JSON lines, as names.md has them. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { BrineError } from '../core/errors.ts';
import { matchGlob } from '../core/glob.ts';
import { decode, encode } from '../core/json.ts';
import { Dict, type Value } from '../core/value.ts';
import type { AsideStore } from './aside.ts';
import type { Result } from './dispatch.ts';
import type { Reports } from './reports.ts';

export interface LocalBus {
  fire(tag: string, data: Dict): void;
  watch(seen: (tag: string, data: Dict) => void): () => void;
}

export function createLocalBus(): LocalBus {
  const watchers = new Set<(tag: string, data: Dict) => void>();
  return {
    fire: (tag, data) => {
      for (const seen of watchers) seen(tag, data);
    },
    watch: (seen) => {
      watchers.add(seen);
      return () => watchers.delete(seen);
    },
  };
}

export interface ControlOptions {
  readonly path: string;
  readonly bus: LocalBus;
  readonly call: (fun: string, arg: readonly Value[], kwarg: Dict) => Promise<Result>;
  /** How this agent stands. */
  readonly status: () => Dict;
  readonly reports: Pick<Reports, 'recent' | 'watch'>;
  readonly aside: AsideStore;
}

export async function openControl(options: ControlOptions): Promise<{ close(): Promise<void> }> {
  rmSync(options.path, { force: true }); // left by a crash; two agents of one directory are kept apart by its lock
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    serve(socket, options);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.path, resolve));
  chmodSync(options.path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function serve(socket: Socket, { bus, call, status, reports, aside }: ControlOptions): void {
  const say = (line: Dict) => void (socket.writable && socket.write(`${encode(line)}\n`));
  createInterface({ input: socket }).on('line', (text) => {
    void answer(text).catch((error: unknown) => {
      const code = error instanceof BrineError ? { code: error.code } : {};
      say(Dict.of({ error: error instanceof Error ? error.message : String(error), ...code }));
    });
  });

  async function answer(text: string): Promise<void> {
    const line = decode(text);
    if (!(line instanceof Dict)) throw new BrineError({ code: 'input.schema', text: 'a line is a mapping' });
    const n = line.get('n') ?? 0n;
    const [wanted, glob] = [line.get('call'), line.get('watch')];
    if (typeof glob === 'string') {
      const stop = bus.watch((tag, data) => matchGlob(tag, glob) && say(Dict.of({ n, tag, data })));
      socket.on('close', stop);
      return say(Dict.of({ n, watching: true }));
    }
    if (line.has('status')) return say(Dict.of({ n, status: status() }));
    const logs = line.get('logs');
    if (logs !== undefined) return sayLogs(n, Number(logs), line.get('follow') === true);
    const asked = line.get('aside');
    if (typeof asked === 'string') return say(Dict.of({ n, aside: await setAside(asked, Number(line.get('seq') ?? 0n)) }));
    if (!(wanted instanceof Dict)) throw new BrineError({ code: 'input.schema', text: 'a line is {n, call} or {n, watch}' });
    const [fun, arg, kwarg] = [wanted.get('fun'), wanted.get('arg') ?? [], wanted.get('kwarg') ?? new Dict()];
    if (typeof fun !== 'string' || !Array.isArray(arg) || !(kwarg instanceof Dict))
      throw new BrineError({ code: 'input.schema', text: 'a call is {fun, arg, kwarg}' });
    const result = await call(fun, arg, kwarg);
    const answer = Dict.of({ n, return: result.return, retcode: BigInt(result.retcode) });
    say(result.fault ? answer.set('fault', Dict.of({ ...result.fault })) : answer);
  }

  function sayLogs(n: Value, count: number, follow: boolean): void {
    for (const kept of reports.recent(count)) say(Dict.of({ n, log: kept }));
    if (!follow) return say(Dict.of({ n, end: true }));
    socket.on(
      'close',
      reports.watch((kept) => say(Dict.of({ n, log: kept }))),
    );
  }

  async function setAside(op: string, seq: number): Promise<Value[]> {
    if (op === 'retry') await aside.retry(seq);
    else if (op === 'drop') await aside.drop(seq);
    else if (op === 'clear') aside.clear();
    return [...aside.list()];
  }
}
