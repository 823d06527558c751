import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Dict, equal, type Value } from '../../../core/value.ts';
import { dumpYaml } from '../../../core/yaml/dump.ts';
import { parseYaml } from '../../../core/yaml/parse.ts';

/** Timestamps stay text and leading zeros fall for Salt alone, but both are quoted, so they come back as they were. */
const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab: -#\'"[]{},&*!|>%@`?=<~0123.eE+_\n\té') }),
  fc.constantFrom('yes', 'null', '010', '1e3', '2020-01-01', '1:30', '<<', '=', '---', '...', 'x '.repeat(80)),
);
const anyValue = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    anyText,
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(anyText, tie('value')), { maxLength: 4 }).map((entries) => Dict.from(entries) as Value),
  ),
})).value;

it('what is written is read back as it was, in either style', () => {
  fc.assert(
    fc.property(anyValue, fc.boolean(), (value, flow) => {
      expect(equal(parseYaml(dumpYaml(value, { flow })), value)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('sorts keys that have an order, and leaves others as they are', () => {
  const mixed = Dict.from([
    ['b', 1n],
    [2n, 2n],
  ]);
  expect(dumpYaml(Dict.of({ b: 1n, a: 2n }), { sortKeys: true, flow: true })).toBe('{a: 2, b: 1}\n');
  expect(dumpYaml(mixed, { sortKeys: true, flow: true })).toBe('{b: 1, 2: 2}\n');
});
