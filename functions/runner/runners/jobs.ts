/** `jobs.*`: who was asked, who answered, what runs. */
import { matchGlob } from '../../../core/glob.ts';
import { type Jid, parseJid } from '../../../core/job/jid.ts';
import { decode } from '../../../core/json.ts';
import type { JobSummary } from '../../../core/ports.ts';
import { pyStr } from '../../../core/python/print.ts';
import { Dict, type Value } from '../../../core/value.ts';
import { askHosts } from '../ask-hosts.ts';
import { namesOf } from './arguments.ts';
import { RunnerError } from './errors.ts';
import { jidMoment, parseMoment } from './moment.ts';
import type { RunnerContext, RunnerModule } from './types.ts';

/** Jobs that are looked through. */
const NEWEST = 500;

const JID = { name: 'jid' } as const;
const SOURCE = { name: 'ext_source', value: null } as const;
const PROGRESS = { name: 'display_progress', value: false } as const;
const OUTPUTTER = { name: 'outputter', value: null } as const;

/** Loads of those who answered, runners left out. */
async function loadsOf(it: RunnerContext, jid: Jid): Promise<ReadonlyMap<string, Dict>> {
  const loads = new Map<string, Dict>();
  for (const { id, load } of await it.context.ports.jobs.answers(jid)) {
    const value = decode(load);
    if (value instanceof Dict) loads.set(id === ('@runner' as string) ? 'master' : id, value);
  }
  return loads;
}

async function lookupJid(it: RunnerContext, values: Readonly<Record<string, Value>>): Promise<Value> {
  const jid = jidOf(values.jid);
  const [job, loads] = await Promise.all([it.context.ports.jobs.job(jid), loadsOf(it, jid)]);
  const result = new Dict();
  if (values.returned !== false) for (const [id, load] of loads) result.set(id, load.get('return') ?? null);
  if (values.missing === true) for (const id of job?.minions ?? []) if (!loads.has(id)) result.set(id, 'Minion did not return');
  return result;
}

async function listJob(it: RunnerContext, jid: Jid): Promise<Dict> {
  const job = await it.context.ports.jobs.job(jid);
  if (!job)
    return Dict.of({ Error: 'Cannot contact returner or no job with this jid', StartTime: startTime(jid), Result: new Dict() });
  const result = new Dict();
  for (const [id, load] of await loadsOf(it, jid)) {
    const one = Dict.of({
      return: load.get('return') ?? null,
      retcode: load.get('retcode') ?? 0n,
      success: load.get('success') ?? true,
    });
    const out = load.get('out');
    result.set(id, out === undefined ? one : one.set('out', out));
  }
  return formatJob(job)
    .set('Minions', [...job.minions].sort())
    .set('StartTime', startTime(job.jid))
    .set('Result', result);
}

/** Those that were sent to minions, narrowed as Salt narrows them: by globs of functions and of targets, and by time. */
async function listJobs(it: RunnerContext, values: Readonly<Record<string, Value>>): Promise<Dict> {
  const functions = namesOf(values.search_function);
  const targets = namesOf(values.search_target);
  const metadata = values.search_metadata ?? null;
  const [from, to] = [parseMoment(values.start_time), parseMoment(values.end_time)];
  const jobs = (await it.context.ports.jobs.recent(NEWEST)).filter((job) => {
    const at = jidMoment(job.jid);
    const names = job.tgt_type === 'list' ? job.tgt.split(',') : [job.tgt];
    return (
      !/^(?:runner|wheel)\./.test(job.fun) &&
      (functions === null || functions.some((glob) => matchGlob(job.fun, glob))) &&
      (targets === null || targets.some((glob) => names.some((name) => matchGlob(name, glob)))) &&
      (metadata === null || hasMetadata(job, metadata)) &&
      (from === null || at >= from) &&
      (to === null || at <= to)
    );
  });
  return Dict.from(jobs.reverse().map((job) => [job.jid, formatJob(job).set('StartTime', startTime(job.jid))] as const));
}

async function active(it: RunnerContext): Promise<Value> {
  const { answers } = await askHosts(it, { fun: 'saltutil.running' });
  const result = new Dict();
  for (const [id, load] of answers) {
    const running = load.get('return');
    for (const job of Array.isArray(running) ? running : []) {
      if (!(job instanceof Dict)) continue;
      const jid = String(job.get('jid'));
      const known = result.get(jid);
      const entry = known instanceof Dict ? known : runningJob(jid, job);
      (entry.get('Running') as Value[]).push(Dict.from([[id, job.get('pid') ?? null]]));
      result.set(jid, entry);
    }
  }
  for (const [jid, entry] of result) (entry as Dict).set('Returned', [...(await loadsOf(it, jid as Jid)).keys()]);
  return result;
}

function runningJob(jid: string, job: Dict): Dict {
  return Dict.of({
    Function: job.get('fun') ?? 'unknown-function',
    Arguments: job.get('arg') ?? [],
    Target: job.get('tgt') ?? 'unknown-target',
    'Target-type': job.get('tgt_type') ?? 'list',
    User: job.get('user') ?? 'root',
    StartTime: startTime(jid),
    Running: [],
    Returned: [],
  });
}

function formatJob(job: JobSummary): Dict {
  const funs = job.fun.split(',');
  return Dict.of({
    Function: funs.length > 1 ? funs : job.fun,
    Arguments: decode(job.arg),
    Target: job.tgt_type === 'list' ? job.tgt.split(',') : job.tgt,
    'Target-type': job.tgt_type,
    User: job.user,
    ...(job.metadata !== undefined && { Metadata: decode(job.metadata) }),
  });
}

/** Has it all of what is asked for, or one of the names in a list? */
function hasMetadata({ metadata }: JobSummary, wanted: Value): boolean {
  const has = metadata === undefined ? new Dict() : decode(metadata);
  if (!(has instanceof Dict)) return false;
  if (wanted instanceof Dict)
    return [...wanted].every(([name, value]) => has.has(name) && pyStr(has.get(name) ?? null) === pyStr(value));
  return (namesOf(wanted) ?? []).some((name) => has.has(name));
}

/** `2026, Nov 22 15:11:06.494646` */
export function startTime(jid: string): string {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{6})/.exec(jid);
  if (!found) return '';
  const [, year, month, day, hour, minute, second, fraction] = found;
  const name = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][Number(month) - 1];
  return `${year}, ${name} ${day} ${hour}:${minute}:${second}.${fraction}`;
}

function jidOf(value: Value | undefined): Jid {
  try {
    return parseJid(typeof value === 'bigint' ? String(value) : value);
  } catch (error) {
    throw new RunnerError((error as Error).message);
  }
}

const SEARCH = [
  { name: 'search_metadata', value: null },
  { name: 'search_function', value: null },
  { name: 'search_target', value: null },
  { name: 'start_time', value: null },
  { name: 'end_time', value: null },
] as const;

export const jobsRunners: RunnerModule = {
  'jobs.active': { doc: 'Jobs that run now, asked of every host.', parameters: [PROGRESS], run: active },
  'jobs.lookup_jid': {
    doc: 'What a job returned; missing=True adds who did not return.',
    example: '20261124105209091000',
    parameters: [JID, SOURCE, { name: 'returned', value: true }, { name: 'missing', value: false }, PROGRESS],
    run: lookupJid,
  },
  'jobs.list_job': {
    doc: 'One job with everything that is known of it.',
    example: '20261124105209091000',
    parameters: [JID, SOURCE, PROGRESS],
    run: async (it, values) => Dict.from([['jid', jidOf(values.jid)], ...(await listJob(it, jidOf(values.jid)))]),
  },
  'jobs.print_job': {
    doc: 'One job under its id.',
    example: '20261124105209091000',
    parameters: [JID, SOURCE],
    run: async (it, values) => Dict.from([[jidOf(values.jid), await listJob(it, jidOf(values.jid))]]),
  },
  'jobs.list_jobs': {
    doc: `The newest ${NEWEST} jobs, by function, target and time.`,
    example: "search_function='test.*'",
    parameters: [SOURCE, OUTPUTTER, ...SEARCH, PROGRESS],
    run: listJobs,
  },
  'jobs.list_jobs_filter': {
    doc: 'So many of the newest jobs; find_job left out.',
    example: '50',
    parameters: [{ name: 'count' }, { name: 'filter_find_job', value: true }, SOURCE, OUTPUTTER, PROGRESS],
    run: async (it, values) => {
      const all = [...(await listJobs(it, {}))].filter(
        ([, job]) => values.filter_find_job !== true || (job as Dict).get('Function') !== 'saltutil.find_job',
      );
      const count = Number(values.count) || 0;
      return all.slice(-count, count === 0 ? 0 : undefined).map(([jid, job]) => Dict.from([['JID', jid], ...(job as Dict)]));
    },
  },
  'jobs.last_run': {
    doc: 'The newest job that fits, with its returns; False when there is none.',
    example: 'function=test.ping',
    parameters: [
      SOURCE,
      OUTPUTTER,
      { name: 'metadata', value: null },
      { name: 'function', value: null },
      { name: 'target', value: null },
      PROGRESS,
    ],
    run: async (it, values) => {
      const fits = await listJobs(it, {
        search_function: values.function ?? null,
        search_target: values.target ?? null,
        search_metadata: values.metadata ?? null,
      });
      const newest = [...fits.keys()].map(String).sort().at(-1);
      return newest === undefined ? false : Dict.from([[newest, await listJob(it, newest as Jid)]]);
    },
  },
  'jobs.exit_success': {
    doc: 'For each host of a job, whether it answered with success.',
    example: '20261124105209091000',
    parameters: [JID, SOURCE],
    run: async (it, values) => {
      const jid = jidOf(values.jid);
      const [job, loads] = await Promise.all([it.context.ports.jobs.job(jid), loadsOf(it, jid)]);
      const done = (load: Dict | undefined) =>
        load !== undefined && (load.get('retcode') ?? 0n) === 0n && load.get('success') !== false;
      return Dict.from([...new Set([...(job?.minions ?? []), ...loads.keys()])].map((id) => [id, done(loads.get(id))] as const));
    },
  },
};
