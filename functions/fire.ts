/** The platform's own events: signed by the instance, in as few entries as they need. */

import { BrineError } from '../core/errors.ts';
import type { Emitted, Source } from '../core/event.ts';
import { encode } from '../core/json.ts';
import type { Signer } from '../core/ports.ts';
import { fromPlain } from '../core/value.ts';
import { signPlatform } from '../trust/platform.ts';
import type { FunctionContext } from './context.ts';
import { newUlid } from './ulid.ts';

export interface Firing {
  readonly source: Extract<Source, 'brine.platform' | 'brine.operator'>;
  readonly signer: Signer;
  readonly events: readonly Emitted[];
  /** Given by a caller whose request may come twice. */
  readonly ulid?: string;
}

/** Resolves to the ulid when EventBridge has taken them; throws what is left after three tries. */
export async function fire(
  context: FunctionContext,
  { source, signer, events, ulid = newUlid(context) }: Firing,
): Promise<string> {
  if (events.length === 0) return ulid;
  const batch = await signPlatform({ signer, ulid, at: context.clock.now(), events });
  const detail = encode(fromPlain({ v: 1, tag: events.map((event) => event.tag), batches: [batch] }));
  let code: string | null = null;
  for (let i = 0; i < 3; i += 1) {
    [code = 'InternalFailure'] = await context.ports.bus.put([{ source, detail }]);
    if (code === null) return ulid;
  }
  throw new BrineError({ code: 'bus.refused', text: `EventBridge did not take ${events.length} events: ${code}` });
}
