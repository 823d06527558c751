/** The job store: who was asked, who answered. Returns of one job are spread over sixteen partitions, so that 10,000 of them do not throttle (aws-facts 5). */
import type { JobAnswer, JobSummary, Jobs } from '../core/ports.ts';
import { noteArrival, readArrivals } from './arrivals.ts';
import { createDocuments } from './documents.ts';
import type { Items } from './items.ts';
import { digitOf, SPREAD } from './spread.ts';

/** Days a job is remembered. */
const DAYS = 14;
const DAY = 86_400;
/** Answers that are read at a time, and characters at which a page is full: escaped twice they still fit a function's answer of 6 MB. */
const GROUP = 50;
const PAGE = 1_000_000;

export function createJobs(items: Items, now: () => number): Jobs {
  const documents = createDocuments(items, () => Math.floor(now() / 1000) + DAYS * DAY);
  /** Days under which this instance has noted a job. */
  const noted = new Set<string>();
  const partition = (jid: string, id: string) => `${jid}#${digitOf(id)}`;
  const find = async <T>(pk: string, sk: string): Promise<T | null> => {
    const text = await documents.get(pk, sk);
    return text === null ? null : (JSON.parse(text) as T);
  };
  const job = (jid: string) => find<JobSummary>(`${jid}#0`, 'job');
  return {
    job,
    async putJob(summary) {
      const day = summary.jid.slice(0, 8);
      await Promise.all([
        documents.put(`${summary.jid}#0`, { sk: 'job', text: JSON.stringify(summary) }),
        documents.put(`day#${day}#${digitOf(summary.jid)}`, { sk: summary.jid, text: summary.fun }),
        noted.has(day) ? undefined : documents.put('days', { sk: day, text: '' }),
      ]);
      noted.add(day);
    },
    async putAnswer(answer) {
      const { jid, id } = answer;
      await noteArrival(items, { jid, id, at: now(), ttl: Math.floor(now() / 1000) + DAYS * DAY });
      return documents.putNew(partition(jid, id), { sk: `ret#${id}`, text: JSON.stringify(answer) });
    },
    async arrivals(jid, after) {
      const window = await readArrivals(items, jid, { after, now: now() });
      const answers = new Map<string, JobAnswer>();
      let size = 0;
      for (let i = 0; i < window.arrivals.length; i += GROUP) {
        const group = window.arrivals.slice(i, i + GROUP);
        const texts = await documents.some(group.map(({ id }) => [partition(jid, id), `ret#${id}`] as const));
        for (const text of texts) {
          const answer = text === null ? null : (JSON.parse(text) as JobAnswer);
          if (!answer || answers.has(answer.id)) continue;
          answers.set(answer.id, answer);
          size += answer.load.length;
        }
        const last = group.at(-1);
        if (size >= PAGE && last && i + GROUP < window.arrivals.length)
          return { answers: [...answers.values()], next: window.upTo(last.place), more: true };
      }
      return { answers: [...answers.values()], next: window.end, more: false };
    },
    async answers(jid) {
      const pages = await Promise.all([...SPREAD].map((digit) => documents.query(`${jid}#${digit}`)));
      const returns = pages.flat().filter((document) => document.sk.startsWith('ret#'));
      return returns.map((document) => JSON.parse(document.text) as JobAnswer);
    },
    putRefusal: ({ jid, id, code }) => documents.put(partition(jid, id), { sk: `refused#${id}`, text: code }),
    refusal: (jid, id) => documents.get(partition(jid, id), `refused#${id}`),
    answer: (jid, id) => find<JobAnswer>(partition(jid, id), `ret#${id}`),
    async recent(limit) {
      const jids: string[] = [];
      const days = (await documents.query('days')).map((document) => document.sk);
      // A host's clock or a hand may have made a jid of any day; the newest day that has jobs comes first.
      for (const day of days.sort().reverse()) {
        if (jids.length >= limit) break;
        const pages = await Promise.all([...SPREAD].map((digit) => documents.query(`day#${day}#${digit}`)));
        const found = pages.flat().map((document) => document.sk);
        jids.push(...found.sort().reverse());
      }
      const found = await Promise.all(jids.slice(0, limit).map(job));
      return found.filter((summary) => summary !== null);
    },
  };
}
