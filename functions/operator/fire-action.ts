/** fire: an event of a person, flat. */
import { type Emitted, formatStamp } from '../../core/event.ts';
import { platformUid } from '../../core/ids.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import { parseTag } from '../../core/tag.ts';
import { fire } from '../fire.ts';
import { permit, permitAdministrator } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

export async function fireAction(
  it: ActionContext,
  request: Extract<OperatorRequest, { action: 'fire' }>,
): Promise<OperatorAnswer> {
  const tag = parseTag(request.tag);
  permitTag(it, tag);
  const now = it.context.clock.now();
  const event: Emitted = { tag, stamp: now, data: request.kwarg.copy().set('_stamp', formatStamp(now)) };
  const ulid = await fire(it.context, { source: 'brine.operator', signer: it.signer, events: [event], ulid: request.request });
  return { code: 'ok', text: `fired ${tag}`, uid: platformUid('operator', ulid) };
}

/** Whatever way an event takes: `salt/` is the platform's, and fired by administrators only. */
export function permitTag(it: ActionContext, tag: string): void {
  permit(it, { power: '@fire', about: tag });
  if (tag === 'salt' || tag.startsWith('salt/')) permitAdministrator(it, `fire ${tag}`);
}
