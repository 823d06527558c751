/** The plan store: one conditional put under the event's uid; addressees of a large plan lie beside it in pieces. */
import type { Plan } from '../core/job/plan.ts';
import { encodePlan, parsePlan } from '../core/job/plan-codec.ts';
import type { Plans } from '../core/ports.ts';
import type { Items } from './items.ts';

/** Seconds a plan is kept: longer than any batch can still be planned. */
const KEPT = 14 * 86_400;
/** Bytes of addressees in one item; DynamoDB's items end at 400 KB. */
const PIECE = 300_000;

export function createPlans(items: Items, now: () => number): Plans {
  const get = async (uid: string): Promise<Plan | null> => {
    const found = await items.query(uid);
    const head = found.find((item) => item.sk === 'plan');
    if (!head) return null;
    const pieces = found.filter((item) => String(item.sk).startsWith('ids#'));
    const text = pieces.length > 0 ? pieces.map((item) => String(item.ids)).join('') : String(head.ids);
    return parsePlan(String(head.doc), JSON.parse(text));
  };
  return {
    get,
    async put(plan) {
      const ids = JSON.stringify(plan.jobs.map((job) => job.addressees));
      const ttl = Math.floor(now() / 1000) + KEPT;
      const doc = encodePlan(plan);
      const small = ids.length + doc.length < PIECE;
      // The pieces first: a plan that can be read is whole. They are the same at each repetition until one plan is stored.
      if (!small) {
        for (let at = 0, n = 0; at < ids.length; at += PIECE, n += 1) {
          await items.put({ pk: plan.uid, sk: `ids#${String(n).padStart(3, '0')}`, ids: ids.slice(at, at + PIECE), ttl });
        }
      }
      if (await items.putIf({ pk: plan.uid, sk: 'plan', doc, ttl, ...(small && { ids }) }, 'absent')) return { stored: true };
      const stored = await get(plan.uid);
      return stored ? { stored: false, plan: stored } : { stored: true };
    },
  };
}
