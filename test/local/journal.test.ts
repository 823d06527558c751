/** The embedded AWS's journals: what was acknowledged is read back, whatever stood behind it on the disk. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BrineError } from '../../core/errors.ts';
import { openJournal } from '../../local/store/journal.ts';
import { lockDirectory } from '../../local/store/lock.ts';

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-journal-'));
  path = join(dir, 'x.jsonl');
});

afterEach(() => rmSync(dir, { recursive: true }));

interface Put {
  readonly key: string;
  readonly value: string | null;
}

/** A map that is kept. */
function open(least?: number) {
  const state = new Map<string, string>();
  const apply = ({ key, value }: Put) => {
    if (value === null) state.delete(key);
    else state.set(key, value);
  };
  const snapshot = () => [...state].map(([key, value]) => ({ key, value }));
  const journal = openJournal({ path, apply, snapshot, ...(least !== undefined && { least }) });
  const put = async (key: string, value: string | null) => {
    await journal.append({ key, value } satisfies Put);
    apply({ key, value });
  };
  return { state, put, close: journal.close };
}

it('what was appended is there again', async () => {
  const first = open();
  await Promise.all([first.put('a', '1'), first.put('b', '2\n"é'), first.put('c', '3')]);
  await first.put('a', null);
  await first.close();
  const second = open();
  expect(Object.fromEntries(second.state)).toEqual({ b: '2\n"é', c: '3' });
  await second.close();
});

it.each([
  ['half a record', '{"key":"d","val'],
  ['a record and a half', '{"key":"b","value":"2"}\n{"key":'],
  ['zeros that a lost block leaves', '\u0000\u0000\u0000\n\u0000'],
  ['a line that is no record', '17\n'],
])('a torn tail is cut off: %s', async (_what, tail) => {
  writeFileSync(path, '{"key":"a","value":"1"}\n');
  appendFileSync(path, tail);
  const again = open();
  expect(again.state.get('a')).toBe('1');
  await again.put('z', '26');
  await again.close();
  const last = open();
  expect(last.state.get('z')).toBe('26');
  await last.close();
});

it('wherever a file ends, every record before that is read', async () => {
  const whole = Array.from({ length: 20 }, (_, i) => `${JSON.stringify({ key: `k${i}`, value: 'x'.repeat(i) })}\n`);
  const text = whole.join('');
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: text.length }), async (end) => {
      writeFileSync(path, text);
      truncateSync(path, end);
      const { state, close } = open();
      await close();
      const complete = text.slice(0, end).split('\n').length - 1;
      expect([complete, complete + 1]).toContain(state.size);
    }),
    { numRuns: 40 },
  );
});

it('a bad line before good ones is an error with its place, since what stands behind it was acknowledged', () => {
  writeFileSync(path, '{"key":"a","value":"1"}\nrubbish\n{"key":"b","value":"2"}\n');
  expect(() => open()).toThrow(BrineError);
  expect(() => open()).toThrow(`${path}:2: a record of the embedded AWS cannot be read`);
  expect(readFileSync(path, 'utf8')).toContain('rubbish');
});

it('a file stays within a few times its state, however much was written', async () => {
  const kept = open(10_000);
  await kept.put('stays', 'for ever');
  for (let i = 0; i < 300; i += 1) {
    await Promise.all(Array.from({ length: 10 }, (_, n) => kept.put(`k${n}`, 'x'.repeat(50))));
    await Promise.all(Array.from({ length: 10 }, (_, n) => kept.put(`k${n}`, null)));
  }
  await kept.put('last', 'one');
  await kept.close();
  expect(statSync(path).size).toBeLessThan(20_000);
  const again = open();
  expect(Object.fromEntries(again.state)).toEqual({ stays: 'for ever', last: 'one' });
  await again.close();
});

it('what is written while a file is made anew is behind it', async () => {
  const busy = open(2000);
  const names = Array.from({ length: 500 }, (_, i) => `k${i}`);
  await Promise.all(names.map((name) => busy.put(name, 'x'.repeat(100))));
  await busy.close();
  const again = open();
  expect([...again.state.keys()].sort()).toEqual([...names].sort());
  await again.close();
});

it('a data directory has one user at a time, and is free after whatever end', async () => {
  const lock = await lockDirectory(dir);
  await expect(lockDirectory(dir)).rejects.toMatchObject({ code: 'dev.data' });
  await lock.release();
  await (await lockDirectory(dir)).release();
});
