/** fetch → enroll → piece: passes a host's question for a file of a signed job, and the answer. The relay holds no file and believes none. */
import type { Stack } from '../core/ids.ts';
import { decodePlain } from '../core/json.ts';
import type { Clock } from '../core/ports.ts';
import { verifyFetch } from '../trust/fetch.ts';
import type { Down, FetchParts } from '../wire/frames.ts';
import { createBucket, type Limits } from './limits.ts';
import type { Log } from './log.ts';
import type { Enroll } from './ports.ts';
import type { Session } from './sessions.ts';

export interface FileRulesOptions {
  readonly stack: Stack;
  readonly enroll: Enroll;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  count(code: string): void;
  send(session: Session, down: Down): void;
}

export interface FileRules {
  fetch(session: Session, frames: FetchParts): Promise<void>;
}

export function createFileRules({ stack, enroll, clock, limits, log, count, send }: FileRulesOptions): FileRules {
  const rate = createBucket(limits.pieces, limits.pieces * 2);
  let asking = 0;
  return {
    fetch: async (session, frames) => {
      const { accepted } = session;
      if (!accepted) return count('dropped.session');
      const found = verifyFetch(frames, { stack, now: clock.now(), of: accepted });
      if (!found.ok) return answer(session, frames, found.code);
      const { sha256, offset } = found.fetch;
      if (session.fetching || asking >= limits.fetches || !rate.take(1, clock.now())) return answer(session, frames, 'link.busy');
      session.fetching = true;
      asking += 1;
      try {
        const said = await enroll.fetch(frames);
        if ('refused' in said) return answer(session, frames, said.refused);
        send(session, { kind: 'piece', piece: { sha256, offset, size: said.size, data: said.data } });
      } catch (error) {
        log('fetch_failed', { code: error instanceof Error ? error.name : 'unknown' });
        answer(session, frames, 'link.busy');
      } finally {
        session.fetching = false;
        asking -= 1;
      }
    },
  };

  /** In words of its own question; what it did not ask is nobody's. */
  function answer(session: Session, { text }: FetchParts, code: string): void {
    count(code);
    const asked = askedFor(text);
    if (asked) send(session, { kind: 'piece', piece: { ...asked, size: 0, code, data: '' } });
  }
}

function askedFor(text: string): { readonly sha256: string; readonly offset: number } | null {
  try {
    const { sha256, offset } = decodePlain(text) as { sha256?: unknown; offset?: unknown };
    return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) && Number.isSafeInteger(offset) && Number(offset) >= 0
      ? { sha256, offset: Number(offset) }
      : null;
  } catch {
    return null;
  }
}
