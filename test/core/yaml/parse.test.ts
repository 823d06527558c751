import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BrineError } from '../../../core/errors.ts';
import { parseYaml, parseYamlTree } from '../../../core/yaml/parse.ts';
import { yaml } from '../../support/oracle.ts';

interface Snippet {
  id: string;
  feature: string;
  yaml: string;
  salt: { value?: unknown; error?: string };
  salt3008?: { value?: unknown; error?: string };
}
const oracle: { snippets: Snippet[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/oracle/yaml.json'), 'utf8'),
);

/** Values that Brine has no form for: refused, with the place. */
const REFUSED = ['tag-set', 'self'];

it.each(oracle.snippets.filter(({ id }) => REFUSED.includes(id)))('$id: $feature is refused', (snippet) => {
  expect(() => yaml(snippet.yaml)).toThrow(/^line 1:/);
});

it.each(oracle.snippets.filter(({ id }) => !REFUSED.includes(id)))('$id: $feature is what it is to Salt', (snippet) => {
  const wanted = snippet.salt3008 ?? snippet.salt;
  if ('error' in wanted) expect(() => yaml(snippet.yaml)).toThrow(BrineError);
  else expect(yaml(snippet.yaml)).toEqual(wanted.value);
});

it('gives a tree or a located error for any text, and nothing else', () => {
  const yamlish = fc.stringMatching(/^[-a-z0-9:'"[\]{}|>&*!%@#,. \n\t~<]*$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), yamlish), (text) => {
      try {
        parseYamlTree(text, { file: 'x.sls' });
      } catch (error) {
        expect(error).toBeInstanceOf(BrineError);
        expect((error as BrineError).where?.line).toBeGreaterThan(0);
      }
    }),
    { numRuns: 400 },
  );
});

it('names both places of a key that stands twice', () => {
  expect(() => parseYaml('a: 1\nb: 2\na: 3\n', { file: 'x.sls' })).toThrow("x.sls:3:1: found conflicting ID 'a'; see x.sls:1:1");
});

it("says what the tutorial's printed reactor.conf wants", () => {
  const printed = "reactor:\n  - 'testtag':\n    - /srv/reactor/start.sls\n  - 'test1*tag':\n- /srv/reactor/monitor.sls\n";
  expect(() => parseYaml(printed, { file: 'reactor.conf' })).toThrow(
    "reactor.conf:5:1: expected the end of the list under 'reactor', found '- /srv/reactor/monitor.sls' (hint: indent it under 'test1*tag')",
  );
});
