/** What the parameters of functions take; each schema gives the value in the form that its function reads. */
import * as v from 'valibot';
import { parseWord } from '../../core/args.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';

type Schema = v.GenericSchema<unknown, Value>;

const scalar = (value: unknown): value is string | boolean | bigint | number =>
  typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number';

/** Text; numbers and booleans as Python prints them. */
export const text: Schema = v.pipe(
  v.unknown(),
  v.check(scalar, 'expected text'),
  v.transform((value) => pyStr(value as Value)),
);

/** Salt's functions take it and Brine's do nothing with it: whoever gives it must not believe otherwise. */
export const nothing: Schema = v.null('Brine does not have this option: expected None');

export const never: Schema = v.literal(false, 'Brine does not have this option: expected False');

/** A whole number, also as text. */
export const whole: Schema = v.pipe(
  v.unknown(),
  v.check((value) => scalar(value) && /^\s*[+-]?\d+\s*$/.test(String(value)), 'expected a whole number'),
  v.transform((value) => BigInt(String(value).trim())),
);

/** A number that is not negative, also as text. */
export const seconds: Schema = v.pipe(
  v.unknown(),
  v.check(
    (value) => scalar(value) && typeof value !== 'boolean' && String(value).trim() !== '' && Number(value) >= 0,
    'expected a number of seconds',
  ),
  v.transform((value) => (typeof value === 'bigint' ? value : Number(value))),
);

/** A number, also as text. */
export const number: Schema = v.pipe(
  v.unknown(),
  v.check(
    (value) =>
      typeof value !== 'boolean' && scalar(value) && String(value).trim() !== '' && Number.isFinite(Number(String(value))),
    'expected a number',
  ),
  v.transform((value) => (typeof value === 'bigint' ? value : Number(value))),
);

export const flag: Schema = v.pipe(
  v.unknown(),
  v.check(
    (value) => value === null || typeof value === 'boolean' || /^(true|false|yes|no|on|off|[01])$/i.test(String(value)),
    'expected True or False',
  ),
  v.transform((value) => (typeof value === 'boolean' ? value : /^(true|yes|on|1)$/i.test(String(value)))),
);

export const mapping: Schema = v.pipe(
  v.unknown(),
  v.transform((value) => (typeof value === 'string' ? parseWord(value) : value)),
  v.check((value) => value instanceof Dict, 'expected a mapping'),
  v.transform((value) => value as Dict),
);

/** A list; text is one between commas. */
export const list: Schema = v.pipe(
  v.unknown(),
  v.check((value) => Array.isArray(value) || scalar(value), 'expected a list'),
  v.transform((value): Value => {
    if (Array.isArray(value)) return value as Value[];
    return typeof value === 'string' ? value.split(',').map((item) => item.trim()) : [value as Value];
  }),
);

/** A list of words or one text. */
export const words: Schema = v.pipe(
  v.unknown(),
  v.check((value) => scalar(value) || (Array.isArray(value) && value.every(scalar)), 'expected text or a list of words'),
  v.transform((value): Value => (Array.isArray(value) ? value.map((word) => pyStr(word as Value)) : pyStr(value as Value))),
);
