import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrineError } from '../../../core/errors.ts';
import { compileRegex } from '../../../core/regex/compile.ts';

const close = `${'a'.repeat(30)}b`;

describe('nothing that a host writes holds anything up', () => {
  it.each([
    ['(a+)+$', close],
    ['(?=a)(a+)+$', close],
    ['(a+)+$', `${close}\n`],
    ['^(a|a)*$', close],
    ['^(a*)*$', close],
    ['^(?!.*prod)(a|aa)+$', close],
    ['(.*)(.*)(.*)(.*)(.*)x', 'y'.repeat(2000)],
    ['\\b(é+)+$', `${'é'.repeat(30)}b`],
  ])('%s finds nothing in %j, at once', (pattern, text) => {
    const before = performance.now();
    expect(compileRegex(pattern).search(text)).toBeNull();
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('what needs back references ends when its steps are spent', () => {
    expect(() => compileRegex('(a*)*(a*)*\\1b$').search('a'.repeat(40))).toThrow(
      expect.objectContaining({ code: 'regex.steps' }) as unknown as Error,
    );
  });

  it('what would be a program without end is refused', () => {
    const tooLarge = expect.objectContaining({ code: 'regex.unsupported' }) as unknown as Error;
    expect(() => compileRegex('(?=a)((a{1000}){1000}){1000}')).toThrow(tooLarge);
    expect(() => compileRegex(`${'('.repeat(300)}a${')'.repeat(300)}`)).toThrow(tooLarge);
  });
});

it('knows which patterns no text makes slow', () => {
  const linear = (pattern: string) => compileRegex(pattern).linear;
  expect(['(a+)+$', '(a*)*', '(?=a)b', '(a)\\1'].map(linear)).toEqual([true, true, false, false]);
});

it('options are flags', () => {
  expect(compileRegex('A.b$', { ignoreCase: true, dotAll: true, multiline: true }).search('a\nB\nc')?.groups).toEqual(['a\nB']);
  expect(compileRegex('a b # comment', { verbose: true }).fullmatch('ab')?.groups).toEqual(['ab']);
  expect(compileRegex('\\w+', { ascii: true }).search('aé')?.groups).toEqual(['a']);
});

it('names its groups, and says where they lie', () => {
  const regex = compileRegex('(?P<host>[a-z]+)-(?P<n>\\d+)');
  expect([...regex.names]).toEqual([
    ['host', 1],
    ['n', 2],
  ]);
  expect(regex.search('😀 web-03')?.spans).toEqual([
    [3, 9],
    [3, 6],
    [7, 9],
  ]);
});

it('replaces so many as are asked for', () => {
  expect(compileRegex('a').replace('aaa', 'b', 2)).toBe('bba');
});

describe('whatever the pattern', () => {
  const pattern = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'ab.*+?{}[]()|^$\\-1,:<=!P>#iéd'), maxLength: 14 }));

  it('it gives an expression or an error with its place, and every text a match, none, or an end of its steps', () => {
    fc.assert(
      fc.property(
        pattern,
        fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'é', '😀', '1'), maxLength: 12 }),
        (source, text) => {
          try {
            const regex = compileRegex(source);
            const whole = regex.fullmatch(text);
            if (whole) expect([whole.start, whole.end]).toEqual([0, text.length]);
            expect(regex.matches(text).every((one) => text.slice(one.start, one.end) === one.groups[0])).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(BrineError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('a text with its own characters escaped finds itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const escaped = text.replace(/[^\p{L}\p{N}]/gu, (char) =>
          /[\x00-\x7f]/.test(char) ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : char,
        );
        expect(compileRegex(escaped).fullmatch(text)).not.toBeNull();
      }),
    );
  });
});
