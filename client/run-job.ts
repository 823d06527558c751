/** One job from outside: ask the operator function to send it, then ask the same function for the answers until all are there. Design section 9. */
import { BrineError } from '../core/errors.ts';
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
  for (let pause = 10; open.size > 0 && !options.signal.aborted; pause = Math.min(pause * 1.4, options.slowest ?? 250)) {
    const answer = expectOk(await operator.call({ action: 'jobs', op: 'answers', jid: job.jid }));
    for (const item of listOf(answer.more, 'answers')) {
      const id = item instanceof Dict ? String(item.get('id')) : '';
      if (!open.delete(id)) continue;
      pause = 10;
      yield { id, load: loadOf(item as Dict) };
    }
    if (open.size > 0) await sleep(pause, options.signal);
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
  const answer = open.length === 0 ? null : await operator.call({ action: 'jobs', op: 'absent', ids: open }).catch(() => null);
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
  const code = answer.code === 'operator.empty' || answer.code === 'operator.denied' ? answer.code : 'operator.refused';
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
