/** The link: keeps one session with one of the relays, whatever happens. Step 3 of the way of an event; trust sections 3–5. */
import type { Boot, Incarnation, MinionId, Stack } from '../../core/ids.ts';
import type { Clock, Random } from '../../core/ports.ts';
import type { RelayAddress } from '../../trust/join.ts';
import type { Identity } from '../../trust/keys.ts';
import { createPlatformTime } from '../../trust/platform-time.ts';
import type { Answer, LinkState } from '../../trust/state.ts';
import type { LinkListener, Outbox } from '../ports.ts';
import { createFetches, type WantedFile } from './fetches.ts';
import { runSession } from './session.ts';
import { createBackoff, defaultTiming, type LinkTiming, pause } from './timing.ts';

export interface LinkOptions {
  readonly stack: Stack;
  /** Tried in turns, beginning somewhere. */
  readonly relays: readonly RelayAddress[];
  /** Pinned roots `enroll`, base64url of SPKI DER. */
  roots(): readonly string[];
  readonly identity: Identity;
  readonly id: MinionId;
  readonly incarnation: Incarnation;
  readonly boot: Boot;
  readonly outbox: Outbox;
  readonly listener: LinkListener;
  /** The grains' `core/json` text, at most 64 KB. */
  grains(): string;
  readonly clock: Clock;
  readonly random: Random;
  log(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** The identity of the join token's seed (`identityOf`). */
  readonly token?: Identity;
  readonly timing?: Partial<LinkTiming>;
}

export interface Link {
  /** What enroll last said; `connecting` before it said anything on this connection. */
  readonly state: LinkState | 'connecting' | 'closed';
  /** Where it is connected, or tries to be. */
  readonly relay: string | null;
  /** Milliseconds to add to the host's clock to have platform time. */
  offset(): number;
  /** Says hello again soon, since the grains changed. */
  renew(): void;
  /** The bytes of a file that a job names; whoever asks holds them against the digest. */
  fetch(file: WantedFile): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function createLink(options: LinkOptions): Link {
  const { relays, listener, clock, random, log } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const time = createPlatformTime(clock);
  const closing = new AbortController();
  let state: Link['state'] = 'connecting';
  let at: string | null = null;
  let seen = 0;
  const backoff = createBackoff(timing.reconnect, random);
  const tell = createTeller(listener, log);
  const fetches = createFetches();
  let renew: (() => void) | undefined;
  const renewable = (act: () => void) => {
    renew = act;
    return () => {
      if (renew === act) renew = undefined;
    };
  };

  const onAnswer = (answer: Answer) => {
    if (answer.state !== state) log('link_state', { state: answer.state });
    state = answer.state;
    seen = Math.max(seen, answer.now);
    backoff.reset();
    tell.offset(time.offset());
    if (answer.state !== 'accepted') {
      tell.reachable(false);
      return tell.refused(answer.state);
    }
    const { queue, credentials } = answer;
    if (queue !== undefined && credentials) tell.access({ queue, credentials });
  };

  const run = async () => {
    let next = random.bytes(1)[0] ?? 0;
    while (!closing.signal.aborted) {
      const relay = relays[next % relays.length];
      if (!relay) return;
      next += 1;
      at = relay.push;
      const reason = await runSession(
        {
          ...options,
          relay,
          time,
          timing,
          renewable,
          fetches,
          hostNow: () => clock.now(),
          seen: () => seen,
          onAnswer,
          onBell: tell.bell,
          onHearing: (yes) => tell.reachable(yes && state === 'accepted'),
          onRefusal: (code) => log('link_refused', { code, relay: relay.push }),
        },
        closing.signal,
      );
      if (closing.signal.aborted) break;
      state = 'connecting';
      tell.reachable(false);
      log('link_lost', { reason, relay: relay.push });
      await pause(backoff.next(), closing.signal);
    }
  };
  const running = run();

  return {
    get state() {
      return closing.signal.aborted ? 'closed' : state;
    },
    get relay() {
      return at;
    },
    offset: () => time.offset(),
    renew: () => renew?.(),
    fetch: fetches.get,
    close: async () => {
      closing.abort();
      fetches.close();
      await running;
    },
  };
}

/** The listener's own failures are told, and end neither link nor agent. */
function createTeller(listener: LinkListener, log: LinkOptions['log']): LinkListener {
  const guard =
    <A extends readonly unknown[]>(act: (...args: A) => void) =>
    (...args: A) => {
      try {
        act(...args);
      } catch (error) {
        log('listener_failed', { error: error instanceof Error ? error.message : String(error) });
      }
    };
  return {
    access: guard((access) => listener.access(access)),
    refused: guard((code) => listener.refused(code)),
    bell: guard(() => listener.bell()),
    reachable: guard((yes) => listener.reachable(yes)),
    offset: guard((milliseconds) => listener.offset(milliseconds)),
  };
}
