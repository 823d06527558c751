/** Shards of a large plan: each names a plan and a range and never holds a job, so nobody who can write to the queue can make one. */
import * as v from 'valibot';
import { parseUid } from '../../core/ids.ts';
import { createSigner } from '../../trust/certificate.ts';
import type { Create } from '../context.ts';
import { sendTo } from '../sending.ts';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const shard = v.strictObject({ plan: v.string(), job: whole, from: whole, to: whole });

export const create: Create = (context) => {
  const { stack, ports, clock } = context;
  const signer = createSigner({ stack, role: 'dispatch', kind: 'cert-jobs', root: ports.root('jobs'), clock });
  const name = stack.split('/')[2] as string;
  return async (input) => {
    const { Records = [] } = input as { Records?: { messageId: string; body: string }[] };
    for (const { body } of Records) {
      const { plan: uid, job: index, from, to } = v.parse(shard, JSON.parse(body));
      const plan = await ports.plans.get(parseUid(uid));
      const job = plan?.jobs[index];
      if (!plan || !job || job.expires <= clock.now()) continue;
      const { sent, gone } = await sendTo(context, { plan, signer, name }, { job, addressees: job.addressees.slice(from, to) });
      context.log('shard', { uid, from, to, sent, gone });
    }
    return { batchItemFailures: [] };
  };
};
