/** `event.send`: an event of the platform, flat as Salt's own. */
import { formatStamp } from '../../../core/event.ts';
import { parseTag } from '../../../core/tag.ts';
import { Dict } from '../../../core/value.ts';
import { fire } from '../../fire.ts';
import { ulidOf } from '../../ulid.ts';
import { bind } from './arguments.ts';
import { RunnerError } from './errors.ts';
import type { Runner } from './types.ts';

const send: Runner = async (it, arg, kwarg) => {
  const { values, more } = bind('event.send', [{ name: 'tag' }, { name: 'data', value: null }], { arg, kwarg, rest: true });
  const data = values.data instanceof Dict ? values.data.copy() : new Dict();
  if (values.data !== null && !(values.data instanceof Dict))
    throw new RunnerError(`Dict object expected, not '${String(values.data)}'.`);
  for (const [key, value] of more) data.set(key, value);
  const now = it.context.clock.now();
  const event = { tag: parseTag(values.tag), stamp: now, data: data.set('_stamp', formatStamp(now)), cause: it.head.cause };
  await fire(it.context, {
    source: 'brine.platform',
    signer: it.signer,
    events: [event],
    ulid: ulidOf('event.send', it.head.jid),
  });
  return true;
};

export const eventRunners = { 'event.send': send };
