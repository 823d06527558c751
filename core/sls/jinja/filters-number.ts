/** Filters that make and round numbers. */
import { absolute } from '../../python/arithmetic.ts';
import { fixed } from '../../python/decimal.ts';
import { PythonError, valueError } from '../../python/error.ts';
import { round, toFloatValue, toInt } from '../../python/number.ts';
import type { Value } from '../../value.ts';
import { type Filter, pure } from './filter.ts';
import { truthy } from './operate.ts';
import { arg, integer } from './parameters.ts';
import { plain, toText } from './text.ts';
import { Lax } from './undefined.ts';
import { OperationError, python } from './values.ts';

/** The first that works; Python's ValueError, TypeError and OverflowError go on to the next. */
function firstOf(ways: readonly (() => Value)[]): Value {
  for (const way of ways.slice(0, -1)) {
    try {
      return way();
    } catch (error) {
      if (!(error instanceof PythonError)) throw error;
    }
  }
  return (ways.at(-1) as () => Value)();
}

/** What an inline `if` leaves is no number either. */
function there(of: Value): Value {
  const any = of as unknown;
  if (any instanceof Lax) throw new OperationError(any.message, any.code);
  return of;
}

function toWhole(of: Value, standard: Value, base: number): Value {
  const read = () => {
    if (base !== 0 && (base < 2 || base > 36)) throw valueError('int() base must be >= 2 and <= 36, or 0');
    return typeof of === 'string' ? toInt(of, base) : toInt(of);
  };
  return firstOf([read, () => toInt(toFloatValue(of)), () => standard]);
}

function rounded(of: Value, digits: number, method: string): Value {
  if (method === 'common') return python(() => round(of, BigInt(digits)));
  if (typeof of === 'string') throw new OperationError('must be real number, not str');
  const value = python(() => toFloatValue(of));
  const scaled = value * 10 ** digits;
  // A whole number in between: there is no minus before its zero.
  return ((method === 'ceil' ? Math.ceil(scaled) : Math.floor(scaled)) + 0) / 10 ** digits;
}

function fileSize(of: Value, binary: boolean): string {
  const bytes = python(() => toFloatValue(of));
  const base = binary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const names = [...'KMGTPEZY'].map((letter) => (binary ? `${letter}iB` : `${letter === 'K' ? 'k' : letter}B`));
  const units = names.map((name, i) => ({ name, unit: BigInt(base) ** BigInt(i + 2) }));
  const { name, unit } = units.find((one) => bytes < one.unit) ?? (units.at(-1) as (typeof units)[0]);
  return `${fixed((base * bytes) / Number(unit), 1)} ${name}`;
}

export const numberFilters: Readonly<Record<string, Filter>> = {
  int: pure((of, call) => toWhole(there(of), arg(call, 0, 'default', 0n), integer(arg(call, 1, 'base', 10n)))),
  float: pure((of, call) => firstOf([() => toFloatValue(there(of)), () => arg(call, 0, 'default', 0)])),
  abs: pure((of) => python(() => absolute(of))),
  round: pure((of, call) => {
    const method = plain(toText(arg(call, 1, 'method', 'common')));
    if (!['common', 'ceil', 'floor'].includes(method))
      throw new OperationError('method must be common, ceil or floor', 'jinja.value');
    return rounded(of, integer(arg(call, 0, 'precision', 0n)), method);
  }),
  filesizeformat: pure((of, call) => fileSize(of, truthy(arg(call, 0, 'binary', false)))),
};
