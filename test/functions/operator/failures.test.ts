/** `brine failures`: every dead-letter place says in words what lies there, and what can go its way again does. */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventsClient, sqsClient } from '../../../aws/clients.ts';
import { createQueues } from '../../../aws/queues.ts';
import { type Dict, toPlain } from '../../../core/value.ts';
import { type Door, startDoor } from '../../support/door.ts';
import { eventually } from '../../support/eventually.ts';

let door: Door;
let queues: ReturnType<typeof createQueues>;
beforeAll(async () => {
  door = await startDoor({
    files: {
      'reactor.conf': 'reactor:\n  - "broken":\n    - /srv/reactor/broken.sls\n',
      'srv/reactor/broken.sls': 'x:\n  local.test.ping:\n    - tgt: {{ nobody_set_this }}\n',
    },
    minions: { web1: {} },
  });
  queues = createQueues(sqsClient({ region: door.parts.region, credentials: door.dev.aws.credentials }), door.parts);
}, 60_000);
afterAll(() => door.close());

interface Failure {
  readonly id: string;
  readonly place: string;
  readonly text: string;
}

async function failures(): Promise<readonly Failure[]> {
  const answer = await door.call('root', { action: 'failures', op: 'list' });
  return (answer.more.get('failures') as Dict[]).map((item) => toPlain(item) as unknown as Failure);
}

const said = (text: RegExp) =>
  eventually(
    async () => (await failures()).find((failure) => text.test(failure.text)),
    (found) => found !== undefined,
  ) as Promise<Failure>;
const act = (op: string, id: string) => door.call('root', { action: 'failures', op, id });

it('nothing failed at first, and an id of nothing is said to be so', async () => {
  expect(await failures()).toEqual([]);
  expect(await act('retry', 'reactor-1-00000000')).toMatchObject({
    code: 'operator.refused',
    text: expect.stringContaining('there is no failure'),
  });
});

it('a reaction that failed: file, line and code; it is rendered once, so it is dropped and not retried', async () => {
  await door.call('root', { action: 'fire', request: '01ARZ3NDEKTSV4RRFFQ69G0001', tag: 'broken' });
  const { id } = await said(
    /^a reaction to broken \(operator:01ARZ3NDEKTSV4RRFFQ69G0001\) failed: jinja\.undefined: \/srv\/reactor\/broken\.sls:3/,
  );
  expect(await act('retry', id)).toMatchObject({ code: 'operator.refused', text: expect.stringContaining('rendered once') });
  expect((await act('drop', id)).code).toBe('ok');
  expect((await act('drop', id)).code).toBe('operator.refused');
});

it('an event that nobody signed: who refused it, with which code, and what that means', async () => {
  const events = eventsClient({ region: door.parts.region, credentials: door.dev.aws.credentials });
  const batch = { id: 'web1', incarnation: 'aaaaaaaaaaaa2', seq: 1, at: Date.now(), body: '{"events":[]}', sig: 'A'.repeat(86) };
  const Detail = JSON.stringify({ v: 1, tag: ['broken'], batches: [batch] });
  await events.send(
    new PutEventsCommand({ Entries: [{ EventBusName: door.parts.name, Source: 'brine.minion', DetailType: 'brine', Detail }] }),
  );
  const { id } = await said(/^reactor refused the event broken from web1 with trust\.incarnation: A message is for/);
  // It goes its way again, and is refused again.
  expect((await act('retry', id)).code).toBe('ok');
  const again = await said(/trust\.incarnation/);
  expect(again.id).not.toBe(id);
  await act('drop', again.id);
});

it.each<[string, object, RegExp, string]>([
  [
    'runner',
    { head: JSON.stringify({ jid: '20260101000000000000', fun: 'runner.manage.up', user: 'root', expires: 1 }) },
    /^runner\.manage\.up of root \(20260101000000000000\) failed each time/,
    'operator.refused',
  ],
  [
    'recorder',
    { time: new Date().toISOString(), detail: { tag: ['salt/job/1/ret/web1'] } },
    /^the event salt\/job\/1\/ret\/web1 could not be recorded/,
    'ok',
  ],
  [
    'shards',
    { plan: 'web1:aaaaaaaaaaaa2:7', job: 0, from: 500, to: 900 },
    /^hosts 500 to 900 of the plan web1:aaaaaaaaaaaa2:7 could not be sent to/,
    'ok',
  ],
  [
    'enroll',
    {
      requestContext: { approximateInvokeCount: 3, condition: 'RetriesExhausted' },
      requestPayload: {},
      responsePayload: { errorMessage: 'throttled' },
    },
    /^enroll failed 3 times with what was no event: throttled/,
    'operator.refused',
  ],
  ['operator', { something: 'else' }, /^of no form that is known/, 'operator.refused'],
])('%s: in words; retry answers %s', async (place, message, words, code) => {
  await queues.send(`${door.parts.name}-${place}-dead`, JSON.stringify(message));
  const found = await said(words);
  expect(found.place).toBe(place);
  expect((await act('retry', found.id)).code).toBe(code);
  if (code !== 'ok') expect((await act('drop', found.id)).code).toBe('ok');
});

it('more than one page of them is listed', async () => {
  await Promise.all(Array.from({ length: 25 }, (_, i) => queues.send(`${door.parts.name}-dispatch-dead`, JSON.stringify({ i }))));
  const found = await eventually(failures, (list) => list.filter(({ place }) => place === 'dispatch').length === 25);
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
});
