import { describe, expect, it } from 'vitest';
import { compileEventPattern } from '../../../core/reactor/event-pattern.ts';
import { wildcardComplexity } from '../../../core/reactor/event-wildcard.ts';

const matches = (pattern: object, event: unknown) => compileEventPattern(pattern).matches(event);

describe('operators', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['an exact text', 'a', 'a', true],
    ['an exact text is no beginning', 'a', 'ab', false],
    ['the number 5 is not the text 5', 5, '5', false],
    ['300 is 3.0e2', 300, 3.0e2, true],
    ['true', true, true, true],
    ['null', null, null, true],
    ['null is no empty text', null, '', false],
    ['prefix', { prefix: 'salt/' }, 'salt/x', true],
    ['prefix is case-sensitive', { prefix: 'salt/' }, 'Salt/x', false],
    ['an empty prefix takes every text', { prefix: '' }, 'x', true],
    ['an empty prefix takes no number', { prefix: '' }, 5, false],
    ['prefix with equals-ignore-case', { prefix: { 'equals-ignore-case': 'SALT/' } }, 'salt/x', true],
    ['suffix', { suffix: '/start' }, 'x/start', true],
    ['an empty suffix takes every text', { suffix: '' }, 'x', true],
    ['suffix with equals-ignore-case', { suffix: { 'equals-ignore-case': 'START' } }, 'x/start', true],
    ['equals-ignore-case', { 'equals-ignore-case': 'Web1' }, 'wEB1', true],
    ['equals-ignore-case is the whole text', { 'equals-ignore-case': 'Web1' }, 'web12', false],
    ['wildcard', { wildcard: 'salt/*/start' }, 'salt/a/b/start', true],
    ['a star may be empty', { wildcard: 'a*b' }, 'ab', true],
    ['a star takes a line feed', { wildcard: 'a*b' }, 'a\nb', true],
    ['pieces do not overlap', { wildcard: 'aba*aba' }, 'ababa', false],
    ['an escaped star is a star', { wildcard: 'a\\*b' }, 'a*b', true],
    ['an escaped star is nothing else', { wildcard: 'a\\*b' }, 'axb', false],
    ['an escaped backslash', { wildcard: 'a\\\\*' }, 'a\\x', true],
    ['a lone star', { wildcard: '*' }, '', true],
    ['an empty wildcard is the empty text', { wildcard: '' }, '', true],
    ['an empty wildcard is nothing else', { wildcard: '' }, 'x', false],
    ['numeric =', { numeric: ['=', 5] }, 5, true],
    ['numeric range', { numeric: ['>', 0, '<=', 5] }, 5, true],
    ['numeric range, open below', { numeric: ['>', 0, '<=', 5] }, 0, false],
    ['numeric takes no text', { numeric: ['=', 5] }, '5', false],
    ['cidr v4', { cidr: '10.0.0.0/24' }, '10.0.0.255', true],
    ['cidr v4 outside', { cidr: '10.0.0.0/24' }, '10.0.1.0', false],
    ['cidr v6', { cidr: '2001:db8::/32' }, '2001:db8:1::1', true],
    ['cidr takes no text that is no address', { cidr: '10.0.0.0/24' }, 'web1', false],
    ['exists takes the empty text', { exists: true }, '', true],
    ['exists takes null', { exists: true }, null, true],
    ['exists takes no object', { exists: true }, { a: 1 }, false],
    ['exists takes no empty array', { exists: true }, [], false],
    ['exists: false refuses a value', { exists: false }, 'x', false],
    ['anything-but', { 'anything-but': 'a' }, 'b', true],
    ['anything-but its value', { 'anything-but': 'a' }, 'a', false],
    ['anything-but a list', { 'anything-but': ['a', 'b'] }, 'b', false],
    ['anything-but numbers', { 'anything-but': [1, 2] }, 3, true],
    ['anything-but prefix', { 'anything-but': { prefix: 'a' } }, 'ab', false],
    ['anything-but prefixes', { 'anything-but': { prefix: ['a', 'b'] } }, 'c', true],
    ['anything-but suffix', { 'anything-but': { suffix: 'z' } }, 'az', false],
    ['anything-but equals-ignore-case', { 'anything-but': { 'equals-ignore-case': ['A'] } }, 'a', false],
    ['anything-but wildcard', { 'anything-but': { wildcard: 'a*c' } }, 'abc', false],
    ['anything-but wildcards', { 'anything-but': { wildcard: ['a*c', 'x*'] } }, 'b', true],
    ['an array of the event matches by any member', 'a', ['b', 'a'], true],
  ])('%s', (_name, item, value, expected) => {
    expect(matches({ x: [item] }, { x: value })).toBe(expected);
  });

  it('exists: false takes a missing field, anything-but does not', () => {
    expect(matches({ x: [{ exists: false }] }, { y: 1 })).toBe(true);
    expect(matches({ x: [{ 'anything-but': 'a' }] }, { y: 1 })).toBe(false);
  });

  it('fields are joined by and, values by or', () => {
    const pattern = { a: ['1', '2'], b: ['3'] };
    expect(matches(pattern, { a: '2', b: '3' })).toBe(true);
    expect(matches(pattern, { a: '2', b: '4' })).toBe(false);
    expect(matches(pattern, { a: '2' })).toBe(false);
  });

  it('two fields under one array match in the same element', () => {
    const pattern = { list: { a: ['1'], b: ['2'] } };
    expect(matches(pattern, { list: [{ a: '1', b: '2' }] })).toBe(true);
    expect(matches(pattern, { list: [{ a: '1' }, { b: '2' }] })).toBe(false);
  });

  it('a dotted key and nested objects are one path, in pattern and event', () => {
    expect(matches({ 'a.b': ['1'] }, { a: { b: '1' } })).toBe(true);
    expect(matches({ a: { b: ['1'] } }, { 'a.b': '1' })).toBe(true);
  });

  it('$or takes either branch, and the last writing of a field counts', () => {
    const pattern = { $or: [{ a: ['1'] }, { b: ['2'] }] };
    expect(matches(pattern, { b: '2' })).toBe(true);
    expect(matches(pattern, { a: '2', b: '1' })).toBe(false);
    expect(matches({ a: ['1'], $or: [{ a: ['2'] }, { b: ['3'] }] }, { a: '2' })).toBe(true);
  });

  it('$or with one branch or with an operator among its keys is a field of that name', () => {
    expect(matches({ $or: ['x'] }, { $or: 'x' })).toBe(true);
    expect(matches({ $or: [{ prefix: 'x' }, { suffix: 'y' }] }, { $or: 'xa' })).toBe(true);
  });
});

describe('refusals', () => {
  it.each<[string, unknown, RegExp]>([
    ['no array at a leaf', { a: 'x' }, /must be an object or an array/],
    ['an empty array', { a: [] }, /Empty arrays/],
    ['an empty object', { a: {} }, /Empty objects/],
    ['an empty pattern', {}, /empty/],
    ['text that is no object', 'x', /not an object/],
    ['wildcard with a list', { a: [{ wildcard: ['x'] }] }, /must be a string/],
    ['prefix with a list', { a: [{ prefix: ['x'] }] }, /must be a string/],
    ['two stars', { a: [{ wildcard: 'a**' }] }, /Consecutive wildcard characters at pos 1/],
    ['a backslash before a letter', { a: [{ wildcard: 'a\\b' }] }, /Invalid escape character at pos 1/],
    ['a backslash at the end', { a: [{ wildcard: 'ab\\' }] }, /Invalid escape character at pos 2/],
    ['an operator that does not exist', { a: [{ like: 'x' }] }, /Unrecognized match type like/],
    ['two operators in one', { a: [{ prefix: 'x', suffix: 'y' }] }, /Only one key/],
    ['exists with a text', { a: [{ exists: 'yes' }] }, /either true or false/],
    ['numeric without comparisons', { a: [{ numeric: [] }] }, /numeric/],
    ['numeric upside down', { a: [{ numeric: ['>', 5, '<', 1] }] }, /Bottom must be less than top/],
    ['a malformed cidr', { a: [{ cidr: '10.0.0.0/33' }] }, /CIDR/],
    ['anything-but nothing', { a: [{ 'anything-but': [] }] }, /may not be empty/],
    ['anything-but null', { a: [{ 'anything-but': [null] }] }, /null\|boolean/],
    ['anything-but true', { a: [{ 'anything-but': true }] }, /null\|boolean/],
    ['anything-but texts and numbers', { a: [{ 'anything-but': ['a', 1] }] }, /mixed type/],
  ])('%s', (_name, pattern, text) => {
    expect(() => compileEventPattern(pattern as object)).toThrow(text);
  });

  it('more than 1,000 alternatives of $or', () => {
    const or = (name: string) => ({ $or: Array.from({ length: 11 }, (_, i) => ({ [`${name}${i}`]: ['x'] })) });
    const pattern = { p: or('a'), q: or('b'), r: or('c') };
    expect(() => compileEventPattern(pattern)).toThrow(/too complex.*\$or/);
  });
});

describe('complexity', () => {
  const rule = (...wildcards: string[]) => compileEventPattern({ tag: wildcards.map((wildcard) => ({ wildcard })) });

  it.each<[string, number]>([
    ['test1*tag', 2],
    ['salt/minion/*/start', 2],
    ['plain', 0],
    ['salt/job/*/ret/*', 4],
    ['salt/beacon/*/inotify/*', 4],
    ['salt/job/*/prog/*/*', 6],
  ])('of %s is at least what event-ruler computes', (wildcard, score) => {
    expect(wildcardComplexity(wildcard)).toBeGreaterThanOrEqual(score);
  });

  it('counts bytes and not characters: two letters may begin with the same byte', () => {
    expect(wildcardComplexity('x*éê')).toBe(wildcardComplexity('x*abac'));
  });

  it('10 is taken, 11 refused in the words of AWS', () => {
    expect(rule(...Array.from({ length: 5 }, (_, i) => `p${i}*q`)).complexity).toBe(10);
    expect(() => rule(...Array.from({ length: 6 }, (_, i) => `p${i}*q`))).toThrow(/fewer wildcard characters/);
    expect(() => rule('*:*:*:*:*:event-bus/*')).toThrow(/too complex/);
  });

  // aws-facts 1.3: rules that AWS took, and rules that it refused.
  it.each([
    [['*:stack/A/*', '*:stack/B/*', '*:stack/C/*']],
    [['*/datasync/*.ext', '*/datasync/*.txt']],
    [['*.ext', '*.txt', '*.csv', '*.log']],
  ])('AWS takes %j', (wildcards) => {
    expect(rule(...wildcards).complexity).toBeLessThanOrEqual(10);
  });
  it.each([
    [['*:*:*:*:*:event-bus/*']],
    [['*:stack/A/*', '*:stack/B/*', '*:stack/C/*', '*:stack/D/*']],
    [['*/datasync/*.ext', '*/datasync/*.txt', '*/datasync/*.csv', '*/datasync/*.log']],
  ])('AWS refuses %j', (wildcards) => {
    expect(() => rule(...wildcards)).toThrow(/too complex/);
  });
});
