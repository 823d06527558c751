import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BrineError } from '../../../core/errors.ts';
import type { ListNode, MapNode } from '../../../core/yaml/node.ts';
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

it.each(oracle.snippets)('$id: $feature is what it is to Salt', (snippet) => {
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

it.each([
  ['a:\n\tb: 1\n', 'x.sls:2:1: found a tab where YAML wants spaces (hint: indent with spaces)'],
  ['x:\n  local.cmd.run:\n    - tgt: *\n', "hint: quote what begins with *, for example tgt: '*'"],
  ['x:\n  - tgt: *web*\n', "x.sls:2:10: found undefined alias 'web*' (hint: quote it: '*web*')"],
  ['a: {{ x }}\n', 'hint: a template was not filled in, or quote the value that holds {{ … }}'],
  ['[a]: 1\n', 'x.sls:1:1: found unacceptable key: a list (hint: quote it)'],
  ['a: =\n', "x.sls:1:4: could not determine a constructor for '=' (hint: quote it: '=')"],
  ['a: !foo x\n', "x.sls:1:4: could not determine a constructor for the tag '!foo' (hint: quote the value)"],
  ['a: b: c\n', 'hint: quote the value that holds a colon and a space'],
  ['a: @b\n', 'hint: quote the value'],
  ['a: &x 1\nb: &x 2\n', "x.sls:2:4: found duplicate anchor 'x'"],
  ['a: 1\n---\nb: 2\n', 'expected a single document, found another'],
])('%j is refused with its place and what to do', (text, message) => {
  expect(() => parseYaml(text, { file: 'x.sls' })).toThrow(message);
});

it('keeps the columns of what it reads otherwise than it stands', () => {
  const text = 'a: [\n1,\n  2\n]\nb:\t"x\ny"\nc: 1\nc: 2\n';
  expect(() => parseYaml(text, { file: 'x.sls' })).toThrow("x.sls:8:1: found conflicting ID 'c'; see x.sls:7:1");
  const tree = parseYamlTree(text.replace('c: 2\n', '')) as MapNode;
  const list = tree.entries[0]?.[1] as ListNode;
  expect(list.items.map((item) => item.where)).toEqual([
    { line: 2, col: 1 },
    { line: 3, col: 3 },
  ]);
});

it('names both places of a key that stands twice', () => {
  expect(() => parseYaml('a: 1\nb: 2\na: 3\n', { file: 'x.sls' })).toThrow("x.sls:3:1: found conflicting ID 'a'; see x.sls:1:1");
});

it.each([
  [
    'a:\n  f:\n    - x: 1\n   - y: 2\n',
    "x.sls:4:4: bad indentation of a mapping entry: found '- y: 2' (hint: begin it in column 5, as line 3 does)",
  ],
  [
    'a:\n  f:\n    - x\n b: 2\n',
    "x.sls:4:2: bad indentation of a mapping entry: found 'b: 2' (hint: begin it in column 3, as line 2 does)",
  ],
])('says where a line that stands beside no other belongs: %j', (text, message) => {
  expect(() => parseYaml(text, { file: 'x.sls' })).toThrow(message);
});

it("says what the tutorial's printed reactor.conf wants", () => {
  const printed = "reactor:\n  - 'testtag':\n    - /srv/reactor/start.sls\n  - 'test1*tag':\n- /srv/reactor/monitor.sls\n";
  expect(() => parseYaml(printed, { file: 'reactor.conf' })).toThrow(
    "reactor.conf:5:1: expected the end of the list under 'reactor', found '- /srv/reactor/monitor.sls' (hint: indent it under 'test1*tag')",
  );
});
