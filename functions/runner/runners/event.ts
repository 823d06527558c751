/** `event.send`: an event of the platform, flat as Salt's own. */
import { formatStamp } from '../../../core/event.ts';
import { pyStr } from '../../../core/python/print.ts';
import { parseTag } from '../../../core/tag.ts';
import { ulidOf } from '../../../core/ulid.ts';
import { Dict } from '../../../core/value.ts';
import { fire } from '../../fire.ts';
import { RunnerException } from './errors.ts';
import type { RunnerModule } from './types.ts';

export const eventRunners: RunnerModule = {
  'event.send': {
    doc: 'Fires an event of the platform with these data.',
    example: `my/custom/event '{"foo": "bar"}'`,
    parameters: [{ name: 'tag' }, { name: 'data', value: null }],
    run: async (it, { tag, data }) => {
      if (data !== null && !(data instanceof Dict))
        throw new RunnerException(`Dict object expected, not '${pyStr(data ?? null)}'.`);
      const now = it.context.clock.now();
      const fields = (data?.copy() ?? new Dict()).set('_stamp', formatStamp(now));
      const event = { tag: tagOf(tag), stamp: now, data: fields, cause: it.head.cause };
      // Sent once under this name, though the job may come twice.
      await fire(it.context, {
        source: 'brine.platform',
        signer: it.signer,
        events: [event],
        ulid: ulidOf('event.send', it.head.jid),
      });
      return true;
    },
  },
};

function tagOf(tag: unknown) {
  try {
    return parseTag(tag);
  } catch (error) {
    throw new RunnerException((error as Error).message);
  }
}
