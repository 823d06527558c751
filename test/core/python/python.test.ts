import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BinaryOperator, binary } from '../../../core/python/arithmetic.ts';
import { contains, length, type OrderOperator, ordered } from '../../../core/python/compare.ts';
import { PythonError } from '../../../core/python/error.ts';
import { formatValue } from '../../../core/python/format-spec.ts';
import { dumpJson } from '../../../core/python/json.ts';
import { callMethod } from '../../../core/python/methods.ts';
import { round, toFloatValue, toInt } from '../../../core/python/number.ts';
import { formatPercent } from '../../../core/python/percent.ts';
import { pyRepr } from '../../../core/python/print.ts';
import { sliceOf } from '../../../core/python/slice.ts';
import { formatText } from '../../../core/python/str-format.ts';
import type { DictView } from '../../../core/python/view.ts';
import { Bytes, Dict, equal, Tuple, type Value } from '../../../core/value.ts';

interface Case {
  readonly [key: string]: unknown;
  readonly result?: string;
  readonly error?: string;
  readonly message?: string;
}

const { cases } = JSON.parse(
  readFileSync(process.env.BRINE_PYTHON_CASES ?? new URL('../../fixtures/python/cases.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

describe('what Python itself answered', () => {
  it(`holds for all of ${cases.length} expressions`, () => {
    const wrong = cases.flatMap((one) => {
      const got = answer(one);
      const wanted = one.error ?? one.result;
      return got === wanted ? [] : [`${JSON.stringify(one)} gave ${got}`];
    });
    expect(wrong.slice(0, 25)).toEqual([]);
  });

  it('has the words of Python’s own errors in nearly all cases', () => {
    const failing = cases.filter((one) => one.error !== undefined);
    const same = failing.filter((one) => message(one) === one.message);
    expect(same.length / failing.length).toBeGreaterThan(0.9);
  });
});

function answer(one: Case): string {
  try {
    return pyRepr(run(one));
  } catch (error) {
    if (error instanceof PythonError) return error.type;
    throw new Error(`${JSON.stringify(one)}: ${error}`, { cause: error });
  }
}

function message(one: Case): string {
  try {
    run(one);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

function run(one: Case): Value | DictView {
  const value = read(one.value);
  if ('method' in one) return callMethod(read(one.self), one.method as string, readAll(one.args));
  if ('op' in one) return operate(one.op as string, read(one.left), read(one.right));
  if ('format' in one) return formatValue(value, one.format as string);
  if ('percent' in one) return formatPercent(one.percent as string, value);
  if ('strformat' in one) return formatText(one.strformat as string, readAll(one.args), read(one.kwargs) as Dict);
  if ('slice' in one) {
    const [from, to, step] = readAll(one.slice) as [Value, Value, Value];
    return sliceOf(value, { from, to, step });
  }
  if ('int' in one) return toInt(value, one.int === null ? undefined : Number(read(one.int)));
  if ('float' in one) return toFloatValue(value);
  if ('round' in one) return round(value, read(one.round));
  if ('json' in one) {
    const { ensure_ascii, sort_keys, indent } = one.json as { ensure_ascii?: boolean; sort_keys?: boolean; indent?: number };
    return dumpJson(value, {
      ensureAscii: ensure_ascii ?? true,
      sortKeys: sort_keys ?? false,
      ...(indent !== undefined && { indent }),
    });
  }
  if ('len' in one) return BigInt(length(value));
  return pyRepr(value);
}

function operate(op: string, left: Value, right: Value): Value {
  if (op === '==') return equal(left, right);
  if (op === 'in') return contains(right, left);
  return /^[<>]/.test(op) ? ordered(op as OrderOperator, left, right) : binary(op as BinaryOperator, left, right);
}

const readAll = (data: unknown): Value[] => (data as unknown[]).map(read);

/** Values as make.py writes them. */
function read(data: unknown): Value {
  if (data === null || data === undefined) return null;
  if (typeof data === 'string' || typeof data === 'boolean') return data;
  if (Array.isArray(data)) return data.map(read);
  const [[kind, inner]] = Object.entries(data) as [[string, never]];
  switch (kind) {
    case '$int':
      return BigInt(inner);
    case '$float':
      return Number(String(inner).replace('inf', 'Infinity'));
    case '$tuple':
      return new Tuple(readAll(inner));
    case '$bytes':
      return new Bytes(new Uint8Array(Buffer.from(inner, 'hex')));
    default:
      return Dict.from((inner as [unknown, unknown][]).map(([key, value]) => [read(key), read(value)] as const));
  }
}
