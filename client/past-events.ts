/** Job events that the job store remembers, oldest first: who was asked and who answered. Other events are not kept anywhere. */
import { formatStamp } from '../core/event.ts';
import { decode } from '../core/json.ts';
import { Dict, type Value } from '../core/value.ts';
import type { Operator } from './operator.ts';
import { answerPages, expectOk } from './run-job.ts';

export interface PastEvent {
  readonly tag: string;
  readonly data: Dict;
}

/** Jobs that are looked through, as many as the operator function lists. */
const NEWEST = 500;

/** Since `since` in milliseconds UTC. Throws what the operator refuses with: it takes the power `@jobs`. */
export async function* pastEvents(operator: Operator, since: number, signal: AbortSignal): AsyncGenerator<PastEvent> {
  const { more } = expectOk(await operator.call({ action: 'jobs', op: 'list', limit: NEWEST }, signal));
  const list = more.get('jobs');
  const jobs = (Array.isArray(list) ? list : []).filter(
    (job): job is Dict => job instanceof Dict && Number(job.get('at')) >= since,
  );
  for (const job of jobs.reverse()) {
    if (signal.aborted) return;
    const jid = String(job.get('jid'));
    const runner = /^(runner|wheel)\./.exec(String(job.get('fun')));
    const place = runner ? `salt/${runner[1] === 'wheel' ? 'wheel' : 'run'}/${jid}` : `salt/job/${jid}`;
    yield { tag: `${place}/new`, data: runner ? calledData(job) : askedData(job) };
    for await (const page of answerPages(operator, { jid, op: 'answers' }))
      for (const { id, load } of page.answers) yield { tag: runner ? `${place}/ret` : `${place}/ret/${id}`, data: load };
  }
}

/** `salt/job/<jid>/new`, with Salt's fields. */
function askedData(job: Dict): Dict {
  const listed = job.get('tgt_type') === 'list';
  return Dict.of({
    jid: job.get('jid') ?? '',
    tgt_type: job.get('tgt_type') ?? 'glob',
    tgt: listed ? String(job.get('tgt')).split(',') : (job.get('tgt') ?? ''),
    user: job.get('user') ?? '',
    fun: job.get('fun') ?? '',
    arg: argumentsOf(job),
    minions: job.get('minions') ?? [],
    missing: [],
    _stamp: formatStamp(Number(job.get('at'))),
  });
}

/** `salt/run/<jid>/new` and `salt/wheel/<jid>/new`. */
function calledData(job: Dict): Dict {
  return Dict.of({
    fun: job.get('fun') ?? '',
    jid: job.get('jid') ?? '',
    user: job.get('user') ?? '',
    fun_args: argumentsOf(job),
    _stamp: formatStamp(Number(job.get('at'))),
  });
}

function argumentsOf(job: Dict): Value {
  return decode(String(job.get('arg') ?? '[]'));
}
