import { expect, it } from 'vitest';
import { parseArgs } from '../../core/args.ts';
import { Dict, type Value } from '../../core/value.ts';

it.each<[string, Value]>([
  ['[1,2]', [1n, 2n]],
  ['{x: 1}', Dict.of({ x: 1n })],
  ['!!int 5', 5n],
  ['007', 7n],
  ['1_000', '1_000'],
  ['0x10', 16n],
  ['true', true],
  ['null', null],
  ['None', null],
  ['2026-01-01', '2026-01-01'],
  ['1.50', 1.5],
  ['#c', '#c'],
  ['a: b', 'a: b'],
  ['"q"', 'q'],
  ['', ''],
  ['---', '---'],
  ['- a', '- a'],
  ['a\tb', 'a\tb'],
  ['*', '*'],
])('%s is what Salt makes of it', (word, value) => {
  expect(parseArgs([word]).args[0]).toEqual(value);
});

it('takes name=value as a keyword when the name is an identifier', () => {
  const { args, kwargs } = parseArgs(['a=1', '1a=2', 'b={c: d}', 'raw=007'], { noParse: ['raw'] });
  expect(args).toEqual(['1a=2']);
  expect(kwargs).toEqual(
    Dict.from([
      ['a', 1n],
      ['b', Dict.of({ c: 'd' })],
      ['raw', '007'],
    ]),
  );
});
