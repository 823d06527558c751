/** EventBridge, Lambda and SQS deliver at least once: whatever comes again acts once, and what the platform fires of it keeps its uid. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RUNNER_ID } from '../../core/ids.ts';
import { Dict } from '../../core/value.ts';
import { encodeJob, signJob } from '../../trust/job.ts';
import { eventually } from '../support/eventually.ts';
import { startWorld, type World } from '../support/forge.ts';

let w: World;
beforeAll(async () => {
  w = await startWorld({
    'reactor.conf': `reactor:
  - 'forge/*':
    - /srv/reactor/forge.sls
  - 'salt/job/*/new':
    - /srv/reactor/new.sls
`,
    'srv/reactor/forge.sls': 'seen:\n  local.test.ping:\n    - tgt: web1\n',
    'srv/reactor/new.sls': 'told:\n  runner.event.send:\n    - args:\n      - tag: forge/again\n',
  });
}, 30_000);
afterAll(() => w.close());

const plans = (tag: RegExp) => [
  ...new Set(
    w.lines
      .filter(({ part, message, fields }) => part === 'reactor' && message === 'plan' && tag.test(String(fields.tag)))
      .map(({ fields }) => fields.uid),
  ),
];
const repeated = (message: string, fits: (fields: Record<string, unknown>) => boolean, count: number) =>
  eventually(
    () => w.lines.filter((line) => line.message === message && fits(line.fields as Record<string, unknown>)).length,
    (seen) => seen >= count,
  );

it('an event that is delivered three times: one plan, one run, one salt/job/<jid>/new and one reaction to it', async () => {
  const batch = w.batch(['forge/a']);
  const uid = `web1:${w.web1.incarnation}:${batch.seq}`;
  for (let i = 0; i < 3; i += 1) await w.put(batch);
  await repeated('sent', (fields) => fields.uid === uid, 3);
  // What the reaction to `new` fired is planned too: by then every repetition of it has been seen.
  await eventually(
    () => plans(/^forge\/again$/).length,
    (count) => count > 0,
  );
  const jid = String(w.lines.find(({ message, fields }) => message === 'accepted' && fields.uid === uid)?.fields.jid);
  await repeated('sent', (fields) => fields.tag === `salt/job/${jid}/new`, 3);
  expect(plans(new RegExp(`^salt/job/${jid}/new$`))).toHaveLength(1);
  expect(w.lines.filter(({ message, fields }) => message === 'started' && fields.jid === jid)).toHaveLength(1);
});

it('a runner job that is delivered again tells its answer again under the same uid, and its event.send fires one event', async () => {
  const at = w.clock.now();
  const { head } = w.job({ id: RUNNER_ID as never, incarnation: '' as never, fun: 'runner.event.send', at });
  const body = {
    arg: ['forge/runner'],
    kwarg: new Dict(),
    target: { tgt: '*', tgt_type: 'glob', literal: [[]], delimiter: ':' },
  } as const;
  const text = encodeJob(await signJob(w.signer(), head, body as never));
  for (let i = 0; i < 3; i += 1) await w.queues.send(`${w.parts.name}-runner`, text);
  await eventually(
    () => plans(/^forge\/runner$/).length,
    (count) => count > 0,
  );
  await eventually(
    async () => (await w.everyQueue.receive(`${w.parts.name}-runner`, { waitSeconds: 0 })).length,
    (left) => left === 0,
  );
  expect(plans(/^forge\/runner$/)).toHaveLength(1);
});
