/** What the platform would never take: kept beside the log within a bound, counted when it has to go, and looked through by the host's operator. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAside } from '../../agent/aside.ts';
import { AsideFile } from '../../agent/log/aside-file.ts';
import { AgentLog } from '../../agent/log/log.ts';
import { parseTag } from '../../core/tag.ts';
import { Dict } from '../../core/value.ts';

let dir: string;
const path = () => join(dir, 'dead.jsonl');

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-aside-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('holds so much, drops the oldest, and counts them, also after restarts', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 30 }), fc.nat(29), (sizes, restart) => {
      rmSync(path(), { force: true });
      let file = new AsideFile(path(), 1000);
      let told = 0;
      const lines = sizes.map((size, i) => `${i} ${'x'.repeat(size)}`);
      for (const [i, line] of lines.entries()) {
        told += file.add([line]);
        if (i === restart) file = new AsideFile(path(), 1000);
        expect(statSync(path()).size).toBeLessThanOrEqual(1020);
      }
      expect(file.lines()).toEqual(lines.slice(told));
      expect([file.count, file.dropped]).toEqual([lines.length - told, told]);
      expect(file.count).toBeGreaterThan(0);
      for (const line of file.lines()) file.remove(line);
      expect([file.count, file.dropped, existsSync(path())]).toEqual([0, 0, false]);
    }),
    { numRuns: 15 },
  );
});

it('a line that a crash cut short goes: its event still stands in the log', async () => {
  const log = new AgentLog(join(dir, 'log'), { now: Date.now });
  const told: unknown[] = [];
  log.onAside = (what) => told.push(what);
  for (const n of ['a', 'b']) await log.append({ tag: parseTag(n), stamp: 0, data: new Dict() });
  await log.setAside(1, 'trust.tag');
  expect(told).toEqual([{ code: 'trust.tag', count: 1, dropped: 0 }]);
  await log.close();
  appendFileSync(path(), '{"seq":2,"code":"tr');
  const again = new AgentLog(join(dir, 'log'), { now: Date.now });
  await again.setAside(2, 'trust.tag');
  expect(again.aside.lines().map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([1, 2]);
  expect(again.depth).toBe(0);
  await again.close();
});

it('what cannot be set aside stays in the log', async () => {
  const log = new AgentLog(join(dir, 'log'), { now: Date.now });
  await log.append({ tag: parseTag('a'), stamp: 0, data: new Dict() });
  mkdirSync(path());
  await expect(log.setAside(1, 'trust.tag')).rejects.toThrow('EISDIR');
  expect(log.depth).toBe(1);
  await log.close();
});

it('its operator lists them, sends one again, drops one, or all', async () => {
  const log = new AgentLog(join(dir, 'log'), { now: () => 7 });
  const aside = createAside(log.aside, log);
  for (const n of ['a', 'b', 'c', 'd']) await log.append({ tag: parseTag(n), stamp: 0, data: Dict.of({ n }) });
  for (const seq of [1, 2, 3, 4]) await log.setAside(seq, 'trust.tag');
  const tags = () => aside.list().map((event) => event.get('tag'));
  expect(tags()).toEqual(['a', 'b', 'c', 'd']);
  await aside.retry(2);
  expect(log.peek({ events: 9, bytes: 1e6 })).toMatchObject({ seq: 5, events: [{ tag: 'b' }] });
  await aside.drop(1);
  expect(tags()).toEqual(['c', 'd']);
  await expect(aside.drop(1)).rejects.toMatchObject({ code: 'system.not_found' });
  aside.clear();
  expect([tags(), log.aside.count, existsSync(path())]).toEqual([[], 0, false]);
  expect(readFileSync(join(dir, 'log', 'log')).length).toBeGreaterThan(0);
  await log.close();
});
