/** nunjucks as the front end of Salt's templates: how often it reads the right tree, another one without a word, or none at all. Why ours is our own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import nunjucks from 'nunjucks';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../core/sls/jinja/parser.ts';
import { nunjucksTree, ownTree } from '../../support/template-trees.ts';

type Outcome = 'right' | 'wrong in silence' | 'refused';

function outcomeOf(template: string): Outcome | null {
  let own: string;
  try {
    own = JSON.stringify(ownTree(parseTemplate(template, 'a.sls')));
  } catch {
    return null; // not valid to Jinja either
  }
  try {
    // Jinja drops the last newline of a template; that is not what is asked here.
    return JSON.stringify(nunjucksTree(nunjucks.parser.parse(template.replace(/\n$/, '')))) === own
      ? 'right'
      : 'wrong in silence';
  } catch {
    return 'refused';
  }
}

const templates = ['jinja.json', 'filters.json'].flatMap((name) => {
  const { snippets } = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/oracle', name), 'utf8'));
  return (snippets as { template: string; options?: object }[]).filter(({ options }) => !options).map(({ template }) => template);
});

describe('nunjucks 3.2.4 on every template of the oracle', () => {
  it('reads most of them, some into another tree without a word, and refuses the rest', () => {
    const counts: Record<Outcome, number> = { right: 0, 'wrong in silence': 0, refused: 0 };
    for (const template of templates) {
      const outcome = outcomeOf(template);
      if (outcome) counts[outcome] += 1;
    }
    const valid = Object.values(counts).reduce((sum, count) => sum + count);
    console.log(
      `of ${valid} valid templates nunjucks reads ${counts.right} right, ${counts['wrong in silence']} wrong in silence, and refuses ${counts.refused}`,
    );
    expect(valid).toBeGreaterThan(550);
    expect(counts.right).toBeGreaterThan(450);
    expect(counts['wrong in silence']).toBeGreaterThan(10);
    expect(counts.refused).toBeGreaterThan(40);
  });

  it.each<[string, Outcome]>([
    ['{{ data.id }}', 'right'],
    ["{{ data['id'] | default('x') }}", 'right'],
    ['{% if a %}x{% elif b %}y{% else %}z{% endif %}', 'right'],
    ['{% for a, b in c.items() %}{{ a }}{% else %}-{% endfor %}', 'right'],
    ['{{ a ~ b ~ c }}', 'right'],
    // a float is not an int, a jid keeps its digits
    ['{{ 1.0 }}', 'wrong in silence'],
    ['{{ 20261122150200123456 }}', 'wrong in silence'],
    ["{{ 'a\\x41' }}", 'wrong in silence'],
    ['{% for x in y if x %}{{ x }}{% endfor %}', 'wrong in silence'],
    ["{{ {'a': {'b': 1}} }}", 'refused'],
    ['{% do a.append(1) %}', 'refused'],
    ['{{ (1,) }}', 'refused'],
  ])('%s: %s', (template, outcome) => {
    expect(outcomeOf(template)).toBe(outcome);
  });
});
