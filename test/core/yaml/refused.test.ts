import { expect, it } from 'vitest';
import { parseYaml } from '../../../core/yaml/parse.ts';

it.each([
  ['a set', 'a: !!set {b, c}', 'yaml.tag', 4],
  ['pairs', 'a: !!pairs [b: 1, b: 2]', 'yaml.tag', 4],
  ['a list that holds itself', 'a: &x [1, *x]', 'yaml.syntax', 11],
  ['a mapping that holds itself', '&a {k: *a}', 'yaml.syntax', 8],
])('%s is refused with its place: no job can carry it', (_name, text, code, col) => {
  expect(() => parseYaml(text)).toThrow(expect.objectContaining({ code, where: { line: 1, col } }));
});
