/** Nodegroups are gone before a job is signed: a host knows none. What stands in their place is what Salt's client puts there, with parentheses where they are needed. */
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../core/job/job.ts';
import { expandNodegroups, unknownNodegroups } from '../../../core/target/nodegroups.ts';

const groups = {
  ovens: 'L@o1,o2 or G@role:oven',
  two: 'N@ovens and web*',
  ids: ['web1', 'web2'],
  words: 'web1 web2',
  other: 'not web1',
  regex: 'web[12]',
  nested: ['N@ids', 'or', 'N@other'],
  loop: 'N@loop or web1',
  empty: '',
  lost: 'web1 or N@nowhere',
};
const target = (
  tgt_type: 'compound' | 'nodegroup',
  tgt: string | readonly string[],
  literal: Target['literal'] = [[]],
): Target => ({
  tgt_type,
  tgt,
  literal,
  delimiter: ':',
});

describe('a nodegroup', () => {
  it.each([
    ['ovens', 'L@o1,o2 or G@role:oven'],
    ['two', '( ( L@o1,o2 or G@role:oven ) and web* )'],
    ['ids', 'L@web1,web2'],
    ['words', 'L@web1,web2'],
    ['regex', 'E@web[12]'],
    ['nested', '( L@web1,web2 or ( not web1 ) )'],
    ['loop', '( or web1 )'],
    ['empty', 'L@'],
  ])('%s is %s, as from Salt', (name, text) => {
    expect(expandNodegroups(target('nodegroup', name), groups)).toEqual(target('compound', text));
    expect(expandNodegroups(target('compound', ` N@${name}  or\tx `), groups).tgt).toBe(`${text} or x`);
  });
});

describe('a group in a compound target', () => {
  it.each([
    ['N@ovens and web1', '( L@o1,o2 or G@role:oven ) and web1'],
    ['web1 and N@ovens', 'web1 and ( L@o1,o2 or G@role:oven )'],
    ['N@ovens not web1', '( L@o1,o2 or G@role:oven ) not web1'],
    ['not N@ovens', 'not ( L@o1,o2 or G@role:oven )'],
    ['not N@other', 'not ( not web1 )'],
    ['not N@ids', 'not L@web1,web2'],
    ['N@two and x', '( ( L@o1,o2 or G@role:oven ) and web* ) and x'],
    ['N@ovens or N@ids', 'L@o1,o2 or G@role:oven or L@web1,web2'],
    ['xN@ovens or N@', 'xN@ovens or N@'],
  ])('%s is %s: it stays one whole', (text, wanted) => {
    expect(expandNodegroups(target('compound', text), groups).tgt).toBe(wanted);
  });

  it('is found beside what a host wrote, whose words name none, and whose place moves along', () => {
    const text = 'N@ids and N@ovens or L@N@ids';
    const from = text.lastIndexOf('N@');
    const { tgt, literal } = expandNodegroups(target('compound', text, [[[from, from + 5]]]), groups);
    const ranges = (literal[0] ?? []).map(([a, b]) => String(tgt).slice(a, b));
    expect([tgt, ranges]).toEqual(['L@web1,web2 and ( L@o1,o2 or G@role:oven ) or L@N@ids', ['N@ids']]);
    expect(expandNodegroups(target('compound', 'web1 or N@ids', [[[8, 13]]]), groups).tgt).toBe('web1 or N@ids');
    expect(unknownNodegroups(target('compound', 'web1 or N@evil', [[[8, 14]]]), groups)).toEqual([]);
  });

  it('is found in a list of words', () => {
    const { tgt, literal } = expandNodegroups(target('compound', ['N@ids', 'or', 'G@os:Red Hat'], [[], [], [[5, 8]]]), groups);
    expect([tgt, literal]).toEqual([
      ['L@web1,web2', 'or', 'G@os:Red Hat'],
      [[], [], [[5, 8]]],
    ]);
  });
});

it.each([
  ['nodegroup', 'nope', ['nope']],
  ['nodegroup', 'lost', ['nowhere']],
  ['compound', 'web1 or N@nope and N@lost', ['nope', 'nowhere']],
  ['compound', 'N@ids or N@loop', []],
] as const)('%s %s names %j, which nobody has', (type, text, names) => {
  expect(unknownNodegroups(target(type, text), groups)).toEqual(names);
});
