/** A minion's control socket, from outside: `brine call` and `brine events --minion` use it and never the cloud. names.md has the lines. */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { BrineError, isCode } from '../core/errors.ts';
import { decode, encode } from '../core/json.ts';
import { Dict, toPlain, type Value } from '../core/value.ts';

export interface CallResult {
  readonly return: Value;
  readonly retcode: number;
  /** The error that the return words for a job, by its parts. */
  readonly fault?: { readonly kind: string; readonly message: string; readonly doc?: string };
}

/** Runs one function on the agent behind the socket. Throws `system.unreachable`, `system.answer`. */
export async function callMinion(
  path: string,
  call: { fun: string; arg: readonly Value[]; kwarg: Dict },
  signal?: AbortSignal,
): Promise<CallResult> {
  const request = Dict.of({ n: 1n, call: Dict.of({ fun: call.fun, arg: [...call.arg], kwarg: call.kwarg }) });
  for await (const line of converse(path, request, signal)) {
    const fault = line.get('fault');
    return {
      return: line.get('return') ?? null,
      retcode: Number(line.get('retcode') ?? 0n),
      ...(fault instanceof Dict && { fault: toPlain(fault) as NonNullable<CallResult['fault']> }),
    };
  }
  throw new BrineError({ code: 'system.answer', text: `the agent behind ${path} closed the connection without an answer` });
}

/** The minion's own bus, as it happens. */
export async function* watchMinion(
  path: string,
  glob: string,
  signal?: AbortSignal,
  watching?: () => void,
): AsyncGenerator<{ tag: string; data: Value }> {
  for await (const line of converse(path, Dict.of({ n: 1n, watch: glob }), signal, watching)) {
    if (line.has('tag')) yield { tag: String(line.get('tag')), data: line.get('data') ?? null };
  }
}

/** How the agent stands: `agent/agent.ts` has the names. */
export async function minionStatus(path: string, signal?: AbortSignal): Promise<Dict> {
  for await (const line of converse(path, Dict.of({ n: 1n, status: true }), signal)) {
    const status = line.get('status');
    if (status instanceof Dict) return status;
  }
  throw new BrineError({ code: 'system.answer', text: `the agent behind ${path} does not say how it stands` });
}

/** What the agent reported lately, then, with `follow`, what it reports. */
export async function* minionLogs(
  path: string,
  { count, follow, signal }: { readonly count: number; readonly follow: boolean; readonly signal?: AbortSignal },
): AsyncGenerator<Dict> {
  for await (const line of converse(path, Dict.of({ n: 1n, logs: BigInt(count), follow }), signal)) {
    const kept = line.get('log');
    if (kept instanceof Dict) yield kept;
    else if (line.has('end')) return;
  }
}

/** Events that the agent set aside; `retry` and `drop` act on one first, `clear` drops all. */
export async function minionAside(
  path: string,
  {
    op,
    seq = 0,
    signal,
  }: { readonly op: 'list' | 'retry' | 'drop' | 'clear'; readonly seq?: number; readonly signal?: AbortSignal },
): Promise<readonly Dict[]> {
  for await (const line of converse(path, Dict.of({ n: 1n, aside: op, seq: BigInt(seq) }), signal)) {
    const list = line.get('aside');
    if (Array.isArray(list)) return list.filter((item): item is Dict => item instanceof Dict);
  }
  throw new BrineError({ code: 'system.answer', text: `the agent behind ${path} does not say what it set aside` });
}

async function* converse(path: string, request: Dict, signal?: AbortSignal, asked?: () => void): AsyncGenerator<Dict> {
  const socket = await open(path);
  const stop = () => socket.destroy();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    socket.write(`${encode(request)}\n`, () => asked?.());
    for await (const text of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
      const line = decode(text);
      if (!(line instanceof Dict))
        throw new BrineError({ code: 'system.answer', text: `the agent behind ${path} sent no mapping` });
      if (line.has('error')) {
        const code = String(line.get('code'));
        throw new BrineError({ code: isCode(code) ? code : 'system.answer', text: String(line.get('error')) });
      }
      yield line;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (cause) =>
      reject(
        new BrineError(
          { code: 'system.unreachable', text: `no agent listens at ${path}`, hint: 'is the minion running? brine minion start' },
          { cause },
        ),
      ),
    );
  });
}
