/** `jobs.*`: who was asked, who answered. */
import { parseJid } from '../../../core/job/jid.ts';
import { decode } from '../../../core/json.ts';
import type { JobSummary } from '../../../core/ports.ts';
import { Dict, type Value } from '../../../core/value.ts';
import { bind } from './arguments.ts';
import { RunnerError } from './errors.ts';
import type { Runner, RunnerContext } from './types.ts';

const lookupJid: Runner = async (it, arg, kwarg) => {
  const jid = jidOf(arg, kwarg);
  const result = new Dict();
  for (const { id, load } of (await it.context.ports.jobs.answers(jid)).filter((answer) => !String(answer.id).startsWith('@'))) {
    const value = decode(load);
    result.set(id, value instanceof Dict ? (value.get('return') ?? null) : null);
  }
  return result;
};

const listJob: Runner = async (it, arg, kwarg) => {
  const jid = jidOf(arg, kwarg);
  const job = await it.context.ports.jobs.job(jid);
  if (!job) return Dict.of({ jid, Error: 'Cannot contact returner or no job with this jid' });
  return formatJob(job)
    .set('Minions', [...job.minions])
    .set('Result', await resultsOf(it, jid))
    .set('jid', jid);
};

const listJobs: Runner = async (it) => {
  const jobs = await it.context.ports.jobs.recent(200);
  return Dict.from(jobs.map((job) => [job.jid, formatJob(job)] as const));
};

const exitSuccess: Runner = async (it, arg, kwarg) => {
  const jid = jidOf(arg, kwarg);
  const answers = await it.context.ports.jobs.answers(jid);
  return Dict.from(
    answers.map(({ id, load }) => {
      const value = decode(load);
      return [id, value instanceof Dict && (value.get('retcode') ?? 0n) === 0n && value.get('success') !== false] as const;
    }),
  );
};

async function resultsOf(it: RunnerContext, jid: ReturnType<typeof jidOf>): Promise<Dict> {
  const result = new Dict();
  for (const { id, load } of await it.context.ports.jobs.answers(jid)) {
    const value = decode(load);
    if (!(value instanceof Dict)) continue;
    result.set(
      id,
      Dict.of({
        return: value.get('return') ?? null,
        retcode: value.get('retcode') ?? 0n,
        success: value.get('success') ?? true,
      }),
    );
  }
  return result;
}

function formatJob(job: JobSummary): Dict {
  const args = decode(job.arg);
  return Dict.of({
    Function: job.fun,
    Arguments: args,
    Target: job.tgt,
    'Target-type': job.tgt_type,
    User: job.user,
    StartTime: startTime(job.jid),
  });
}

/** `2026, Nov 22 15:11:06.494646` */
export function startTime(jid: string): string {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{6})/.exec(jid);
  if (!found) return '';
  const [, year, month, day, hour, minute, second, fraction] = found;
  const name = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][Number(month) - 1];
  return `${year}, ${name} ${day} ${hour}:${minute}:${second}.${fraction}`;
}

function jidOf(arg: readonly Value[], kwarg: Dict) {
  const { values } = bind('jobs.lookup_jid', [{ name: 'jid' }], { arg: arg.slice(0, 1), kwarg, rest: true });
  try {
    return parseJid(typeof values.jid === 'bigint' ? String(values.jid) : values.jid);
  } catch (error) {
    throw new RunnerError((error as Error).message);
  }
}

export const jobsRunners: Readonly<Record<string, Runner>> = {
  'jobs.lookup_jid': lookupJid,
  'jobs.list_job': listJob,
  'jobs.list_jobs': listJobs,
  'jobs.print_job': async (it, arg, kwarg): Promise<Value> => Dict.from([[jidOf(arg, kwarg), await listJob(it, arg, kwarg)]]),
  'jobs.exit_success': exitSuccess,
};
