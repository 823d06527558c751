import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArgs, parseWord } from '../../core/args.ts';
import { Dict, type Value } from '../../core/value.ts';

describe('a word of the command line is what Salt makes of it', () => {
  it.each<[string, Value]>([
    ['[1,2]', [1n, 2n]],
    ['{x: 1}', Dict.of({ x: 1n })],
    ['!!int 5', 5n],
    ['007', 7n],
    ['true', true],
    ['1.50', 1.5],
    ['"q"', 'q'],
    ["''", ''],
    ['0x10', 16n],
    ['2026-01-01', '2026-01-01'],
    ['None', null],
    ['null', null],
    ['~', null],
    ['[1] # two', [1n]],
  ])('%s is read', (word, wanted) => {
    expect(parseWord(word)).toEqual(wanted);
  });

  it.each([
    '#c',
    'a#b',
    'a #b',
    'a: b',
    '- a',
    '---',
    '...',
    '',
    '  ',
    '1_000',
    ' 1_0',
    'a\tb',
    'a\nb',
    '!',
    '|',
    '*',
    '{',
    '!foo x',
    '!!binary aGk=',
  ])('%j stays as it was typed', (word) => {
    expect(parseWord(word)).toBe(word);
  });

  it('whatever it is, it gives a value', () => {
    fc.assert(
      fc.property(fc.string(), (word) => {
        expect(parseWord(word)).toBeDefined();
      }),
    );
  });
});

it('names before = are keywords, and --no-parse keeps their text', () => {
  const { args, kwargs } = parseArgs(['a=1', 'b=1', '1x=2', '=3', 'c=d=e', 'd={e: f}'], { noParse: ['b'] });
  expect([args, [...kwargs]]).toEqual([
    ['1x=2', '=3'],
    [
      ['a', 1n],
      ['b', '1'],
      ['c', 'd=e'],
      ['d', Dict.of({ e: 'f' })],
    ],
  ]);
});
