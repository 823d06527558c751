/** One job from outside: ask the operator function to send it, then ask the same function for the answers until all are there. Design section 9. */
import { BrineError, isCode } from '../core/errors.ts';
import type { TargetType } from '../core/job/job.ts';
import { decode } from '../core/json.ts';
import { Dict, type Value } from '../core/value.ts';
import type { Answer, Operator } from './operator.ts';

export interface JobRequest {
  /** A ULID: the same call, sent again after a lost answer, is the same job. */
  readonly request: string;
  readonly tgt: string | readonly string[];
  readonly tgt_type: TargetType;
  readonly fun: string;
  readonly arg: readonly Value[];
  readonly kwarg: Dict;
  readonly delimiter?: string;
  readonly timeout?: number;
  readonly expires?: number;
  readonly subset?: number;
  readonly preview?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface SentJob {
  readonly jid: string;
  /** Who was asked. */
  readonly minions: readonly string[];
  /** Named by a list target but not registered. */
  readonly missing: readonly string[];
  /** Registered, but their grains are not known yet, so they were not matched. */
  readonly unknown: readonly string[];
  /** Asked, but their queue is gone: their key was deleted meanwhile. */
  readonly gone: readonly string[];
}

/** Sends it. Throws what the operator refused with; `operator.empty` when nobody matched. */
export async function sendJob(operator: Operator, request: JobRequest, signal?: AbortSignal): Promise<SentJob> {
  const { more } = expectOk(await operator.call({ action: 'run', ...request }, signal));
  return {
    jid: String(more.get('jid') ?? ''),
    minions: texts(more, 'minions'),
    missing: texts(more, 'missing'),
    unknown: texts(more, 'unknown'),
    gone: texts(more, 'gone'),
  };
}

export interface JobAnswer {
  readonly id: string;
  /** The return's load: `return`, `retcode`, `success` … */
  readonly load: Dict;
}

/** The answers as they come in, until all of `minions` have answered or the signal is aborted. Asks again after 10 ms, then ever less often, up to `slowest`. */
export async function* jobAnswers(
  operator: Operator,
  job: Pick<SentJob, 'jid' | 'minions'>,
  options: { readonly signal: AbortSignal; readonly slowest?: number },
): AsyncGenerator<JobAnswer> {
  const open = new Set(job.minions);
  let after: string | undefined;
  let pause = 10;
  for (;;) {
    const last = options.signal.aborted;
    if (last && (options.signal.reason as Error | undefined)?.name !== 'TimeoutError') return;
    // When the time is over, once more from the beginning: an answer whose recorder was held up lies behind the place that was reached.
    if (last) after = undefined;
    for await (const page of answerPages(operator, { jid: job.jid, op: 'answers', after })) {
      for (const { id, load } of page.answers) {
        if (!open.delete(id)) continue;
        pause = 10;
        yield { id, load };
      }
      after = page.next;
    }
    if (open.size === 0 || last) return;
    await sleep(pause, options.signal);
    pause = Math.min(pause * 1.4, options.slowest ?? 250);
  }
}

export interface AnswerPage {
  readonly answers: readonly JobAnswer[];
  /** Where to go on later. */
  readonly next: string;
  /** What the operator said beside the answers: the `job` itself for `show`. */
  readonly more: Dict;
}

/** All that is there after this place, page by page. */
export async function* answerPages(
  operator: Operator,
  { jid, op, after }: { readonly jid: string; readonly op: 'answers' | 'show'; readonly after?: string | undefined },
): AsyncGenerator<AnswerPage> {
  for (let from = after; ; ) {
    const { more } = expectOk(await operator.call({ action: 'jobs', op, jid, ...(from !== undefined && { after: from }) }));
    const found = listOf(more, 'answers').filter((item): item is Dict => item instanceof Dict);
    from = String(more.get('next') ?? '');
    yield { answers: found.map((item) => ({ id: String(item.get('id')), load: loadOf(item) })), next: from, more };
    if (more.get('more') !== true) return;
  }
}

/** Why hosts are silent, by id, as far as the platform knows. Never throws: a reason is not worth an answer lost. */
export async function whyAbsent(
  operator: Operator,
  job: Pick<SentJob, 'jid' | 'missing' | 'gone'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>(job.gone.map((id) => [id, 'Its key was deleted meanwhile.']));
  const open = ids.filter((id) => !known.has(id));
  const asked = { action: 'jobs', op: 'absent', ids: open, ...(job.jid !== '' && { jid: job.jid }) };
  const answer = open.length === 0 ? null : await operator.call(asked).catch(() => null);
  for (const item of answer?.code === 'ok' ? listOf(answer.more, 'absent') : [])
    if (item instanceof Dict) known.set(String(item.get('id')), String(item.get('why')));
  return known;
}

function loadOf(item: Dict): Dict {
  const load = decode(String(item.get('load')));
  if (load instanceof Dict) return load;
  throw new BrineError({ code: 'system.answer', text: 'a stored return is no mapping' });
}

/** The answer, or its refusal as an error. */
export function expectOk(answer: Answer): Answer {
  if (answer.code === 'ok') return answer;
  const code = isCode(answer.code) ? answer.code : 'operator.refused';
  const hint = answer.more.get('hint');
  throw new BrineError({ code, text: answer.text, ...(typeof hint === 'string' && { hint }) });
}

function listOf(more: Dict, key: string): readonly Value[] {
  const list = more.get(key);
  return Array.isArray(list) ? list : [];
}

function texts(more: Dict, key: string): readonly string[] {
  return listOf(more, key).map(String);
}

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
