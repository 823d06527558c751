/** `jobs.*`: who was asked, who answered. */
import { matchGlob } from '../../../core/glob.ts';
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
    .set('Minions', [...job.minions].sort())
    .set('Result', await resultsOf(it, jid))
    .set('jid', jid);
};

/** Those that were sent to minions, narrowed as Salt narrows them: by globs of functions and of targets. */
const listJobs: Runner = async (it, arg, kwarg) => {
  const { values } = bind(
    'jobs.list_jobs',
    ['ext_source', 'outputter', 'search_metadata', 'search_function', 'search_target'].map((name) => ({ name, value: null })),
    { arg, kwarg, rest: true },
  );
  const jobs = (await it.context.ports.jobs.recent(200)).filter((job) => !/^(?:runner|wheel)\./.test(job.fun));
  const wanted = jobs.filter((job) => fits([job.fun], values.search_function) && fits(targetsOf(job), values.search_target));
  return Dict.from(wanted.map((job) => [job.jid, formatJob(job)] as const));
};

function fits(names: readonly string[], wanted: Value | undefined): boolean {
  const globs = (Array.isArray(wanted) ? wanted : String(wanted ?? '').split(',')).map(String).filter((glob) => glob !== '');
  return globs.length === 0 || globs.some((glob) => names.some((name) => matchGlob(name, glob)));
}

function targetsOf({ tgt, tgt_type }: JobSummary): string[] {
  return tgt_type === 'list' ? tgt.split(',') : [tgt];
}

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
    Target: job.tgt_type === 'list' ? targetsOf(job) : job.tgt,
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
  'jobs.print_job': async (it, arg, kwarg): Promise<Value> => {
    const job = await listJob(it, arg, kwarg);
    if (job instanceof Dict) job.delete('jid');
    return Dict.from([[jidOf(arg, kwarg), job]]);
  },
  'jobs.exit_success': exitSuccess,
};
