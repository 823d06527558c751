/** The job store: who was asked, who answered. Returns of one job are spread over sixteen partitions, so that 10,000 of them do not throttle (aws-facts 5). */
import { sha256 } from '@noble/hashes/sha2.js';
import type { JobAnswer, JobSummary, Jobs } from '../core/ports.ts';
import type { Items } from './items.ts';

const KEPT = 14 * 86_400;
const SPREAD = '0123456789abcdef';

export function createJobs(items: Items, now: () => number): Jobs {
  const ttl = () => Math.floor(now() / 1000) + KEPT;
  const partition = (jid: string, id: string) => `${jid}#${SPREAD[(sha256(new TextEncoder().encode(id))[0] as number) & 15]}`;
  return {
    putJob: async (job) => {
      const minions = JSON.stringify(job.minions);
      await items.put({
        pk: `${job.jid}#0`,
        sk: 'job',
        doc: JSON.stringify({ ...job, minions: minions.length < 300_000 ? job.minions : [] }),
        ttl: ttl(),
      });
    },
    async job(jid) {
      const item = await items.get(`${jid}#0`, 'job');
      return item ? (JSON.parse(String(item.doc)) as JobSummary) : null;
    },
    putAnswer: (answer) =>
      items.putIf({ pk: partition(answer.jid, answer.id), sk: answer.id, doc: JSON.stringify(answer), ttl: ttl() }, 'absent'),
    async answers(jid) {
      const pages = await Promise.all([...SPREAD].map((digit) => items.query(`${jid}#${digit}`)));
      return pages
        .flat()
        .filter((item) => item.sk !== 'job')
        .map((item) => JSON.parse(String(item.doc)) as JobAnswer);
    },
    async answer(jid, id) {
      const item = await items.get(partition(jid, id), id);
      return item ? (JSON.parse(String(item.doc)) as JobAnswer) : null;
    },
    async recent(limit) {
      const found = (await items.scan())
        .filter((item) => item.sk === 'job')
        .map((item) => JSON.parse(String(item.doc)) as JobSummary);
      return found.sort((a, b) => (a.jid < b.jid ? 1 : -1)).slice(0, limit);
    },
  };
}
