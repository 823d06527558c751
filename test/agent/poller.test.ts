/** When the poller asks its queue, and when it waits to be rung for; the queue answers when the test says so. */
import { afterEach, expect, it } from 'vitest';
import type { Dispatch } from '../../agent/dispatch.ts';
import { createPoller, type Poller, type PollTiming } from '../../agent/poller.ts';
import type { JobQueue } from '../../agent/ports.ts';
import type { ReceivedMessage } from '../../core/ports.ts';
import { until } from '../support/edge.ts';

let poller: Poller | undefined;
afterEach(() => poller?.close());

const FAR = 3_600_000;
const message: ReceivedMessage = { text: 'job', handle: 'h', count: 1, sentAt: 0 };

/** One long poll that waits for the test to answer it. */
interface Asked {
  answer(messages: readonly ReceivedMessage[]): void;
  fail(): void;
}

function start(timing: Partial<PollTiming> = {}) {
  const asked: Asked[] = [];
  const said: string[] = [];
  const taken: ReceivedMessage[] = [];
  const queue = (): JobQueue => ({
    receive: (signal) =>
      new Promise((resolve, reject) => {
        asked.push({ answer: resolve, fail: () => reject(new Error(`no network, ${asked.length}`)) });
        signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      }),
    delete: async () => {},
  });
  const dispatch = { take: async (given: ReceivedMessage) => void taken.push(given) } as unknown as Dispatch;
  const report = (text: string) => void said.push(text);
  const made = createPoller({
    dispatch,
    report,
    chance: () => 0.5,
    timing: { backstop: FAR, linger: 0, distrust: FAR, ...timing },
  });
  poller = made;
  made.use(queue());
  const rests = () => said.filter((text) => text === 'waits_for_bell').length;
  return { poller: made, queue, asked, said, taken, rests };
}

/** Asked once, found nothing, and heard of a relay that would ring. */
async function startResting(timing: Partial<PollTiming> = {}) {
  const it = start(timing);
  await until(() => it.asked.length === 1);
  it.poller.reachable(true);
  it.asked[0]?.answer([]);
  await until(() => it.rests() === 1);
  return it;
}

it('without a relay that hears, polls follow each other', async () => {
  const { asked, said } = start();
  for (const n of [1, 2, 3]) {
    await until(() => asked.length === n);
    asked[n - 1]?.answer([]);
  }
  expect(said).toEqual([]);
});

it('a bell starts the next poll at once, however far the regular one is', async () => {
  const { poller: it, asked, taken } = await startResting();
  it.bell();
  await until(() => asked.length === 2);
  asked[1]?.answer([message]);
  await until(() => taken.length === 1);
});

it('a bell that comes while a poll is under way makes another, should that one find nothing', async () => {
  const { poller: it, asked, rests } = await startResting();
  it.bell();
  await until(() => asked.length === 2);
  it.bell();
  asked[1]?.answer([]);
  await until(() => asked.length === 3);
  asked[2]?.answer([]);
  await until(() => rests() === 2);
});

it('after a message, and at a new session, polls follow each other for a while', async () => {
  const { poller: it, asked, rests } = start({ linger: FAR });
  await until(() => asked.length === 1);
  it.reachable(true);
  asked[0]?.answer([message]);
  for (const n of [2, 3, 4]) {
    await until(() => asked.length === n);
    asked[n - 1]?.answer([]);
  }
  expect(rests()).toBe(0);
});

it('a relay that is gone ends the waiting', async () => {
  const { poller: it, asked } = await startResting();
  it.reachable(false);
  await until(() => asked.length === 2);
  asked[1]?.answer([]);
  await until(() => asked.length === 3);
});

it('a message that only the regular poll found was never rung for: polls follow each other until a bell is heard again', async () => {
  const { poller: it, asked, said, rests } = await startResting({ backstop: 10 });
  await until(() => asked.length === 2);
  asked[1]?.answer([message]);
  await until(() => said.includes('bell_missed'));
  await until(() => asked.length === 3);
  asked[2]?.answer([]);
  await until(() => asked.length === 4);
  expect(rests()).toBe(1);
  it.bell();
  asked[3]?.answer([]);
  await until(() => asked.length === 5);
  asked[4]?.answer([]);
  await until(() => rests() === 2);
});

it('renewed credentials neither cut a poll short nor start one', async () => {
  const { poller: it, queue, asked, taken, rests } = start();
  await until(() => asked.length === 1);
  it.reachable(true);
  it.use(queue());
  asked[0]?.answer([message]);
  await until(() => taken.length === 1 && rests() === 1);
  it.use(queue());
  it.bell();
  await until(() => asked.length === 2);
});

it('bells do not hasten what fails, and renewed credentials do', async () => {
  const { poller: it, queue, asked, said } = start();
  const failed = () => said.filter((text) => text === 'poll_failed').length;
  // Pauses double from 100 ms: the sixth would last seconds.
  for (let n = 1; n <= 6; n += 1) {
    await until(() => asked.length === n);
    asked[n - 1]?.fail();
    await until(() => failed() === n);
    if (n < 6) it.use(queue());
  }
  for (let i = 0; i < 100; i += 1) it.bell();
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toHaveLength(6);
  it.use(queue());
  await until(() => asked.length === 7);
});
