/** `survey.hash`: one function on many hosts, those with the same return together. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { noReturnText } from '../../../core/job/no-return.ts';
import { pyStr } from '../../../core/python/print.ts';
import { Dict, type Value } from '../../../core/value.ts';
import { askHosts } from '../ask-hosts.ts';
import { RunnerArguments } from './errors.ts';
import type { RunnerModule } from './types.ts';

interface Pool {
  readonly ids: string[];
  readonly result: string;
}

export const surveyRunners: RunnerModule = {
  'survey.hash': {
    doc: 'Hosts of a compound target, those with the same return together; the largest pool first, or last with survey_sort=up.',
    example: "'*' test.ping",
    parameters: [],
    rest: 'both',
    run: async (it, _values, { args, kwargs }) => {
      const [tgt, fun, ...arg] = args;
      if (typeof tgt !== 'string' || typeof fun !== 'string') throw new RunnerArguments('hash() wants a target and a function');
      const kwarg = kwargs.copy();
      const up = kwarg.get('survey_sort') === 'up';
      const tgt_type = kwarg.get('tgt_type') === 'pcre' ? 'pcre' : 'compound';
      for (const name of ['survey_sort', 'tgt_type']) kwarg.delete(name);
      const { asked, answers, jid } = await askHosts(it, { tgt, tgt_type, fun, arg, kwarg });
      const all = new Map([...answers, ...silentOf(asked, answers, jid)]);
      return sorted(poolsOf(all), up).map(({ ids, result }) => Dict.of({ pool: ids, result }));
    },
  },
};

/** Who is down is never left out. */
function silentOf(asked: readonly string[], answers: ReadonlyMap<string, Dict>, jid: string): [string, Dict][] {
  return asked.filter((id) => !answers.has(id)).map((id) => [id, Dict.of({ return: noReturnText(jid) })]);
}

function poolsOf(answers: ReadonlyMap<string, Dict>): readonly Pool[] {
  const pools = new Map<string, Pool>();
  for (const [id, load] of [...answers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const value: Value = load.get('return') ?? null;
    const result = pyStr(value);
    const digest = bytesToHex(sha256(utf8ToBytes(result)));
    const pool = pools.get(digest) ?? { ids: [], result };
    pool.ids.push(id);
    pools.set(digest, pool);
  }
  return [...pools.values()];
}

function sorted(pools: readonly Pool[], up: boolean): readonly Pool[] {
  return [...pools].sort((a, b) => (up ? a.ids.length - b.ids.length : b.ids.length - a.ids.length));
}
