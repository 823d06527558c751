/** The log's bytes: whatever tears or damages them, every whole record is given back, and nothing that was never written. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeRecords, encodeRecord, type Record } from '../../../agent/log/records.ts';

const text = fc.string({ unit: 'binary', maxLength: 40 });
const whole = fc.nat(1_000_000);
const record: fc.Arbitrary<Record> = fc.oneof(
  fc.record({ t: fc.constant('event' as const), seq: whole, stamp: whole, body: text }),
  fc.record({ t: fc.constant('accepted' as const), jid: text, message: text, expires: whole }),
  fc.record({ t: fc.constant('started' as const), jid: text }),
  fc.record({ t: fc.constant('done' as const), jid: text, outcome: text, seq: whole, stamp: whole, body: text }),
  fc.record({ t: fc.constant('acked' as const), upTo: whole }),
  fc.record({ t: fc.constant('known' as const), jid: text, until: whole }),
);
const records = fc.array(record, { maxLength: 12 });

function written(all: readonly Record[]): { bytes: Buffer; ends: number[] } {
  const frames = all.map(encodeRecord);
  let at = 0;
  return { bytes: Buffer.concat(frames), ends: frames.map((frame) => (at += frame.length)) };
}

it('any prefix gives back exactly the records that are whole in it', () => {
  fc.assert(
    fc.property(records, fc.double({ min: 0, max: 1, noNaN: true }), (all, part) => {
      const { bytes, ends } = written(all);
      const cut = Math.floor(part * bytes.length);
      const wholes = ends.filter((end) => end <= cut).length;
      const found = decodeRecords(bytes.subarray(0, cut));
      expect(found.records.map((placed) => placed.record)).toEqual(all.slice(0, wholes));
      expect([found.good, found.damaged]).toEqual([ends[wholes - 1] ?? 0, 0]);
    }),
  );
});

it('any garbage behind it costs nothing of what stands before', () => {
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.nat(4096).map((length) => new Uint8Array(length)), // a file system that had made room and written nothing
  );
  fc.assert(
    fc.property(records, garbage, (all, tail) => {
      const { bytes } = written(all);
      const found = decodeRecords(Buffer.concat([bytes, tail]));
      expect(found.records.map((placed) => placed.record)).toEqual(all);
      expect(found.good).toBe(bytes.length);
    }),
  );
});

it('damage in the middle costs the records that it hit, and says how many bytes', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 3, maxLength: 12 }),
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      (all, where, noise) => {
        const { bytes, ends } = written(all);
        const from = where % (bytes.length - 1);
        const to = Math.min(bytes.length, from + noise.length);
        const hit = Buffer.from(bytes);
        for (let i = from; i < to; i += 1) hit[i] = (hit[i] as number) ^ ((noise[i - from] as number) | 1);
        const spared = all.filter((_, i) => (ends[i] as number) <= from || (ends[i - 1] ?? 0) >= to);
        const found = decodeRecords(hit);
        expect(found.records.map((placed) => placed.record)).toEqual(spared);
        if (found.good === bytes.length) expect(found.damaged).toBeGreaterThan(0);
      },
    ),
  );
});
