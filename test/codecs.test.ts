/** Every parser of what comes from outside that has no property beside its own table: any text gives a value or a located error, and what we wrote comes back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMinionFlag } from '../cli/minion-flag.ts';
import { encodeBundle, makeProject, parseBundle } from '../core/bundle.ts';
import { BrineError } from '../core/errors.ts';
import { type Emitted, encodeBody, parseBody, parseDetail } from '../core/event.ts';
import { parseBoot, parseIncarnation, parseMinionId, parseStack, parseUid } from '../core/ids.ts';
import { encodeJobBody, parseJobBody } from '../core/job/body.ts';
import { makeJid, parseJid } from '../core/job/jid.ts';
import { TARGET_TYPES } from '../core/job/job.ts';
import type { Plan } from '../core/job/plan.ts';
import { encodePlan, parsePlan } from '../core/job/plan-codec.ts';
import { encode } from '../core/json.ts';
import { parseOperatorRequest } from '../core/operator.ts';
import { defaultSettings } from '../core/settings.ts';
import { parseTag } from '../core/tag.ts';
import { Dict, fromPlain } from '../core/value.ts';
import { parseEnvelope } from '../functions/incoming.ts';
import { createCurveKeys } from '../trust/curve.ts';
import { makeJoin, parseJoin } from '../trust/join.ts';
import { NOW, STACK } from './support/roots.ts';
import { anyValue } from './support/values.ts';

/** Half-right texts find more than random ones: JSON with our own field names, numbers at the edges, and words that are special somewhere. */
const words = fc.constantFrom(
  ...[
    'action',
    'run',
    'tgt',
    'tgt_type',
    'glob',
    'events',
    'tag',
    'stamp',
    'data',
    'batches',
    'v',
    'sig',
    'body',
    'cert',
    'text',
    'arg',
    'kwarg',
  ],
  ...[
    'fun',
    'request',
    'match',
    'op',
    '__proto__',
    'constructor',
    '$map',
    '$tuple',
    '',
    '\u0000',
    '😀',
    '\ud800',
    '*',
    'a:b',
    'web1',
    '-1',
    '1e400',
  ],
);
const odd = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    words,
    fc.integer(),
    fc.double(),
    fc.constantFrom(null, true, false, 9_007_199_254_740_992, -1),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(words, tie('json'), { maxKeys: 5 }),
  ),
})).json;
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  odd.map((value) => JSON.stringify(value) ?? ''),
  fc.tuple(odd, fc.nat(60)).map(([value, at]) => (JSON.stringify(value) ?? '').slice(0, at)),
);

describe('any text gives a value or an error of ours with its code, and nothing else', () => {
  it.each<[string, (text: string) => unknown]>([
    ['a minion id', parseMinionId],
    ['an incarnation', parseIncarnation],
    ['a boot', parseBoot],
    ['a stack', parseStack],
    ['a uid', parseUid],
    ['a jid', parseJid],
    ['a tag', parseTag],
    ['the body of a batch', parseBody],
    ['the body of a job', parseJobBody],
    ['the detail of an event', parseDetail],
    ['an operator’s request', parseOperatorRequest],
    ['a bundle', parseBundle],
    ['a join string', (text) => parseJoin(text, NOW)],
    ['a join string’s inside', (text) => parseJoin(`brine1.${Buffer.from(text).toString('base64url')}`, NOW)],
    ['--minion', parseMinionFlag],
    ['a delivered event', (text) => parseEnvelope(JSON.parse(JSON.stringify({ detail: text, time: '2026-11-22T10:00:00Z' })))],
  ])('%s', (_, parse) => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(BrineError);
          expect((error as BrineError).family).not.toBe('ours');
          expect((error as BrineError).message).not.toBe('');
        }
      }),
      { numRuns: 400 },
    );
  });

  it('objects that Lambda was given, too', () => {
    fc.assert(
      fc.property(odd, (value) => {
        for (const parse of [parseDetail, parseEnvelope]) {
          try {
            parse(value);
          } catch (error) {
            expect(error).toBeInstanceOf(BrineError);
          }
        }
      }),
    );
  });
});

const host = fc.constantFrom('web1', 'db-1.example.com', 'A').map(parseMinionId);
const uid = fc
  .constantFrom('web1:aaaaaaaaaaaa2:1', 'operator:01ARZ3NDEKTSV4RRFFQ69G5FAV', 'reactor:01ARZ3NDEKTSV4RRFFQ69G5FAV.3')
  .map(parseUid);
const cause = fc.record({ root: uid, parent: uid, hops: fc.nat(100) });
const tag = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => text.isWellFormed())
  .map(parseTag);
const event: fc.Arbitrary<Emitted> = fc.record(
  {
    tag,
    stamp: fc.nat(4_000_000_000_000),
    data: anyValue,
    cause,
    receipt: fc.record({ cert: fc.record({ text: fc.string(), sig: fc.string() }), head: fc.string(), sig: fc.string() }),
  },
  { requiredKeys: ['tag', 'stamp', 'data'] },
);
const dict = anyValue.filter((value): value is Dict => value instanceof Dict);

describe('what was written comes back as it was', () => {
  it('the body of a batch', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 4 }), (events) => {
        const text = encodeBody(events);
        expect(encodeBody(parseBody(text))).toBe(text);
      }),
    );
  });

  it('the body of a job', () => {
    fc.assert(
      fc.property(
        fc.array(anyValue, { maxLength: 3 }),
        dict,
        fc.constantFrom(...TARGET_TYPES),
        fc.string(),
        fc.option(dict, { nil: undefined }),
        (arg, kwarg, tgt_type, tgt, metadata) => {
          const body = {
            arg,
            kwarg,
            target: { tgt, tgt_type, literal: [[[0, 1] as const]], delimiter: ':' },
            ...(metadata && { metadata }),
          };
          const text = encodeJobBody(body);
          expect(encodeJobBody(parseJobBody(text))).toBe(text);
        },
      ),
    );
  });

  it('a plan, with its addressees beside it', () => {
    const reaction = fc.record({
      kind: fc.constant('local' as const),
      fun: fc.constant('test.echo'),
      args: fc.array(anyValue, { maxLength: 3 }),
      kwargs: dict,
      id: fc.string(),
      name: fc.string(),
      sls: fc.string(),
      entry: fc.nat(),
      ordinal: fc.nat(),
      where: fc.record({ file: fc.string(), line: fc.nat() }),
      metadata: dict,
    });
    fc.assert(
      fc.property(fc.array(reaction, { maxLength: 3 }), uid, cause, host, (reactions, id, by, addressee) => {
        const jobs = reactions.map((one, i) => ({
          jid: makeJid(NOW, [i]),
          reaction: one,
          addressees: [{ id: addressee, incarnation: parseIncarnation('aaaaaaaaaaaa2'), queue: 'q' }],
          expires: NOW,
          unknown: [],
        }));
        const plan: Plan = {
          v: 1,
          uid: id,
          tag: 't',
          cause: by,
          bundle: '',
          user: 'u',
          at: NOW,
          takenAt: NOW,
          registryAge: 0,
          jobs,
          problems: [],
        };
        const back = parsePlan(
          encodePlan(plan),
          jobs.map((job) => job.addressees),
        );
        expect(encodePlan(back)).toBe(encodePlan(plan));
        expect(back.jobs.map((job) => job.addressees)).toEqual(jobs.map((job) => job.addressees));
      }),
    );
  });

  it('a bundle; and one changed character is another', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { maxLength: 4 }),
        fc.nat(),
        (files, at) => {
          const project = makeProject({
            settings: defaultSettings,
            entries: [{ index: 0, glob: 'a/*', paths: ['/srv/a.sls'], where: { file: 'reactor.conf', line: 2 } }],
            files: new Map(files.filter((pair) => pair.join('').isWellFormed()).map(([path, text]) => [path, { text }])),
          });
          const text = encodeBundle(project);
          expect(encodeBundle(parseBundle(text))).toBe(text);
          const place = text.indexOf('"files"') + 8 + (at % 8);
          const other = `${text.slice(0, place)}${text[place] === 'x' ? 'y' : 'x'}${text.slice(place + 1)}`;
          expect(() => parseBundle(other)).toThrow();
        },
      ),
    );
  });

  it('a join string; and no changed character goes unseen', () => {
    const { publicKey } = createCurveKeys();
    const join = {
      stack: STACK,
      relays: [{ push: 'tcp://10.0.0.1:4506', sub: 'tcp://10.0.0.1:4505', key: publicKey }],
      roots: { jobs: ['a'], enroll: ['b'] },
      expires: NOW + 1000,
    };
    const text = makeJoin(join);
    expect(parseJoin(`  ${text}\n`, NOW)).toEqual(join);
    fc.assert(
      fc.property(fc.integer({ min: 7, max: text.length - 1 }), fc.constantFrom('A', 'z', '-', '9'), (at, char) => {
        fc.pre(text[at] !== char);
        expect(() => parseJoin(`${text.slice(0, at)}${char}${text.slice(at + 1)}`, NOW)).toThrow(BrineError);
      }),
    );
  });

  it('an operator’s request keeps the types of its arguments', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 3 }), dict, (arg, kwarg) => {
        const asked = fromPlain({
          action: 'run',
          request: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
          tgt: '*',
          tgt_type: 'glob',
          fun: 'test.ping',
        }) as Dict;
        const found = parseOperatorRequest(encode(asked.set('arg', arg).set('kwarg', kwarg)));
        expect([encode([...found.arg]), encode(found.kwarg)]).toEqual([encode(arg), encode(kwarg)]);
      }),
    );
  });
});
