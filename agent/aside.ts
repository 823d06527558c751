/** Events that were set aside, since the platform refuses them: `dead.jsonl` of the state directory, read, sent again or dropped by the host's operator. */
import { BrineError } from '../core/errors.ts';
import { parseBody } from '../core/event.ts';
import { decodePlain } from '../core/json.ts';
import { Dict } from '../core/value.ts';
import type { AsideFile } from './log/aside-file.ts';
import type { EventLog } from './log/log.ts';

interface Aside {
  readonly seq: number;
  readonly code: string;
  readonly at: number;
  /** A body of one event. */
  readonly event: string;
  readonly line: string;
}

export interface AsideStore {
  list(): readonly Dict[];
  /** Puts it into the log again, as a new event. */
  retry(seq: number): Promise<void>;
  drop(seq: number): Promise<void>;
  /** Drops all of them, and forgets how many went before. */
  clear(): void;
}

export function createAside(file: AsideFile, log: EventLog): AsideStore {
  const read = () => file.lines().flatMap((line) => asideOf(line));
  const find = (seq: number): Aside => {
    const found = read().find((aside) => aside.seq === seq);
    if (found) return found;
    throw new BrineError({ code: 'system.not_found', text: `no event ${seq} was set aside`, hint: 'brine minion failures' });
  };
  return {
    list: () =>
      read().map(({ seq, code, at, event }) =>
        Dict.of({ seq: BigInt(seq), code, at: BigInt(at), tag: tagOf(event), size: BigInt(event.length) }),
      ),
    retry: async (seq) => {
      const { event, line } = find(seq);
      // In the log first: a kill between the two leaves it in both places, and nothing is lost.
      for (const emitted of parseBody(event)) await log.append(emitted);
      file.remove(line);
    },
    drop: async (seq) => file.remove(find(seq).line),
    clear: () => file.clear(),
  };
}

/** What is no line of ours is not shown. */
function asideOf(line: string): Aside[] {
  try {
    const { seq, code, at, event } = decodePlain(line) as Record<string, unknown>;
    if (typeof seq !== 'number' || typeof event !== 'string') return [];
    return [{ seq, code: String(code), at: Number(at), event, line }];
  } catch {
    return [];
  }
}

function tagOf(body: string): string {
  try {
    return parseBody(body)[0]?.tag ?? '';
  } catch {
    return '';
  }
}
