/** Jobs: the list, one with its answers, or the answers alone (which `brine run` asks for often). */
import { BrineError } from '../../core/errors.ts';
import { parseJid } from '../../core/job/jid.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import { whyAbsent } from './absent.ts';
import { permit } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

export async function jobsAction(
  it: ActionContext,
  request: Extract<OperatorRequest, { action: 'jobs' }>,
): Promise<OperatorAnswer> {
  const { jobs } = it.context.ports;
  if (request.op === 'list') {
    permit(it, { power: '@jobs', about: 'list' });
    return { code: 'ok', text: 'the newest first', jobs: await jobs.recent(Math.min(request.limit ?? 50, 500)) };
  }
  if (request.op === 'absent') {
    await permitAbsent(it, request);
    const absent = await Promise.all(
      (request.ids ?? []).map(async (id) => ({ id, why: await whyAbsent(it.context, id, request.jid) })),
    );
    return { code: 'ok', text: `${absent.length} hosts`, absent };
  }
  const jid = parseJid(request.jid);
  const job = await jobs.job(jid);
  if (!job) throw new BrineError({ code: 'operator.refused', text: `there is no job ${jid}`, hint: 'brine jobs list' });
  // Whoever sent a job may read its answers.
  if (job.user !== it.caller.user) permit(it, { power: '@jobs', about: job.fun });
  const page = await jobs.arrivals(jid, request.after);
  const answers = page.answers.map(({ id, load, at }) => ({ id, load, at }));
  const { next, more } = page;
  return { code: 'ok', text: `${answers.length} answers`, answers, next, more, ...(request.op === 'show' && { job }) };
}

/** Whoever sent a job may ask why its hosts are silent. */
async function permitAbsent(
  it: ActionContext,
  { jid, ids = [] }: { jid?: string | undefined; ids?: readonly string[] | undefined },
): Promise<void> {
  const job = jid === undefined ? null : await it.context.ports.jobs.job(parseJid(jid));
  const named = new Set<string>([...(job?.minions ?? []), ...(job?.tgt_type === 'list' ? job.tgt.split(',') : [])]);
  if (job?.user === it.caller.user && ids.every((id) => named.has(id))) return;
  permit(it, { power: '@jobs', about: 'minions' });
}
