/** What the bus took, read from a queue that a rule feeds: events by uid, returns by job. */
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { parseBody, parseDetail } from '../../../core/event.ts';
import { minionUid } from '../../../core/ids.ts';
import { Dict } from '../../../core/value.ts';

export interface Return {
  readonly uid: string;
  readonly id: string;
  /** `done` unless it says something else. */
  readonly outcome: string;
  readonly text: string;
}

export interface Tap {
  /** Tags of minions' events. */
  readonly tags: ReadonlyMap<string, ReadonlySet<string>>;
  /** jid → its returns, each uid once. */
  readonly returns: ReadonlyMap<string, ReadonlyMap<string, Return>>;
  /** Jobs that this tag's events have led to. */
  jobsOf(tag: string): readonly string[];
  /** The event is on the bus, and its job has a return. */
  answered(tag: string): boolean;
  close(): Promise<void>;
}

export function openTap(sqs: SQSClient, queue: string): Tap {
  const tags = new Map<string, Set<string>>();
  const returns = new Map<string, Map<string, Return>>();
  /** uid of an event → the job that its plan sent (`salt/job/<jid>/new`). */
  const jobs = new Map<string, Set<string>>();
  const stop = new AbortController();

  const take = (body: string) => {
    for (const batch of parseDetail((JSON.parse(body) as { detail: unknown }).detail).batches) {
      for (const [i, event] of parseBody(batch.body).entries()) {
        const [, jid = '', kind] = /^salt\/job\/([^/]+)\/(new|ret)/.exec(event.tag) ?? [];
        if ('cert' in batch) {
          const uid = event.cause?.parent;
          if (kind === 'new' && uid) jobs.set(uid, (jobs.get(uid) ?? new Set()).add(jid));
          continue;
        }
        const uid = minionUid(batch.id, batch.incarnation, batch.seq + i);
        const seen = tags.get(event.tag) ?? new Set();
        tags.set(event.tag, seen.add(uid));
        if (kind !== 'ret' || !(event.data instanceof Dict)) continue;
        const [outcome, text] = [event.data.get('outcome') ?? 'done', event.data.get('return')];
        const of = returns.get(jid) ?? new Map<string, Return>();
        returns.set(jid, of.set(uid, { uid, id: batch.id, outcome: String(outcome), text: String(text) }));
      }
    }
  };

  const read = async () => {
    while (!stop.signal.aborted) {
      const input = { QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input), { abortSignal: stop.signal });
      for (const message of Messages) take(message.Body ?? '');
      const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
      if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue, Entries }));
    }
  };
  const reading = read().catch(() => {}); // what is missing then is seen by whoever waits for it
  const jobsOf = (tag: string) => [...(tags.get(tag) ?? [])].flatMap((uid) => [...(jobs.get(uid) ?? [])]);
  return {
    tags,
    returns,
    jobsOf,
    answered: (tag) => jobsOf(tag).some((jid) => returns.has(jid)),
    close: async () => {
      stop.abort();
      await reading;
    },
  };
}
