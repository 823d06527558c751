/** Arbitrary values of the value model, for properties. */
import fc from 'fast-check';
import { Bytes, Dict, hashKey, Tuple, type Value } from '../../core/value.ts';

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.bigInt(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('$tuple', '$x', '__proto__', 'constructor', '\u0000\uffff'),
    fc.array(tie('value')),
    fc.array(tie('value')).map((items) => new Tuple(items)),
    fc.uint8Array().map((bytes) => new Bytes(bytes)),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((pairs) => Dict.from(pairs.filter(([key]) => hashKey(key) !== undefined))),
  ),
}));

export const anyValue: fc.Arbitrary<Value> = value;
