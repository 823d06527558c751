/** The plan store: one conditional put under the event's uid; the first plan that is stored is the event's plan for good. */
import type { Plan, PlannedJob } from '../core/job/plan.ts';
import { encodePlan, parsePlan } from '../core/job/plan-codec.ts';
import type { Plans } from '../core/ports.ts';
import { createDocuments } from './documents.ts';
import type { Items } from './items.ts';

/** Seconds a plan is kept: longer than any batch can still be planned. */
const KEPT = 14 * 86_400;

export function createPlans(items: Items, now: () => number): Plans {
  const documents = createDocuments(items, () => Math.floor(now() / 1000) + KEPT);
  const get = async (uid: string): Promise<Plan | null> => {
    const text = await documents.get(uid, 'plan');
    return text === null ? null : planOf(text);
  };
  return {
    get,
    async put(plan) {
      const addressees = JSON.stringify(plan.jobs.map((job) => job.addressees));
      if (await documents.putNew(plan.uid, { sk: 'plan', text: `${encodePlan(plan)}\n${addressees}` })) return { stored: true };
      const stored = await get(plan.uid);
      return stored ? { stored: false, plan: stored } : { stored: true };
    },
  };
}

/** Two lines: `core/json` writes no line feed of its own. */
function planOf(text: string): Plan {
  const end = text.indexOf('\n');
  return parsePlan(text.slice(0, end), JSON.parse(text.slice(end + 1)) as PlannedJob['addressees'][]);
}
