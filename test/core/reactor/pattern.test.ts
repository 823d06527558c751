import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchGlob } from '../../../core/glob.ts';
import { compileEventPattern } from '../../../core/reactor/event-pattern.ts';
import { costOfRules } from '../../../core/reactor/false-starts.ts';
import { compileRules, translateGlob } from '../../../core/reactor/pattern.ts';
import type { ReactorEntry } from '../../../core/reactor/reactions.ts';

const SOURCES = { source: ['brine.minion', 'brine.platform', 'brine.operator'] };
const entriesOf = (globs: readonly string[]): ReactorEntry[] =>
  globs.map((glob, index) => ({ index, glob, paths: [], where: {} }));

const piece = fc.constantFrom(
  '*',
  '?',
  '[ab]',
  '[!a]',
  '[z-a]',
  '[',
  ']',
  '\\',
  '\\*',
  '[*]',
  'a',
  'b',
  'ab',
  '/',
  'é',
  'ê',
  '\n',
  '🧂',
  '"',
);
const glob = fc.array(piece, { maxLength: 7 }).map((parts) => parts.join(''));
const tag = fc
  .array(fc.constantFrom('a', 'b', 'ab', '/', '*', '[', ']', '\\', 'é', 'ê', '\n', '🧂', '?', '"'), { maxLength: 7 })
  .map((parts) => parts.join(''));

/** As the bus would see it: where a quota is spent the pattern is wider, and exact no more. */
function patternOf(text: string) {
  const { rules, widenings } = compileRules(entriesOf([text]), {});
  const patterns = rules.map(({ pattern }) => compileEventPattern(pattern));
  const matches = (found: string) => patterns.some((pattern) => pattern.matches({ detail: { tag: found } }));
  return { exact: translateGlob(text).exact && widenings.length === 0, matches };
}

describe('one glob', () => {
  it('is never narrower than itself, and exact where it says so: 100,000 pairs', { timeout: 120_000 }, () => {
    const seen = { pairs: 0, matched: 0, exact: 0 };
    fc.assert(
      fc.property(glob, fc.array(tag, { minLength: 40, maxLength: 40 }), (text, tags) => {
        const pattern = patternOf(text);
        for (const found of [...tags, text, text.replaceAll('*', 'ab').replaceAll('?', 'é')].slice(-40)) {
          const wanted = matchGlob(found, text);
          seen.pairs += 1;
          seen.matched += Number(wanted);
          seen.exact += Number(pattern.exact);
          if (wanted) expect(pattern.matches(found)).toBe(true);
          else if (pattern.exact) expect(pattern.matches(found)).toBe(false);
        }
      }),
      { numRuns: 2500 },
    );
    // It would say nothing if hardly anything matched.
    expect(seen.pairs).toBe(100_000);
    expect(seen.matched).toBeGreaterThan(5000);
    expect(seen.exact).toBeGreaterThan(20_000);
  });

  it.each<[string, unknown[], boolean]>([
    ['salt/auth', ['salt/auth'], true],
    ['salt/*', [{ prefix: 'salt/' }], true],
    ['*/start', [{ suffix: '/start' }], true],
    ['*', [{ exists: true }], true],
    ['a**c', [{ wildcard: 'a*c' }], true],
    ['web[12]/up', ['web1/up', 'web2/up'], true],
    ['a[*]b*c', [{ wildcard: 'a*b*c' }], false],
    ['a\\b*c', [{ wildcard: 'a\\\\b*c' }], true],
    ['a?b', [{ wildcard: 'a*b' }], false],
    ['[z-a]', [], true],
    ['[a', ['[a'], true],
  ])('%s', (text, values, exact) => {
    expect(translateGlob(text)).toEqual({ values, exact });
  });
});

describe('all entries', () => {
  function holds(globs: readonly string[], tags: readonly string[]) {
    const { rules, widenings } = compileRules(entriesOf(globs), SOURCES);
    const patterns = rules.map(({ pattern }) => compileEventPattern(pattern));
    expect(patterns.filter((pattern) => pattern.hasWildcard).length).toBeLessThanOrEqual(30);
    expect(rules.length).toBeLessThanOrEqual(290);
    for (const [i, rule] of rules.entries()) {
      expect(patterns[i]?.complexity).toBeLessThanOrEqual(10);
      expect(JSON.stringify(rule.pattern).length).toBeLessThanOrEqual(2048);
    }
    for (const found of tags) {
      const event = { source: 'brine.minion', detail: { tag: ['other', found] } };
      const hits = patterns.map((pattern) => pattern.matches(event));
      for (const [i, text] of globs.entries()) {
        if (!matchGlob(found, text)) continue;
        expect(rules.some((rule, r) => hits[r] && rule.entries.includes(i))).toBe(true);
      }
    }
    return { rules, widenings };
  }

  it('stay within every quota and lose no tag, whatever the globs are', () => {
    fc.assert(
      fc.property(fc.array(glob, { minLength: 1, maxLength: 60 }), fc.array(tag, { maxLength: 10 }), (globs, tags) => {
        holds(globs, tags);
      }),
      { numRuns: 200 },
    );
  });

  it('give way to their literal beginnings when the wildcards of a bus are spent, and say so for every entry', () => {
    const globs = Array.from({ length: 200 }, (_, i) => `site${i}/*/up/*/x`);
    const { widenings } = holds([...globs, globs[0] as string], ['site0/a/up/b/x', 'site199/a/up/b/x', 'site7//up//x']);
    expect(widenings.length).toBeGreaterThan(0);
    expect(widenings.every(({ to, why }) => typeof to === 'object' && 'prefix' in to && /wildcards/.test(why))).toBe(true);
  });

  it('end in one rule for everything when there are more values than rules hold', () => {
    const globs = Array.from({ length: 800 }, (_, i) => `${i}${'x'.repeat(900)}`);
    const { rules, widenings } = holds(globs, [globs[0] as string, globs[799] as string]);
    expect(rules.length).toBe(1);
    expect(rules[0]?.entries.length).toBe(800);
    expect(widenings.length).toBe(800);
  });

  it('a text that no pattern holds is widened to its beginning, with backslashes and stars as they are', () => {
    const text = `a\\b[*]${'🧂'.repeat(2000)}`;
    const { widenings } = holds([text, `${'x'.repeat(3000)}`], [text.replace('[*]', '*'), 'x'.repeat(3000)]);
    expect(widenings.map(({ entry }) => entry)).toEqual([0, 1]);
  });

  it('one wildcard too complex for a rule is widened at once', () => {
    const { widenings } = holds(['a/*/*:*:*:*:*:event-bus/*'], ['a/1/2:3:4:5:6:event-bus/x']);
    expect(widenings[0]?.to).toEqual({ prefix: 'a/' });
  });
});

describe('the cost of widening', () => {
  it('is the share of a recording that starts the function for nothing', () => {
    const cost = costOfRules({ entries: entriesOf(['web?/up/*', 'salt/auth']) }, SOURCES, [
      'web1/up/x',
      'web22/up/x',
      'salt/auth',
      'other',
    ]);
    expect(cost).toMatchObject({ events: 4, wanted: 2, falseStarts: 0.25 });
    expect(cost.widenings).toMatchObject([{ entry: 0, to: { wildcard: 'web*/up/*' }, falseStarts: 0.25 }]);
  });

  it('is nothing where nothing was widened or no event was given', () => {
    expect(costOfRules({ entries: entriesOf(['salt/*']) }, SOURCES, ['x']).falseStarts).toBe(0);
    expect(costOfRules({ entries: entriesOf(['a?']) }, SOURCES, []).falseStarts).toBe(0);
  });
});
