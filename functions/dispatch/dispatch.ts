/** Shards of a large plan: each names a plan and a range and never holds a job, so nobody who can write to the queue can make one. */
import * as v from 'valibot';
import { parseUid, type Uid } from '../../core/ids.ts';
import type { Plan } from '../../core/job/plan.ts';
import { createSigner } from '../../trust/certificate.ts';
import type { Create } from '../context.ts';
import { sendTo } from '../sending.ts';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const shard = v.strictObject({ plan: v.string(), job: whole, from: whole, to: whole });

export const create: Create = (context) => {
  const { stack, ports, clock } = context;
  const signer = createSigner({ stack, role: 'dispatch', kind: 'cert-jobs', root: ports.root('jobs'), clock });
  const name = stack.split('/')[2] as string;
  /** The shards of one plan come together, and a plan of 10,000 hosts is megabytes: it is read once for those that this instance gets. */
  let last: { readonly uid: Uid; readonly plan: Promise<Plan | null> } | null = null;
  const planOf = async (uid: Uid): Promise<Plan | null> => {
    if (last?.uid !== uid) last = { uid, plan: ports.plans.get(uid) };
    const mine = last;
    const plan = await mine.plan.catch((error: unknown) => {
      if (last === mine) last = null;
      throw error;
    });
    // It is written before its shards are; one that is not there may still come into sight.
    if (plan === null && last === mine) last = null;
    return plan;
  };
  return async (input) => {
    const { Records = [] } = input as { Records?: { messageId: string; body: string }[] };
    for (const { body } of Records) {
      const { plan: uid, job: index, from, to } = v.parse(shard, JSON.parse(body));
      const plan = await planOf(parseUid(uid));
      const job = plan?.jobs[index];
      if (!plan || !job || job.expires <= clock.now()) continue;
      const { sent, gone } = await sendTo(context, { plan, signer, name }, { job, addressees: job.addressees.slice(from, to) });
      context.log('shard', { uid, from, to, sent, gone });
    }
    return { batchItemFailures: [] };
  };
};
