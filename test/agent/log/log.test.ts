/** The agent's one log on a real disk: what was promised is there after any end, numbers go on, and a rewrite under load loses nothing. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AgentLog } from '../../../agent/log/log.ts';
import { parseTag } from '../../../core/tag.ts';
import { Dict } from '../../../core/value.ts';

const NOW = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;
let dir: string;
let now: number;
const clock = { now: () => now };
const path = () => join(dir, 'log', 'log');

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-log-'));
  now = NOW;
});
afterEach(() => rmSync(dir, { recursive: true }));

const open = () => new AgentLog(join(dir, 'log'), clock);
const event = (n: number, more = '') => ({ tag: parseTag(`t/${n}`), stamp: now, data: Dict.of({ n: BigInt(n), more }) });
const waiting = (log: AgentLog) => log.peek({ events: 100_000, bytes: 1e9 })?.events.map((one) => one.tag) ?? [];
const job = (jid: string) => ({ jid, message: `m ${jid}`, expires: now + DAY });

it('what was appended waits after a restart, in order, and numbers go on', async () => {
  const first = open();
  expect(await Promise.all([1, 2, 3].map((n) => first.append(event(n))))).toEqual([1, 2, 3]);
  await first.acknowledge(1);
  await first.close();
  const second = open();
  expect(waiting(second)).toEqual(['t/2', 't/3']);
  expect(await second.append(event(4))).toBe(4);
  await second.acknowledge(4);
  await second.close();
  const third = open();
  expect([waiting(third), await third.append(event(5))]).toEqual([[], 5]);
  await third.close();
});

it('a job is open until it is done, done is its return, and its jid is known eight days longer than it lives', async () => {
  const first = open();
  await first.accept(job('a'));
  await first.accept(job('b'));
  await first.start('b');
  await first.accept(job('c'));
  await first.done('c', 'done', event(1));
  await first.close();
  now += 8 * DAY;
  const second = open();
  expect(second.open().map(({ jid, started }) => [jid, started])).toEqual([
    ['a', false],
    ['b', true],
  ]);
  expect(waiting(second)).toEqual(['t/1']);
  expect(['a', 'b', 'c', 'd'].map((jid) => second.known(jid))).toEqual([true, true, true, false]);
  await second.close();
  now += DAY + 1;
  const third = open();
  expect(third.known('c')).toBe(false);
  await third.close();
});

it('a jid is taken from the moment at which it is accepted, and not when that failed', async () => {
  const log = open();
  const accepting = log.accept(job('a'));
  expect(log.known('a')).toBe(true);
  await accepting;
  await log.close();
  await expect(log.accept(job('b'))).rejects.toMatchObject({ code: 'log.closed' });
  expect(log.known('b')).toBe(false);
});

it('whatever stands behind the last whole record is cut off, and the log goes on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(400), fc.uint8Array({ maxLength: 60 }), async (cut, tail) => {
      rmSync(join(dir, 'log'), { recursive: true, force: true });
      const first = open();
      for (const n of [1, 2, 3]) await first.append(event(n));
      await first.close();
      const ends = frameEnds(readFileSync(path()));
      const size = Math.max(statSync(path()).size - cut, 0);
      // What was cut off and comes back is no torn tail.
      const lost = readFileSync(path()).subarray(size);
      fc.pre(lost.length === 0 || !Buffer.from(tail).subarray(0, lost.length).equals(lost));
      truncateSync(path(), size);
      appendFileSync(path(), tail);
      const second = open();
      const left = ends.filter((end) => end <= size).length - 1; // the first record says the next number
      expect(waiting(second)).toEqual(['t/1', 't/2', 't/3'].slice(0, Math.max(left, 0)));
      await second.append(event(9));
      await second.close();
      const third = open();
      expect(waiting(third).at(-1)).toBe('t/9');
      await third.close();
    }),
    { numRuns: 25 },
  );
});

function frameEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    at += 8 + bytes.readUInt32BE(at);
    ends.push(at);
  }
  return ends;
}

it('a rewrite while events, jobs and acknowledgements come in loses none of them', async () => {
  const log = open();
  const big = 'x'.repeat(20_000);
  let [seq, rewrites, size] = [0, 0, 0];
  for (let round = 0; round < 60; round += 1) {
    const jid = `j${round}`;
    const all = await Promise.all([
      ...Array.from({ length: 10 }, (_, i) => log.append(event(round * 10 + i, big))),
      log.accept(job(jid)).then(() => (round % 3 === 0 ? 0 : log.done(jid, 'done', event(100_000 + round)).then(() => 0))),
    ]);
    seq = Math.max(seq, ...all.map(Number));
    if (round % 2 === 1) await log.acknowledge(seq - 25);
    const now = statSync(path()).size;
    if (now < size) rewrites += 1;
    size = now;
  }
  const [before, jobs] = [waiting(log), log.open().map((one) => one.jid)];
  await log.close();
  expect(rewrites).toBeGreaterThan(0);
  const again = open();
  expect(waiting(again)).toEqual(before);
  expect(again.open().map((one) => one.jid)).toEqual(jobs);
  expect(jobs).toHaveLength(20);
  for (let round = 0; round < 60; round += 1) expect(again.known(`j${round}`)).toBe(true);
  await again.close();
});

it('a batch ends where a number is missing, so that each number is that of its place', async () => {
  const log = open();
  for (const n of [1, 2, 3, 4]) await log.append(event(n));
  await log.setAside(2, 'trust.tag');
  expect(log.peek({ events: 10, bytes: 1e6 })).toMatchObject({ seq: 1, events: [{ tag: 't/1' }] });
  await log.acknowledge(1);
  expect(log.peek({ events: 10, bytes: 1e6 })).toMatchObject({ seq: 3, events: [{ tag: 't/3' }, { tag: 't/4' }] });
  expect(JSON.parse(readFileSync(join(dir, 'dead.jsonl'), 'utf8'))).toMatchObject({ seq: 2, code: 'trust.tag' });
  await log.close();
});

it('events older than thirteen days are set aside, and say so', async () => {
  const first = open();
  await first.append(event(1));
  now += 13 * DAY;
  await first.append(event(2));
  await first.close();
  now += 1;
  const second = open();
  await second.dropOld();
  expect(waiting(second)).toEqual(['t/2']);
  expect(readFileSync(join(dir, 'dead.jsonl'), 'utf8')).toContain('"code":"trust.old"');
  await second.close();
});

it('an event that cannot be read any more steps aside for those behind it', async () => {
  const log = open();
  for (const n of [1, 2]) await log.append(event(n));
  const bytes = readFileSync(path());
  bytes[frameEnds(bytes)[0] as number] = 255;
  writeFileSync(path(), bytes, { flag: 'r+' });
  expect(log.peek({ events: 10, bytes: 1e6 })).toBe(null);
  await log.waiting(new AbortController().signal);
  expect(waiting(log)).toEqual(['t/2']);
  await log.close();
});

it('a draft that a kill left behind is no log', async () => {
  const first = open();
  await first.append(event(1));
  await first.close();
  writeFileSync(`${path()}.new`, 'half');
  const second = open();
  expect(waiting(second)).toEqual(['t/1']);
  await second.close();
  expect(existsSync(`${path()}.new`)).toBe(false);
});
