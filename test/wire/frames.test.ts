import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Down, encodeDown, encodeUp, parseDown, parseUp, type Up } from '../../wire/frames.ts';

const topic = randomBytes(16);
const word = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength: maxLength / 4 });
const whole = fc.nat();

const up: fc.Arbitrary<Up> = fc.oneof(
  fc.record({ kind: fc.constant('ping' as const), n: word(64) }),
  fc.record({
    kind: fc.constant('hello' as const),
    hello: fc.record(
      { text: word(4096), sig: word(128), grains: word(65_536), tokenSig: word(128) },
      { requiredKeys: ['text', 'sig'] },
    ),
  }),
  fc.record({
    kind: fc.constant('batch' as const),
    batch: fc.record({ seq: whole, at: whole, body: word(1000), sig: word(128) }),
  }),
  fc.record({ kind: fc.constant('fetch' as const), fetch: fc.record({ text: word(1024), sig: word(128) }) }),
);

const down: fc.Arbitrary<Down> = fc.oneof(
  fc.record({ kind: fc.constant('pong' as const), n: word(64), hears: fc.boolean() }),
  fc.record({ kind: fc.constant('again' as const), code: word(64) }),
  fc.record({ kind: fc.constant('bell' as const) }),
  fc.record({
    kind: fc.constant('piece' as const),
    piece: fc.record(
      {
        sha256: fc.constant('0a'.repeat(32)),
        offset: whole,
        size: whole,
        code: fc.constantFrom('file.unknown'),
        data: word(1000),
      },
      { requiredKeys: ['sha256', 'offset', 'size', 'data'] },
    ),
  }),
  fc.record({
    kind: fc.constant('ack' as const),
    upTo: fc.integer({ min: -1 }),
    refused: fc.array(fc.record({ seq: whole, code: fc.constantFrom('trust.tag', 'link.busy') })),
  }),
  fc.record({
    kind: fc.constant('state' as const),
    state: fc.record(
      { text: word(4096), cert: fc.record({ text: word(1024), sig: word(256) }), sig: word(128), epk: word(64), box: word(8192) },
      { requiredKeys: ['text', 'cert', 'sig'] },
    ),
  }),
);

it('what a minion says arrives as it was', () => {
  fc.assert(
    fc.property(up, (message) => {
      expect(parseUp(encodeUp(topic, message))).toEqual({ topic, message });
    }),
  );
});

it('what a relay says arrives as it was', () => {
  fc.assert(
    fc.property(down, (message) => {
      expect(parseDown(encodeDown(topic, message))).toEqual({ topic, message });
    }),
  );
});

it('frames in any number and of any content are a message or are dropped', () => {
  const frame = fc.oneof(
    fc.uint8Array(),
    fc.constantFrom('hello', 'batch', 'ping', 'state', 'ack', '__proto__', '{}').map((text) => Buffer.from(text)),
    fc.constant(topic),
  );
  fc.assert(
    fc.property(fc.array(frame), (frames) => {
      for (const parse of [parseUp, parseDown]) {
        const read = parse(frames);
        expect('dropped' in read ? ['topic', 'kind', 'size', 'form'] : [read.topic.length]).toContain(
          'dropped' in read ? read.dropped : 16,
        );
      }
    }),
  );
});

const bytes = (count: number) => Buffer.alloc(count, 32);
it.each<[string, (Uint8Array | string)[], string]>([
  ['a topic of 15 bytes', [topic.subarray(1), 'ping', '1'], 'topic'],
  ['no kind', [topic], 'topic'],
  ['a kind of a later version', [topic, 'hello2', '', '', '', ''], 'kind'],
  ['a frame too many', [topic, 'ping', '1', '2'], 'form'],
  ['half a hello', [topic, 'hello', '{}'], 'form'],
  ['a hello above 4 KB', [topic, 'hello', bytes(4097), '', '', ''], 'size'],
  ['grains above 64 KB', [topic, 'hello', '{}', '', bytes(65_537), ''], 'size'],
  ['a batch above 256 KB', [topic, 'batch', '{"seq":0,"at":0}', bytes(262_145), ''], 'size'],
  ['a ping above its limit', [topic, 'ping', bytes(65)], 'size'],
  ['ill-formed UTF-8', [topic, 'ping', Buffer.from([0xff])], 'form'],
  ['a head without a number', [topic, 'batch', '{"seq":"0","at":0}', '{}', ''], 'form'],
  ['a head with a key twice', [topic, 'batch', '{"seq":0,"seq":1,"at":0}', '{}', ''], 'form'],
])('%s is dropped and counted', (_, frames, dropped) => {
  expect(parseUp(frames.map((frame) => Buffer.from(frame)))).toMatchObject({ dropped });
});
