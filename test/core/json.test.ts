import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BrineError } from '../../core/errors.ts';
import { decode, encode } from '../../core/json.ts';
import { Dict, equal } from '../../core/value.ts';
import { anyValue } from '../support/values.ts';

it('gives back every value exactly as it was, types included', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const text = encode(value);
      expect(encode(decode(text))).toBe(text);
      expect(equal(decode(text), value) || text.includes('"nan"')).toBe(true);
    }),
  );
});

it('gives a value or a located error for any text, and nothing else', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^[[\]{}",:0-9.eE+\-tfn \\u$]*$/)), (text) => {
      try {
        decode(text);
      } catch (error) {
        expect(error).toBeInstanceOf(BrineError);
        expect((error as BrineError).where?.line).toBeGreaterThan(0);
      }
    }),
  );
});

it.each([
  ['{"a":1,"a":2}', 'json.duplicate_key', '1:8'],
  ['[1,]', 'json.syntax', '1:4'],
  ['{"a":\n tru}', 'json.syntax', '2:2'],
  ['{"$bytes":1}', 'json.syntax', '1:13'],
  [`${'['.repeat(70)}${']'.repeat(70)}`, 'json.depth', '1:66'],
])('refuses %s with %s at %s', (text, code, place) => {
  expect(() => decode(text)).toThrow(expect.objectContaining({ code }));
  expect(() => decode(text)).toThrow(`line ${place}`);
});

it('keeps what JavaScript would lose: twenty digits, a float without fraction, keys that look like prototypes', () => {
  const value = decode('{"jid":20261122151106494646,"n":1.0,"__proto__":2,"$$x":3}');
  expect(value).toBeInstanceOf(Dict);
  expect((value as Dict).get('jid')).toBe(20261122151106494646n);
  expect((value as Dict).get('n')).toBe(1);
  expect((value as Dict).get('__proto__')).toBe(2n);
  expect((value as Dict).get('$x')).toBe(3n);
});
