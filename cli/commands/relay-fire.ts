/**
 * `brine relay fire`: an event through a relay, to test the edge itself. It is signed by a host of its own, which a one-use token has accepted: it
 * may fire and is asked nothing, so no target ever reaches it.
 */
import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { createLink } from '../../agent/link/link.ts';
import type { Outbox } from '../../agent/ports.ts';
import type { Operator } from '../../client/operator.ts';
import { expectOk } from '../../client/run-job.ts';
import { BrineError, codes, type ErrorCode } from '../../core/errors.ts';
import type { Emitted } from '../../core/event.ts';
import { type Boot, base32, type Incarnation, parseMinionId } from '../../core/ids.ts';
import { parseTag } from '../../core/tag.ts';
import { type Join, parseJoin } from '../../trust/join.ts';
import { type Identity, identityOf, loadIdentity } from '../../trust/keys.ts';
import { sha256 } from '../../trust/transcript.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { secondsOf } from '../numbers.ts';
import { dataOf } from './fire.ts';

export const run: Run = async (context, [tag, data], options) => {
  const emitted = { tag: parseTag(tag), stamp: Date.now(), data: dataOf(data as string | undefined) };
  const { operator } = act(context, options);
  const asked = expectOk(await operator.call({ action: 'key', op: 'join' }, context.signal));
  const joined = parseJoin(String(asked.more.get('join')), Date.now());
  const host = await hostOf(context, options, joined);
  const seconds = secondsOf(options, 'timeout') ?? 30;
  const sent = await send(emitted, { joined, host, operator, signal: context.signal, seconds });
  if (sent.refused !== undefined)
    throw new BrineError({
      code: sent.refused,
      text: `the relay refused ${emitted.tag} with ${sent.refused}: ${codes[sent.refused][1]}`,
    });
  context.stdout.write(`fired ${emitted.tag} as ${host.id}, taken by EventBridge\n`);
  return EXIT.ok;
};

interface Host {
  readonly id: ReturnType<typeof parseMinionId>;
  readonly identity: Identity;
  readonly incarnation: Incarnation;
}

/** One identity for each user and stack, kept; its id names this machine. */
async function hostOf({ cwd, env }: CommandContext, options: Options, { stack }: Join): Promise<Host> {
  const state = env.XDG_STATE_HOME ?? join(env.HOME ?? homedir(), '.local/state');
  const dir =
    typeof options.data === 'string' ? resolve(cwd, options.data) : join(state, 'brine/edge', stack.replaceAll('/', '_'));
  const identity = await loadIdentity(join(dir, 'identity'));
  const mark = base32(sha256(identity.key), 13);
  const id = parseMinionId(
    `edge-${hostname()
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .slice(0, 200)}-${mark.slice(0, 6)}`,
  );
  return { id, identity, incarnation: mark as Incarnation };
}

interface Sending {
  readonly joined: Join;
  readonly host: Host;
  readonly operator: Operator;
  readonly signal: AbortSignal;
  readonly seconds: number;
}

/** Resolves when EventBridge has taken it, or with the code of its refusal. */
async function send(event: Emitted, { joined, host, operator, signal, seconds }: Sending): Promise<{ refused?: ErrorCode }> {
  const token = identityOf(bytes(32));
  expectOk(await operator.call({ action: 'key', op: 'token', match: host.id, key: token.key, edge: true, expires: 300 }, signal));
  const outbox = oneEvent(event);
  const over = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  let last = 'no relay answered';
  const link = createLink({
    ...host,
    stack: joined.stack,
    relays: joined.relays,
    roots: () => joined.roots.enroll,
    boot: base32(bytes(9), 13) as Boot,
    outbox,
    grains: () => '{}',
    clock: { now: Date.now },
    random: { bytes },
    token,
    log: (message, fields = {}) => {
      last = [message, ...Object.values(fields)].join(' ');
    },
    listener: {
      access: () => {},
      refused: (state) => {
        last = `the key is ${state}`;
      },
      bell: () => {},
      offset: () => {},
      reachable: () => {},
    },
  });
  try {
    return await new Promise((done, fail) => {
      void outbox.ended.then(done);
      const stop = () => fail(new BrineError({ code: 'link.unanswered', text: `not taken within ${seconds} s: ${last}` }));
      if (over.aborted) stop();
      over.addEventListener('abort', stop, { once: true });
    });
  } finally {
    await link.close();
  }
}

const bytes = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));

/** A log that holds one event. Its number is of the time, so that no two events of this host ever share one. */
function oneEvent(event: Emitted): Outbox & { readonly ended: Promise<{ refused?: ErrorCode }> } {
  const seq = Date.now() * 1000 + Math.floor(Math.random() * 1000);
  let open = true;
  let end: (outcome: { refused?: ErrorCode }) => void = () => {};
  const ended = new Promise<{ refused?: ErrorCode }>((resolve) => {
    end = resolve;
  });
  return {
    ended,
    peek: () => (open ? { seq, events: [event] } : null),
    acknowledge: async () => {
      open = false;
      end({});
    },
    setAside: async (_seq, code) => {
      open = false;
      end({ refused: code as ErrorCode });
    },
    waiting: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
}
