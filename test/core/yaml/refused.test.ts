/** What libyaml refuses and js-yaml reads, and the other way round, each as Salt has it. */
import { expect, it } from 'vitest';
import { BrineError } from '../../../core/errors.ts';
import { parseYaml } from '../../../core/yaml/parse.ts';
import { yaml } from '../../support/oracle.ts';

it.each<[string, string, string, number, number]>([
  ['a tab behind a dash', '- \ta\n', 'yaml.syntax', 1, 3],
  ['a tab that begins a line', 'a:\n  b: 1\n\tc: 2\n', 'yaml.syntax', 3, 1],
  ['a tab where a block finds its indentation', 'a: |\n  \tx\n', 'yaml.syntax', 2, 3],
  ['a key that is not written', ': a\n', 'yaml.syntax', 1, 1],
  ['a key that is not written in a list', 'x:\n  - : a\n', 'yaml.syntax', 2, 5],
  ['a colon without a blank before a bracket', 'x: {a:[1]}\n', 'yaml.syntax', 1, 6],
  ['a second document', 'a: 1\n---\nb: 1\n', 'yaml.syntax', 2, 1],
  ['one key of two merged mappings', 'a: &a {x: 1}\nb:\n  <<: *a\n  <<: {x: 2}\n', 'yaml.duplicate_key', 4, 8],
  ['an ordered mapping that is a list', 'a: !!omap [b: 1]\n', 'yaml.tag', 1, 4],
  ['pairs of two', 'a: !!pairs [{b: 1, c: 2}]\n', 'yaml.tag', 1, 4],
  ['an anchor twice, the one inside of the other', 'a: &x [&x 1, *x]\n', 'yaml.syntax', 1, 8],
])('%s is refused where it stands', (_name, text, code, line, col) => {
  expect(() => parseYaml(text)).toThrow(expect.objectContaining({ code, where: { line, col } }));
});

const int = (v: string) => ({ t: 'int', v });

it.each<[string, string, unknown]>([
  ['a tab behind a colon', "'a':\t 1\n", { t: 'map', v: [['a', int('1')]] }],
  ['a tab in a flow list over lines', '[a,\n\tb]\n', ['a', 'b']],
  ['a lone dash in a flow list', '[-, a]\n', ['-', 'a']],
  ['a block as the whole document', '|2\n   a\n', ' a\n'],
  ['a folded one below dashes', '---\n>1\n  a\n b\n', ' a\nb\n'],
  [
    'pairs',
    '!!pairs [b: 1, b: 2]\n',
    [
      { t: 'tuple', v: ['b', int('1')] },
      { t: 'tuple', v: ['b', int('2')] },
    ],
  ],
  [
    'what is merged from a list, the last first',
    'a: {<<: [{x: 1}, {y: 2}]}\n',
    {
      t: 'map',
      v: [
        [
          'a',
          {
            t: 'map',
            v: [
              ['y', int('2')],
              ['x', int('1')],
            ],
          },
        ],
      ],
    },
  ],
  ['a mapping that holds itself', '&a {k: *a}\n', { t: 'map', v: [['k', { t: 'recursive' }]] }],
])('%s is read', (_name, text, value) => {
  expect(yaml(text)).toEqual(value);
});

/** Each of them is read or refused at once: one sign over and over must not send a reader back to the start again and again. */
it.each([
  '- ',
  '? ',
  ' ',
  '\t',
  ':',
  ': ',
  "'",
  '#',
  '\n',
  '[',
  '{a: ',
  '-,',
  '...\n',
  '---\n',
  '# x\n',
  '&a ',
  '-\n',
  '\t\n',
  'a:\t1\n',
  '- [a]\n',
])('four thousand times %j', (sign) => {
  for (const end of ['', '\t', '\tx: 1', '|2\n  x'])
    try {
      parseYaml(sign.repeat(4000) + end);
    } catch (error) {
      expect(error).toBeInstanceOf(BrineError);
    }
});
