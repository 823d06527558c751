/** Who may do what: the rules alone. The door itself is test/functions/operator.test.ts. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchGlob } from '../../core/glob.ts';
import { parseOperatorRequest } from '../../core/operator.ts';
import { isPrincipal, type OperatorRule, permission, userOf, type Wish, watchIsInside } from '../../core/operators.ts';
import { parseSettings } from '../../core/settings.ts';

const run = (fun: string, ...minions: string[]): Wish => ({ fun, minions });

describe('rules', () => {
  it.each<[string, OperatorRule[], Wish, boolean]>([
    ['a function on every host', ['test.*'], run('test.ping', 'web1', 'db1'), true],
    ['no other function', ['test.*'], run('cmd.run', 'web1'), false],
    ['an empty set with a rule for every host says that nobody matched', ['test.*'], run('test.ping'), true],
    ['an empty set with a rule for some hosts', [{ 'web*': ['test.*'] }], run('test.ping'), false],
    ['no rule and nobody', [], run('test.ping'), false],
    ['all addressees inside', [{ 'web*': ['test.*'] }], run('test.ping', 'web1', 'web2'), true],
    ['one addressee outside', [{ 'web*': ['test.*'] }], run('test.ping', 'web1', 'db1'), false],
    [
      'each addressee by a rule of its own',
      [{ 'web*': ['test.*'] }, { 'db*': ['test.ping'] }],
      run('test.ping', 'web1', 'db1'),
      true,
    ],
    [
      'each addressee by a rule of its own, for this function',
      [{ 'web*': ['test.*'] }, { 'db*': ['cmd.run'] }],
      run('test.ping', 'web1', 'db1'),
      false,
    ],
    ['every function of a comma-joined call', ['test.*'], run('test.ping,cmd.run', 'web1'), false],
    ['every function of a comma-joined call, covered', ['test.*', 'cmd.run'], run('test.ping,cmd.run', 'web1'), true],
    ['a function that calls others is as much as all', ['test.*'], run('test.cross_test', 'web1'), false],
    ['a function that calls others, for whoever may do all', ['*'], run('test.cross_test', 'web1'), true],
    ['a power is no function', ['*'], { power: '@key', about: 'accept' }, false],
    ['a function is no power', ['@runner'], run('@runner', 'web1'), false],
    ['a whole power', ['@runner'], { power: '@runner', about: 'jobs.active' }, true],
    ['a part of a power', [{ '@runner': ['jobs.*'] }], { power: '@runner', about: 'jobs.active' }, true],
    ['another part of a power', [{ '@runner': ['jobs.*'] }], { power: '@runner', about: 'event.send' }, false],
    ['a power is no glob of hosts', [{ '@runner': ['*'] }], run('test.ping', 'web1'), false],
    ['a tag inside', [{ '@fire': ['myco/*'] }], { power: '@fire', about: 'myco/a/b' }, true],
    ['a tag outside', [{ '@fire': ['myco/*'] }], { power: '@fire', about: 'myco' }, false],
    ['a watch inside', [{ '@events': ['myco/*'] }], { watch: 'myco/deploy/*' }, true],
    ['a watch of everything', [{ '@events': ['myco/*'] }], { watch: '*' }, false],
    ['a watch whose text fits and whose meaning does not', [{ '@events': ['a/?'] }], { watch: 'a/*' }, false],
    ['a watch of one tag', [{ '@events': ['a/b'] }], { watch: 'a/b' }, true],
    ['a watch that begins like one tag', [{ '@events': ['a/b'] }], { watch: 'a/b*' }, false],
    ['a watch whose prefix is wider than the rule', [{ '@events': ['a/*/end'] }], { watch: 'a/*/end' }, false],
    ['a watch of everything, by a whole power', ['@events'], { watch: '*' }, true],
  ])('%s', (_name, rules, wish, ok) => {
    expect(permission(rules, wish).ok).toBe(ok);
  });

  it('says which addressees are outside', () => {
    expect(permission([{ 'web*': ['test.*'] }], run('test.ping', 'web1', 'db1', 'db2'))).toEqual({
      ok: false,
      outside: ['db1', 'db2'],
    });
  });

  it('a tag that a watch is fed lies inside of what was allowed', () => {
    const part = fc.constantFrom('a', 'b', '/', '*', '?', '[ab]');
    const globs = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    const tags = fc.array(fc.constantFrom('a', 'b', '/'), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(globs, globs, tags, (wanted, allowed, tag) => {
        if (watchIsInside(wanted, allowed) && matchGlob(tag, wanted)) expect(matchGlob(tag, allowed)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('callers', () => {
  const ops = { arn: 'arn:aws:iam::111122223333:role/ops', session: 'arn:aws:sts::111122223333:assumed-role/ops/anna' };
  it.each<[string, boolean]>([
    ['arn:aws:iam::111122223333:role/ops', true],
    ['arn:aws:iam::111122223333:role/o*', true],
    ['arn:aws:iam::111122223333:role/team/path/ops', true],
    ['arn:aws:iam::999999999999:role/ops', false],
    ['arn:aws:iam::111122223333:role/ops2', false],
    ['arn:aws:sts::111122223333:assumed-role/ops/anna', true],
    ['arn:aws:sts::111122223333:assumed-role/ops/a*', true],
    ['arn:aws:sts::111122223333:assumed-role/ops/ben', false],
    ['*', true],
  ])('%s', (name, is) => {
    expect(isPrincipal(name, ops)).toBe(is);
  });

  it('a session counts as the user only where a rule names it behind its role', () => {
    expect(userOf({ [ops.arn]: [] }, ops)).toBe(ops.arn);
    expect(userOf({ [ops.session]: [] }, ops)).toBe(ops.session);
    expect(userOf(null, ops)).toBe(ops.arn);
  });
});

describe('brine.yaml', () => {
  it.each<[string, object, string]>([
    [
      'a session behind a glob',
      { operators: { 'arn:aws:sts::111122223333:assumed-role/o*/anna': ['*'] } },
      'chosen by its bearer',
    ],
    ['a session behind any account', { operators: { 'arn:aws:sts::*:assumed-role/ops/anna': ['*'] } }, 'chosen by its bearer'],
    ['a glob with a path', { operators: { 'arn:aws:iam::111122223333:role/team/*': ['*'] } }, 'no path of a role'],
    ['a bare name', { operators: { ops: ['*'] } }, 'expected arn:aws:iam'],
    ['a power that is not there', { operators: { '*': ['@run'] } }, 'a rule is a glob of functions, or one of @fire'],
    ['a target that is no glob of ids', { operators: { '*': [{ 'G@os:CentOS': ['*'] }] } }, 'a rule is for a glob of minion ids'],
    ['a power that is not there, in part', { operators: { '*': [{ '@run': ['*'] }] } }, 'a rule is for a glob of minion ids'],
    ['an administrator by glob', { administrators: ['arn:aws:iam::111122223333:role/*'] }, 'without a glob'],
    ['functions that are no list', { operators: { '*': [{ 'web*': 'test.ping' }] } }, 'settings.value'],
  ])('refuses %s', (_name, settings, says) => {
    let found: unknown;
    try {
      parseSettings(settings);
    } catch (error) {
      found = error;
    }
    expect(`${(found as { code?: string }).code} ${String(found)}`).toContain(says);
  });

  it('takes every form', () => {
    const operators = {
      'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0a': [
        'test.*',
        '@jobs',
        { 'web*': ['cmd.run'] },
      ],
      'arn:aws:sts::111122223333:assumed-role/ops/*@example.com': [{ '@fire': ['myco/*'] }],
      'arn:aws:iam::111122223333:user/ci': ['@events'],
    };
    expect(parseSettings({ operators }).operators).toEqual(operators);
  });
});

it.each([
  '{"action":"run","arg":"x"}',
  '{"action":"run","kwarg":[]}',
  '[]',
  '"run"',
  '{"action":"run","action":"fire"}',
  '{',
  '',
])('a request %j is refused where it is read', (text) => {
  expect(() => parseOperatorRequest(text)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^(input|json)\./) }));
});
