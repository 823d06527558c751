/** What rehearsals are made of: near misses in words, lines that ran, tests that are read, compared and written anew. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchesOf } from '../../../core/author/coverage.ts';
import { diffLines, formatDiff } from '../../../core/author/diff.ts';
import { termsOf, whyNot } from '../../../core/author/explain.ts';
import { ranLines } from '../../../core/author/ran-lines.ts';
import { normal, parseTests } from '../../../core/author/rtest.ts';
import { updateText } from '../../../core/author/rtest-update.ts';
import { BrineError } from '../../../core/errors.ts';
import { matchGlob } from '../../../core/glob.ts';
import type { Target } from '../../../core/job/job.ts';
import { parseTemplate } from '../../../core/sls/jinja/parser.ts';
import { Dict, fromPlain, type Value } from '../../../core/value.ts';
import { parseYaml } from '../../../core/yaml/parse.ts';

describe('why a tag does not match', () => {
  it.each<[tag: string, glob: string, words: string]>([
    ['a/b', 'A/b', 'near: only upper and lower case differ'],
    ['a/b', 'a/b/', 'near: the tag lacks a / at its end'],
    ['a/b/', 'a/b', 'near: the tag has a / at its end'],
    ['a/b/c', 'a/b', "near: it would match with a * at the end, 'a/b*'"],
    ['x/a/b', 'a/b', "near: it would match with a * at the beginning, '*a/b'"],
    ['salt/minion/m/start', 'minion/*/start', 'near: it would match with a * at the beginning'],
    ['cb', '[^a]b', "'[^' does not negate"],
    ['x/a', 'x/{a,b}', 'braces mean nothing'],
    ['deploy/nwo', 'deploy/now', "near: it is written 'deploy/now'"],
    ['salt/minion/m/start', 'salt/minions/*/start', "near: it says 'minions' where the tag says 'minion'"],
    ['a/b/x', 'a/b/y', "near: it is written 'a/b/y'"],
    ['salt/job/1/new', 'salt/auth', "after 'salt/' it wants 'auth', the tag goes on with 'job/1/new'"],
    ['deploy', 'salt/auth', "it is 'salt/auth', the tag 'deploy'"],
    ['deploy', 'salt/*', "it begins with 'salt/', the tag with 'deploy'"],
    ['a/1/b/2', 'a/*/c/*', "near: it says 'c' where the tag says 'b'"],
    ['a/1/b', 'a/*/ccccc/*', "'a/*' fits, what follows has no '/ccccc/*'"],
    ['a/x', 'a/[0-9]', "what follows 'a/' does not fit '[0-9]'"],
  ])('%s and %s', (tag, glob, words) => {
    expect(whyNot(tag, glob)).toContain(words);
  });

  it('says nothing exactly where the glob matches', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', '/', '*', '?', '[ab]', 'A', '{a,b}', '[^'), { maxLength: 6 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, text, (tag, glob) => {
        expect(whyNot(tag, glob) === null).toBe(matchGlob(tag, glob));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('why a host is meant or not', () => {
  const minion = { id: 'web1', grains: fromPlain({ os: 'Debian', deep: { a: 'x' }, ipv4: ['10.0.0.1'] }) as Dict, pillar: null };
  it.each<[tgt: string, type: Target['tgt_type'], found: [boolean | 'unknown', string][]]>([
    ['web*', 'glob', [[true, 'the id web1 matches']]],
    ['os:Cent*', 'grain', [[false, 'os is Debian']]],
    ['nothing:x', 'grain', [[false, 'it has no nothing']]],
    ['deep:a:y', 'grain', [[false, 'deep:a is x']]],
    ['role:web', 'pillar', [['unknown', 'its pillar is not known']]],
    ['web1,web2', 'list', [[true, 'web1 is in the list']]],
    ['10.0.0.0/8', 'ipcidr', [[true, 'its addresses are 10.0.0.1']]],
    [
      'G@os:Debian and not ( E@db or N@eu )',
      'compound',
      [
        [true, 'os is Debian'],
        [false, 'the id web1 does not match'],
        [false, 'eu is db*'],
      ],
    ],
  ])('%s', (tgt, tgt_type, found) => {
    const terms = termsOf({ tgt, tgt_type, delimiter: ':', literal: [[]] } as Target, minion, { eu: 'db*' });
    expect(terms.map(({ answer, why }) => [answer, why])).toEqual(found);
  });
});

const SIGNS = { ran: '●', skipped: '○', none: ' ' };

describe('lines and branches', () => {
  const text = 'a\n{% if x %}\nb\n{% elif y %}\nc\n{% else %}\nd\n{% endif %}\n{% for i in l %}\ne\n{% endfor %}\n';
  const statements = parseTemplate(text, 'a.sls');
  const shown = (taken: Record<number, number[]>) => {
    const lines = ranLines(statements, ({ line }) => (taken[line] ? new Set(taken[line]) : undefined));
    return text
      .split('\n')
      .map((_line, i) => SIGNS[lines.get(i + 1) ?? 'none'])
      .join('')
      .trimEnd();
  };
  it.each<[Record<number, number[]>, string]>([
    [{ 2: [0], 9: [0] }, '●●●○○ ○ ●●'],
    [{ 2: [1], 9: [-1] }, '●●○●● ○ ●○'],
    [{ 2: [-1], 9: [0, -1] }, '●●○●○ ● ●●'],
    [{ 2: [0, 1, -1], 9: [0] }, '●●●●● ● ●●'],
  ])('%j', (taken, lines) => {
    expect(shown(taken)).toBe(lines);
  });

  it('names the ways that were never gone', () => {
    expect(branchesOf(statements, ({ line }) => new Set(line === 2 ? [0] : [-1]))).toEqual([
      { line: 2, ways: 3, missing: ['elif of line 4', 'else'] },
      { line: 9, ways: 2, missing: ['a round'] },
    ]);
  });
});

describe('two conditions on one line', () => {
  it('are told apart', () => {
    const two = parseTemplate('{% if a %}1{% endif %}{% if b %}2{% endif %}', 'a.sls');
    const ways = new Map([
      [4, new Set([0, -1])],
      [26, new Set([0])],
    ]);
    expect(branchesOf(two, ({ col }) => ways.get(col) ?? new Set())).toEqual([
      { line: 1, ways: 2, missing: [] },
      { line: 1, ways: 2, missing: ['neither'] },
    ]);
  });
});

describe('a file of tests', () => {
  it.each<[string, string, string]>([
    ['', 'a.rtest.yaml:1:1', 'holds no test'],
    ['- 1', 'a.rtest.yaml:1:3', 'mapping with name'],
    ['- name: x', 'a.rtest.yaml:1:3', 'has an event'],
    ['- event: {data: {}}', 'a.rtest.yaml:1:10', 'has a tag'],
    ['- event: {tag: x, data: 1}', 'a.rtest.yaml:1:25', 'data is a mapping'],
    ['- event: {tag: x}\n  expct: []', 'a.rtest.yaml:2:3', "no 'expct'"],
    ['- event: {tag: x}\n  expect: 1', 'a.rtest.yaml:2:11', 'is a list'],
    ['tests: 1', 'a.rtest.yaml:1:1', 'a list, or a mapping'],
  ])('%j is told with its place', (text, where, words) => {
    let told: BrineError | null = null;
    try {
      parseTests(text, 'a.rtest.yaml');
    } catch (error) {
      told = error as BrineError;
    }
    expect(told).toBeInstanceOf(BrineError);
    expect(told?.message).toMatch(new RegExp(`^${where.replaceAll('.', '\\.')}: `));
    expect(told?.message).toContain(words);
  });

  it('keys have one order when reactions are compared', () => {
    const [a, b] = [
      '{local.x: {arg: [1], tgt: a, tgt_type: glob, kwarg: {b: 1, a: 2}}}',
      '{local.x: {tgt: a, kwarg: {a: 2, b: 1}, arg: [1]}}',
    ];
    expect(normal(parseYaml(a))).toEqual(normal(parseYaml(b)));
  });

  it('is written anew in place: comments, order and other tests stay', () => {
    const before =
      '# top\n- name: one   # first\n  event: {tag: a}\n  expect: []   # nothing\n\n  # between\n  errors: [x.y]\n# second\n- event: {tag: b}\n  expect:\n  - local.x: {tgt: a}\n# end\n';
    const [one, two] = parseTests(before, 'a');
    const seen: Value = [Dict.of({ 'local.x': Dict.of({ tgt: 'b' }) })];
    const values = new Map<string, Value | null>([
      ['expect', seen],
      ['errors', null],
    ]);
    const after = updateText(before, [
      { node: one?.node as never, values },
      { node: two?.node as never, values: new Map() },
    ]);
    expect(after).toBe(
      '# top\n- name: one   # first\n  event: {tag: a}\n  expect:\n  - local.x:\n      tgt: b\n\n  # between\n# second\n- event: {tag: b}\n  expect:\n  - local.x: {tgt: a}\n# end\n',
    );
  });

  it('whatever its form, what is written is read back', () => {
    const key = fc.constantFrom('expect', 'errors', 'name', 'minions');
    const form = fc.record({ keys: fc.uniqueArray(key, { maxLength: 4 }), flow: fc.boolean(), comment: fc.boolean() });
    fc.assert(
      fc.property(fc.array(form, { minLength: 1, maxLength: 4 }), fc.nat(3), (forms, at) => {
        const text = forms
          .map(({ keys, flow, comment }, i) => {
            const parts = [
              'event: {tag: a}',
              ...keys.map((one) => `${one}: ${one === 'name' ? `n${i}` : one === 'minions' ? '{a: {}}' : '[]'}`),
            ];
            return flow
              ? `- {${parts.join(', ')}}\n`
              : `${comment ? '# c\n' : ''}- ${parts.join('\n  ')}\n${comment ? '\n' : ''}`;
          })
          .join('');
        const tests = parseTests(text, 'a');
        const chosen = at % tests.length;
        const seen: Value = [Dict.of({ 'local.x': Dict.of({ tgt: 'b', arg: ['#', ': '] }) })];
        const updates = tests.map(({ node }, i) => ({
          node,
          values: new Map<string, Value | null>(i === chosen ? [['expect', seen]] : []),
        }));
        const again = parseTests(updateText(text, updates), 'a');
        expect(again.map(({ expect: one }) => one)).toEqual(tests.map(({ expect: one }, i) => (i === chosen ? seen : one)));
        expect(again.map(({ name }) => name)).toEqual(tests.map(({ name }) => name));
      }),
      { numRuns: 300 },
    );
  });

  it('differences stand with their neighbours', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `l${i}`);
    expect(formatDiff(diffLines(lines.join('\n'), lines.with(10, 'new').join('\n')))).toBe(
      ['    …', '    l7', '    l8', '    l9', '  - l10', '  + new', '    l11', '    l12', '    l13', '    …'].join('\n'),
    );
    expect(diffLines('a', 'a').every(({ kind }) => kind === 'same' || kind === 'gap')).toBe(true);
  });
});
