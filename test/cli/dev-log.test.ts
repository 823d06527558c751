/** What `brine dev` says of a plan to a person who did not ask for everything. */
import { expect, it } from 'vitest';
import { devLog } from '../../cli/dev-log.ts';

const where = { file: '/srv/reactor/start.sls', line: 2, col: 3 };
const job = (over: object) => ({
  reaction: { kind: 'local', where, target: { tgt_type: 'glob', tgt: 'nobody' } },
  addressees: [],
  unknown: [],
  ...over,
});

it.each([
  [
    'a target that is nobody, with its place',
    { jobs: [job({})] },
    'reactor: /srv/reactor/start.sls:2:3: no minion matches the glob "nobody" (hint: brine minions list prints those that there are)\n',
  ],
  [
    'hosts that may have been meant',
    { jobs: [job({ unknown: ['web1', 'web2'] })] },
    /\(hint: the grains of web1, web2 are not known\)\n$/,
  ],
  ['nothing of a job that has hosts', { jobs: [job({ addressees: [{ id: 'web1' }] })] }, ''],
  ['nothing of a runner', { jobs: [{ ...job({}), reaction: { kind: 'runner', where } }] }, ''],
  [
    'what was no reaction',
    { problems: [{ code: 'reactor.target', where, text: 'it has no target', hint: "- tgt: 'web*'" }] },
    "reactor: /srv/reactor/start.sls:2:3: it has no target (hint: - tgt: 'web*')\n",
  ],
])('%s', (_what, plan, wanted) => {
  const said: string[] = [];
  const stderr = { write: (text: string) => said.push(text) };
  devLog({ stderr, env: {} } as never)('reactor', 'plan', { plan });
  expect(said.join('')).toEqual(typeof wanted === 'string' ? wanted : expect.stringMatching(wanted));
});
