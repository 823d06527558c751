/** The job store: who was asked, who answered. Returns of one job are spread over sixteen partitions, so that 10,000 of them do not throttle (aws-facts 5). */
import { sha256 } from '@noble/hashes/sha2.js';
import type { JobAnswer, JobSummary, Jobs } from '../core/ports.ts';
import { createDocuments } from './documents.ts';
import type { Items } from './items.ts';

/** Days a job is remembered. */
const DAYS = 14;
const DAY = 86_400;
const SPREAD = '0123456789abcdef';

export function createJobs(items: Items, now: () => number): Jobs {
  const documents = createDocuments(items, () => Math.floor(now() / 1000) + DAYS * DAY);
  const partition = (jid: string, id: string) => `${jid}#${digitOf(id)}`;
  const find = async <T>(pk: string, sk: string): Promise<T | null> => {
    const text = await documents.get(pk, sk);
    return text === null ? null : (JSON.parse(text) as T);
  };
  const job = (jid: string) => find<JobSummary>(`${jid}#0`, 'job');
  return {
    job,
    async putJob(summary) {
      await documents.put(`${summary.jid}#0`, { sk: 'job', text: JSON.stringify(summary) });
      await documents.put(`day#${summary.jid.slice(0, 8)}#${digitOf(summary.jid)}`, { sk: summary.jid, text: summary.fun });
    },
    putAnswer: (answer) =>
      documents.putNew(partition(answer.jid, answer.id), { sk: `ret#${answer.id}`, text: JSON.stringify(answer) }),
    async answers(jid) {
      const pages = await Promise.all([...SPREAD].map((digit) => documents.query(`${jid}#${digit}`)));
      const returns = pages.flat().filter((document) => document.sk.startsWith('ret#'));
      return returns.map((document) => JSON.parse(document.text) as JobAnswer);
    },
    answer: (jid, id) => find<JobAnswer>(partition(jid, id), `ret#${id}`),
    async recent(limit) {
      const jids: string[] = [];
      for (let day = 0; day <= DAYS && jids.length < limit; day += 1) {
        const name = dayOf(now() - day * DAY * 1000);
        const pages = await Promise.all([...SPREAD].map((digit) => documents.query(`day#${name}#${digit}`)));
        jids.push(
          ...pages
            .flat()
            .map((document) => document.sk)
            .sort()
            .reverse(),
        );
      }
      const found = await Promise.all(jids.slice(0, limit).map(job));
      return found.filter((summary) => summary !== null);
    },
  };
}

function digitOf(text: string): string {
  return SPREAD.charAt((sha256(new TextEncoder().encode(text))[0] as number) & 15);
}

/** A jid begins with its day in UTC: `20261124`. */
function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
}
