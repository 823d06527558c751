import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary } from '../../../core/python/arithmetic.ts';
import { compareText } from '../../../core/python/code-points.ts';
import { PythonError } from '../../../core/python/error.ts';
import { formatValue } from '../../../core/python/format-spec.ts';
import { callMethod, hasMethod } from '../../../core/python/methods.ts';
import { readFloat, readInt } from '../../../core/python/number.ts';
import { formatPercent, percentPieces } from '../../../core/python/percent.ts';
import { pyRepr, pyStr } from '../../../core/python/print.ts';
import { formatPieces, formatText } from '../../../core/python/str-format.ts';
import { lineRanges, partitionRanges, replaceRanges, splitRanges, stripRange } from '../../../core/python/text-ranges.ts';
import { Dict, Tuple, type Value } from '../../../core/value.ts';

const memory = expect.objectContaining({ type: 'MemoryError' });

describe('what grows without end is refused', () => {
  it.each<[string, () => unknown]>([
    ["'x' * 10**9", () => binary('*', 'x', 10n ** 9n)],
    ["10**9 * 'x'", () => binary('*', 10n ** 9n, 'x')],
    ['[0] * 10**30', () => binary('*', [0n], 10n ** 30n)],
    ['10 ** 10**9', () => binary('**', 10n, 10n ** 9n)],
    ['a product beyond the bits of a number', () => binary('*', 1n << 60_000n, 1n << 60_000n)],
    ["'%1000000000d' % 1", () => formatPercent('%1000000000d', 1n)],
    ["'{:>1000000000}'.format(1)", () => formatText('{:>1000000000}', [1n])],
    ["'x'.center(10**9)", () => callMethod('x', 'center', [10n ** 9n])],
    ["'x'.zfill(10**9)", () => callMethod('x', 'zfill', [10n ** 9n])],
    ['a replace that multiplies', () => callMethod('a'.repeat(2000), 'replace', ['a', 'b'.repeat(2000)])],
    ['a join that multiplies', () => callMethod('b'.repeat(2000), 'join', ['a'.repeat(2000)])],
    ['a tab as wide as a field', () => callMethod('\t', 'expandtabs', [10n ** 9n])],
    ['a text beyond a limit of one’s own', () => binary('+', 'abc', 'def', 5)],
    ['a list that is appended to beyond it', () => callMethod([1n, 2n], 'append', [3n], { limit: 2 })],
  ])('%s', (_, run) => {
    expect(run).toThrow(memory as unknown as Error);
  });

  it('but the empty text may be repeated as often as one likes', () => {
    expect(binary('*', '', 10n ** 30n)).toBe('');
  });

  it('a number of more than 4,300 digits is not written', () => {
    expect(() => pyStr(10n ** 4300n)).toThrow('Exceeds the limit (4300 digits)');
    expect(pyStr(10n ** 4299n)).toHaveLength(4300);
  });
});

it('a list that holds itself is written, as in Python', () => {
  const list: Value[] = [1n];
  list.push(list);
  expect(pyRepr(list)).toBe('[1, [...]]');
});

it('texts in mappings may be written in another way', () => {
  const mappedText = (text: string) => (text.includes('\n') ? JSON.stringify(text) : undefined);
  expect(pyStr(Dict.of({ m: 'x\ny', l: ['x\ny'], d: Dict.of({ k: 'a\nb' }) }), { mappedText })).toBe(
    `{'m': "x\\ny", 'l': ['x\\ny'], 'd': {'k': "a\\nb"}}`,
  );
});

it('views follow their mapping and are written as Python writes them', () => {
  const dict = Dict.of({ a: 1n });
  const [keys, items] = [callMethod(dict, 'keys'), callMethod(dict, 'items')];
  dict.set('b', 2n);
  expect([pyRepr(keys), pyRepr(items)]).toEqual(["dict_keys(['a', 'b'])", "dict_items([('a', 1), ('b', 2)])"]);
});

it('names of objects are no methods', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'valueOf', '__class__']) {
    for (const self of ['text', [1n], new Dict(), 1n, 1.5]) {
      expect(hasMethod(self, name)).toBe(false);
      expect(() => callMethod(self, name)).toThrow(PythonError);
    }
  }
});

it('format reaches no attribute unless the caller says how', () => {
  expect(() => formatText('{0.a}', [Dict.of({ a: 1n })])).toThrow("'dict' object has no attribute 'a'");
  expect(() => formatText('{0.__class__}', ['x'])).toThrow(PythonError);
  const attribute = (value: Value, name: string) => (value as Dict).get(name) as Value;
  expect(formatText('{0.a}', [Dict.of({ a: 1n })], new Dict(), { attribute })).toBe('1');
});

it('pieces say which part came of which argument', () => {
  const pieces = percentPieces('a %5s b %d', new Tuple(['xy', 3n]));
  expect(pieces).toEqual([
    { text: 'a ', at: 0 },
    { text: '   xy', argument: 'xy', inner: [3, 5] },
    { text: ' b ', at: 5 },
    { text: '3', argument: 3n },
  ]);
  expect(formatPieces('{:>4}!', ['xy'], new Dict())).toEqual([
    { text: '  xy', argument: 'xy', inner: [2, 4] },
    { text: '!', at: 5 },
  ]);
});

describe('whatever the text', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string());
  const anyValue: fc.Arbitrary<Value> = fc.oneof(
    anyText,
    fc.bigInt(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(anyText),
  );

  it('a format gives a text or Python’s error', () => {
    fc.assert(
      fc.property(anyText, anyValue, (format, value) => {
        for (const run of [
          () => formatPercent(format, value),
          () => formatText(format, [value]),
          () => formatValue(value, format),
        ]) {
          try {
            expect(typeof run()).toBe('string');
          } catch (error) {
            expect(error).toBeInstanceOf(PythonError);
          }
        }
      }),
    );
  });

  it('a format of format’s own characters gives a text or Python’s error', () => {
    const odd = fc.string({ unit: fc.constantFrom(...'{}[]!:%().*<>=^+-# 0159srdfgexn,_'), maxLength: 12 });
    fc.assert(
      fc.property(odd, anyValue, (format, value) => {
        for (const run of [
          () => formatPercent(format, value),
          () => formatText(format, [value]),
          () => formatValue(value, format),
        ]) {
          try {
            expect(typeof run()).toBe('string');
          } catch (error) {
            expect(error).toBeInstanceOf(PythonError);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('what is printed of an int or a float is read back as the same', () => {
    fc.assert(
      fc.property(fc.bigInt(), (int) => {
        expect(readInt(pyStr(int), 10)).toBe(int);
      }),
    );
    fc.assert(
      fc.property(fc.double(), (float) => {
        expect(readFloat(pyStr(float))).toBe(float);
      }),
    );
  });

  it('ranges cover the text in order', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '\n', ',', '😀'), maxLength: 20 }),
        fc.integer({ min: -1, max: 3 }),
        (text, max) => {
          expect(
            splitRanges(text, ',', max)
              .map((r) => text.slice(...r))
              .join(','),
          ).toBe(text);
          expect(
            splitRanges(text, ',', max, true)
              .map((r) => text.slice(...r))
              .join(','),
          ).toBe(text);
          expect(
            lineRanges(text, true)
              .map((r) => text.slice(...r))
              .join(''),
          ).toBe(text);
          expect(
            partitionRanges(text, ',')
              .map((r) => text.slice(...r))
              .join(''),
          ).toBe(text);
          expect(
            replaceRanges(text, 'a', max)
              .map((r) => (r === 'new' ? 'a' : text.slice(...r)))
              .join(''),
          ).toBe(text);
          expect(text.slice(...stripRange(text, null))).toBe(text.trim());
        },
      ),
    );
  });

  it('texts are in the order of their code points', () => {
    const points = (text: string) => Array.from(text, (char) => String(char.codePointAt(0)).padStart(8, '0')).join();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const [x, y] = [points(a), points(b)];
        expect(Math.sign(compareText(a, b))).toBe(x === y ? 0 : x < y ? -1 : 1);
      }),
    );
  });
});
