/** Step 15: returns → the job store. Fed by SQS in batches; what failed alone is tried again. */

import { isCode } from '../../core/errors.ts';
import type { MinionId } from '../../core/ids.ts';
import { type Jid, parseJid } from '../../core/job/jid.ts';
import { encode } from '../../core/json.ts';
import { Dict, type Value } from '../../core/value.ts';
import { REPLAY } from '../../trust/batch.ts';
import type { Create } from '../context.ts';
import { openIncoming, putAside, readEnvelope } from '../incoming.ts';

export const create: Create = (context) => async (input) => {
  const dead = `${context.stack.split('/')[2]}-recorder-dead`;
  const { Records = [] } = input as { Records?: { messageId: string; body: string }[] };
  const failed = await Promise.all(
    Records.map(async ({ messageId, body }) => {
      try {
        await record(JSON.parse(body));
        return null;
      } catch (error) {
        context.log('failed', { error: String(error) });
        return { itemIdentifier: messageId };
      }
    }),
  );
  return { batchItemFailures: failed.filter((item) => item !== null) };

  async function record(event: unknown): Promise<void> {
    const read = readEnvelope(event);
    if (!read.ok) return putAside(context, dead, { ...read, event });
    const { detail, takenAt } = read.envelope;
    // Relays alone may use this Source (IAM), and what they say of presence is for people to read.
    if (detail.presence && (event as { source?: unknown }).source === 'brine.relay')
      await context.ports.presences.note(detail.presence);
    const again = (event as { 'brine-replay'?: unknown })['brine-replay'] === true;
    for (const batch of detail.batches) {
      // The platform's own events were written by whoever fired them.
      if ('cert' in batch) continue;
      const opened = await openIncoming(context, batch, { takenAt, ...(again && { maxAge: REPLAY }) });
      if (!opened.ok) {
        await putAside(context, dead, { ...opened, event });
        continue;
      }
      for (const { event: one, answers } of opened.events) {
        if (one.origin.kind !== 'minion') continue;
        if (one.tag === `salt/minion/${one.origin.id}/refused`) await noteRefusal(one.origin.id, one.data.get('data'));
        if (!answers) continue;
        const first = await context.ports.jobs.putAnswer({
          jid: answers.jid as Jid,
          id: one.origin.id,
          load: encode(one.data),
          at: takenAt,
        });
        context.log('return', { uid: one.uid, jid: answers.jid, id: one.origin.id, first });
      }
    }
  }

  /** A job that its host could not believe or take in time: there is no receipt, so it is the host's word alone. */
  async function noteRefusal(id: MinionId, said: Value | undefined): Promise<void> {
    if (!(said instanceof Dict)) return;
    const [code, jid] = [said.get('code'), said.get('jid')];
    if (typeof code !== 'string' || !isCode(code) || typeof jid !== 'string' || jid === '') return;
    await context.ports.jobs.putRefusal({ jid: parseJid(jid), id, code });
  }
};
