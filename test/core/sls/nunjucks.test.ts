/** nunjucks as the front end of Salt's templates: how often it reads the right tree, another one without a word, or none at all. Why ours is our own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import nunjucks from 'nunjucks';
import { describe, expect, it } from 'vitest';
import { DEFAULTS, type LexOptions } from '../../../core/sls/jinja/lexer.ts';
import { parseTemplate } from '../../../core/sls/jinja/parser.ts';
import { nunjucksTree, ownTree, type Tree } from '../../support/template-trees.ts';

type Outcome = 'right' | 'wrong in silence' | 'refused';
interface Answer {
  readonly outcome: Outcome;
  /** Wrong in nothing but the kind of a number (1.0 as 1), or refused for a tag that an extension could bring. */
  readonly mild?: boolean;
}

function answerTo(template: string, options: Partial<LexOptions> = {}): Answer | null {
  let own: Tree;
  try {
    own = ownTree(parseTemplate(template, 'a.sls', { ...DEFAULTS, ...options }));
  } catch {
    return null; // not valid to Jinja either
  }
  try {
    // Jinja drops the last newline of a template; that is not what is asked here.
    const same = { trimBlocks: options.trim_blocks === true, lstripBlocks: options.lstrip_blocks === true };
    const theirs = nunjucksTree(parse(template.replace(/\n$/, ''), undefined, same));
    if (JSON.stringify(theirs) === JSON.stringify(own)) return { outcome: 'right' };
    return { outcome: 'wrong in silence', mild: alike(theirs) === alike(own) };
  } catch (error) {
    return { outcome: 'refused', mild: TAGS.test((error as Error).message) };
  }
}

/** Its types leave two parameters out. */
const parse = nunjucks.parser.parse as unknown as (source: string, extensions: undefined, options: object) => unknown;

/** Tags of Jinja's extensions and of Salt's. */
const TAGS = /unknown block tag: (do|with|break|continue|autoescape|profile|(load|import)_(yaml|json|text))\b/;

/** One text for trees that differ in the kind of a number alone. */
function alike(tree: Tree): string {
  return JSON.stringify(tree).replaceAll('["float",', '["int",');
}

const outcomeOf = (template: string): Outcome | undefined => answerTo(template)?.outcome;

const templates = ['jinja.json', 'filters.json'].flatMap((name) => {
  const { snippets } = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/oracle', name), 'utf8'));
  return snippets as { template: string; options?: Partial<LexOptions> }[];
});

describe('nunjucks 3.2.4 on every template of the oracle', () => {
  it('reads most of them, some into another tree without a word, and refuses the rest', () => {
    const answers = templates.flatMap(({ template, options }) => answerTo(template, options) ?? []);
    const count = (outcome: Outcome, mild = false) =>
      answers.filter((one) => one.outcome === outcome && (!mild || one.mild)).length;
    const [wrong, refused] = [count('wrong in silence'), count('refused')];
    const [kinds, tags] = [count('wrong in silence', true), count('refused', true)];
    console.log(
      `of ${templates.length} templates ${answers.length} are valid; nunjucks reads ${count('right')} right, ${wrong} wrong in silence ` +
        `(${kinds} of them in the kind of a number alone), and refuses ${refused} (${tags} of them for a tag that an extension could bring)`,
    );
    // Jinja's own parser takes two more, which its compiler refuses: `break` outside of a loop, and a block that stands twice.
    expect([templates.length, answers.length]).toEqual([641, 612]);
    expect(count('right')).toBeGreaterThan(450);
    expect(wrong - kinds).toBeGreaterThan(10);
    expect(refused - tags).toBeGreaterThan(40);
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
