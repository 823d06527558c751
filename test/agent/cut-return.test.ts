/** A return above 200 KB: head, tail, size and digest travel, and the whole can be fetched piece by piece, whatever it is made of. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cutReturn } from '../../agent/cut-return.ts';
import { createJobFiles } from '../../agent/job-files.ts';
import { encode } from '../../core/json.ts';
import { Dict, type Value } from '../../core/value.ts';
import { createHost, type Host, JID } from '../support/host.ts';

let dir: string;
let host: Host;
const files = () => createJobFiles(join(dir, 'jobs'));

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-cut-'));
  host = createHost();
});
afterAll(() => {
  rmSync(dir, { recursive: true });
  host.close();
});

const bytes = (text: string) => Buffer.byteLength(text);

it.each<[string, Value]>([
  ['a text', 'x'.repeat(199_998)],
  ['characters of four bytes', '😀'.repeat(49_999)],
  ['what JSON writes as six', '\u0001'.repeat(33_333)],
  ['a mapping', Dict.of({ all: 'x'.repeat(199_990) })],
])('%s of 200,000 bytes as JSON travels as it is; one more is cut', (_, value) => {
  expect(bytes(encode(value))).toBeLessThanOrEqual(200_000);
  expect(cutReturn(value, JID, files())).toEqual({ load: { return: value }, cut: false });
  const more =
    value instanceof Dict ? Dict.of({ all: 'x'.repeat(199_991) }) : `${value as string}${(value as string).slice(0, 2)}x`;
  expect(bytes(encode(more))).toBeGreaterThan(200_000);
  expect(cutReturn(more, JID, files()).cut).toBe(true);
});

it('any large text: head and tail are its own, size and digest are of the whole, and the pieces give it back', () => {
  const unit = fc.constantFrom('a', '"', '\\', '\n', '\u0000', 'ä', '☃', '\u0085', '😀', '\ud800');
  fc.assert(
    fc.property(fc.array(fc.tuple(unit, fc.integer({ min: 1, max: 90_000 })), { minLength: 1, maxLength: 8 }), (runs) => {
      const text = runs.map(([char, count]) => char.repeat(count)).join('');
      const whole = Buffer.from(text).toString(); // a lone surrogate is no character, and travels as the replacement
      const { load, cut } = cutReturn(text, JID, files());
      if (!cut) {
        expect(load).toEqual({ return: text });
        return;
      }
      const [, head = '', left, size, tail = ''] =
        /^(.*)\n… (\d+) of (\d+) bytes left out; the whole: brine jobs output \d+ ID\n(.*)$/s.exec(String(load.return)) ?? [];
      expect(whole.startsWith(Buffer.from(head).toString()) && whole.endsWith(Buffer.from(tail).toString())).toBe(true);
      expect([Number(size), Number(left)]).toEqual([bytes(text), bytes(text) - bytes(head) - bytes(tail)]);
      expect(bytes(encode(load.return as Value))).toBeLessThan(110_000);
      const sha256 = createHash('sha256').update(whole).digest('hex');
      expect(load.cut).toEqual(Dict.of({ size: BigInt(bytes(text)), sha256 }));
      let got = '';
      for (let at = 0, piece = files().read(JID, 0); piece; piece = files().read(JID, at)) {
        expect(bytes(piece.text)).toBe(piece.bytes);
        expect(bytes(encode(piece.text))).toBeLessThan(199_000); // else it would be cut itself
        got += piece.text;
        at += piece.bytes;
      }
      expect(got).toBe(whole);
    }),
    {
      numRuns: 12,
      examples: [
        [
          [
            ['\u0000', 17_442],
            ['ä', 29_488],
            ['\ud800', 6062],
          ],
        ],
      ],
    },
  );
});

it('saltutil.output gives 128 KB at a time, and nothing of a job that left none', async () => {
  const text = 'y'.repeat(300_000);
  createJobFiles(join(host.dir, 'jobs')).keep(JID, text);
  const sizes: number[] = [];
  let got = '';
  for (;;) {
    const { return: piece } = await host.call('saltutil.output', [JID, got.length]);
    if (!(piece instanceof Dict) || piece.size === 0) break;
    sizes.push(String(piece.get('text')).length);
    got += String(piece.get('text'));
  }
  expect([got === text, sizes]).toEqual([true, [131_072, 131_072, 37_856]]);
  expect((await host.call('saltutil.output', ['../../../etc/passwd', 0])).return).toEqual(new Dict());
});

it('a disk that is full says so in the return; what was kept goes after seven days, and not while its job is open', () => {
  const { load } = cutReturn('x'.repeat(300_000), JID, { keep: () => false });
  expect(load.return).toContain('bytes left out; the disk is full, the whole could not be kept');
  const kept = files();
  const day = 86_400_000;
  const [old, open] = ['20261122221934000001', '20261122221934000002'];
  for (const jid of [old, open]) {
    kept.keep(jid as string, 'x');
    utimesSync(join(dir, 'jobs', jid as string), 0, 0);
  }
  kept.sweep(7 * day, () => false);
  expect(kept.read(old as string, 0)).not.toBe(null);
  kept.sweep(7 * day + 1, (jid) => jid === open);
  expect([kept.read(old as string, 0), kept.read(open as string, 0)]).toEqual([null, { text: 'x', bytes: 1 }]);
});
