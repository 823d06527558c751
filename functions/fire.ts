/** The platform's own events: signed by the instance, in as few entries as they need. */

import { setTimeout as sleep } from 'node:timers/promises';
import { BrineError } from '../core/errors.ts';
import { type Emitted, encodeBody, type Source } from '../core/event.ts';
import { encode } from '../core/json.ts';
import type { BusEntry, Signer } from '../core/ports.ts';
import { newUlid, ulidOf } from '../core/ulid.ts';
import { fromPlain } from '../core/value.ts';
import { signPlatform } from '../trust/platform.ts';
import type { FunctionContext } from './context.ts';

export interface Firing {
  readonly source: Extract<Source, 'brine.platform' | 'brine.operator'>;
  readonly signer: Signer;
  readonly events: readonly Emitted[];
  /** Given by a caller whose request may come twice. */
  readonly ulid?: string;
}

/** Bytes of one entry's events: with what signing and escaping add it stays below the 64 KB that are billed as one. */
const ENTRY = 48_000;
const ENTRIES_PER_CALL = 10;
const TRIES = 4;

/** Resolves to the ulid (of the first entry) when EventBridge has taken them all; throws what is left after four tries within two seconds. */
export async function fire(
  context: FunctionContext,
  { source, signer, events, ulid = newUlid(context.clock.now(), context.random.bytes(10)) }: Firing,
): Promise<string> {
  const at = context.clock.now();
  const entries = await Promise.all(
    packed(events).map(async (group, i) => {
      const batch = await signPlatform({ signer, ulid: i === 0 ? ulid : ulidOf(ulid, i), at, events: group });
      return {
        source,
        detail: encode(fromPlain({ v: 1, tag: [...new Set(group.map((event) => event.tag))], batches: [batch] })),
      };
    }),
  );
  for (let from = 0; from < entries.length; from += ENTRIES_PER_CALL)
    await put(context, entries.slice(from, from + ENTRIES_PER_CALL));
  return ulid;
}

/** Only what failed is sent again. */
async function put({ ports, random }: FunctionContext, entries: readonly BusEntry[]): Promise<void> {
  let left = entries;
  let code: string | null = null;
  for (let i = 0; i < TRIES; i += 1) {
    if (i > 0) await sleep(2 ** i * 100 * (0.5 + (random.bytes(1)[0] as number) / 510));
    const answers = await ports.bus.put(left);
    code = answers.find((answer) => answer !== null) ?? null;
    left = left.filter((_, n) => answers[n] !== null);
    if (left.length === 0) return;
  }
  throw new BrineError({ code: 'bus.refused', text: `EventBridge did not take ${left.length} entries: ${code ?? 'no answer'}` });
}

/** In order; an event that is larger than an entry's share travels alone. */
function packed(events: readonly Emitted[]): Emitted[][] {
  const groups: Emitted[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = encodeBody([event]).length;
    const last = groups.at(-1);
    if (last && bytes + size <= ENTRY) last.push(event);
    else {
      groups.push([event]);
      bytes = 0;
    }
    bytes += size;
  }
  return groups;
}
