import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../core/job/job.ts';
import { matchTarget } from '../../../core/target/match.ts';
import { Dict } from '../../../core/value.ts';

const minion = {
  id: 'web1',
  grains: Dict.of({ os: 'CentOS', role: 'web' }),
  pillar: Dict.of({ tier: 'front' }),
};
type Ranges = readonly (readonly [number, number])[];
const compound = (tgt: string, literal: Ranges = []): Target => ({
  tgt,
  tgt_type: 'compound',
  literal: [literal],
  delimiter: ':',
});
const means = (tgt: string, literal: Ranges = []) => matchTarget(compound(tgt, literal), minion) === true;

const atom = fc.constantFrom(
  'web1',
  'web*',
  'db*',
  '*',
  'L@web1,db1',
  'L@db1',
  'E@web\\d',
  'E@(?!web).*',
  'G@os:CentOS',
  'G@os:Debian',
  'P@os:Cent.*',
  'I@tier:front',
  'J@tier:b.*',
  'G|@role|web',
); // prettier-ignore
/** Parenthesised, so that it may stand anywhere. */
const expression = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    atom,
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `( ${a} and ${b} )`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `( ${a} or ${b} )`),
    tie('any').map((a) => `( not ( ${a} ) )`),
  ),
})).any;
const both = fc.tuple(expression, expression);

describe('laws of the compound language', () => {
  it('not of not is the same', () => {
    fc.assert(
      fc.property(expression, (a) => {
        expect(means(`not ( not ( ${a} ) )`)).toBe(means(a));
      }),
    );
  });
  it('not is the opposite', () => {
    fc.assert(
      fc.property(expression, (a) => {
        expect(means(`not ( ${a} )`)).toBe(!means(a));
      }),
    );
  });
  it('De Morgan', () => {
    fc.assert(
      fc.property(both, ([a, b]) => {
        expect(means(`not ( ${a} and ${b} )`)).toBe(means(`not ( ${a} ) or not ( ${b} )`));
        expect(means(`not ( ${a} or ${b} )`)).toBe(means(`not ( ${a} ) and not ( ${b} )`));
      }),
    );
  });
  it('and binds closer than or, not closer than both', () => {
    fc.assert(
      fc.property(expression, expression, expression, (a, b, c) => {
        expect(means(`${a} or ${b} and ${c}`)).toBe(means(`${a} or ( ${b} and ${c} )`));
        expect(means(`${a} and ${b} or ${c}`)).toBe(means(`( ${a} and ${b} ) or ${c}`));
        expect(means(`not ${a} and ${b}`)).toBe(means(`( not ${a} ) and ${b}`));
      }),
    );
  });
  it('white space counts once', () => {
    const space = fc.constantFrom(' ', '  ', '\t', '\n ');
    fc.assert(
      fc.property(both, space, ([a, b], gap) => {
        const text = `${a} and ${b}`;
        expect(means(gap + text.replaceAll(' ', gap) + gap)).toBe(means(text));
      }),
    );
  });
});

describe('what a host wrote', () => {
  it('is never a wildcard, an engine, an operator or a cut', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const whole = [[0, text.length]] as const;
        if (text === '' || text === 'web1') return;
        expect(means(text, whole)).toBe(false);
        expect(means(`db1 or ${text}`, [[7, 7 + text.length]])).toBe(false);
        expect(matchTarget({ tgt: text, tgt_type: 'glob', literal: [whole], delimiter: ':' }, minion)).toBe(false);
        expect(matchTarget({ tgt: text, tgt_type: 'list', literal: [whole], delimiter: ':' }, minion)).toBe(false);
        expect(
          matchTarget({ tgt: `x${text}`, tgt_type: 'pcre', literal: [[[1, 1 + text.length]]], delimiter: ':' }, minion),
        ).toBe(false);
      }),
    );
  });
  it.each(['*', 'web?', 'G@os:CentOS', 'E@.*', 'x or *', 'L@web1', 'not', ')'])('%s is an id that nobody has', (text) => {
    expect(means(text, [[0, text.length]])).toBe(false);
  });
  it.each<[string, string]>([
    ['G@os:', '*'],
    ['G@os:', 'Cent*'],
    ['P@os:', '.*'],
    ['L@db1', ',web1'],
    ['E@', '.*'],
    ['web1 and ', 'not db1'],
  ])('%s followed by %s means its characters', (own, text) => {
    expect(means(own + text, [[own.length, own.length + text.length]])).toBe(false);
    expect(means(own + text)).toBe(true);
  });
  it('that is an id or a value is found', () => {
    expect(means('web1', [[0, 4]])).toBe(true);
    expect(means('G@os:CentOS', [[5, 11]])).toBe(true);
    expect(means('L@db1,web1', [[6, 10]])).toBe(true);
  });
});
