import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BrineError } from '../../../core/errors.ts';
import { Bytes, Dict, Tuple, type Value } from '../../../core/value.ts';
import { dumpYaml } from '../../../core/yaml/dump.ts';
import { parseYaml } from '../../../core/yaml/parse.ts';
import { typed } from '../../support/oracle.ts';

interface Load {
  readonly yaml: string;
  readonly value?: unknown;
  readonly error?: string;
  readonly line?: number;
}

interface Dump {
  readonly value: unknown;
  readonly flow: boolean;
  readonly unicode: boolean;
  readonly yaml: string;
}

const { loads, dumps } = JSON.parse(
  readFileSync(process.env.BRINE_YAML_CASES ?? new URL('../../fixtures/yaml/cases.json', import.meta.url), 'utf8'),
) as { loads: Load[]; dumps: Dump[] };

it(`reads as PyYAML does under Salt's rules, for all of ${loads.length} documents`, () => {
  const wrong = loads.flatMap((one) => {
    const got = JSON.stringify(read(one.yaml));
    const wanted = JSON.stringify(one.error !== undefined ? 'refused' : one.value);
    return got === wanted ? [] : [`${JSON.stringify(one)} gave ${got}`];
  });
  expect(wrong.slice(0, 60)).toEqual([]);
});

it(`writes as PyYAML's safe_dump does, for all of ${dumps.length} values`, () => {
  const wrong = dumps.flatMap(({ value, flow, unicode, yaml }) => {
    const got = dumpYaml(untyped(value), { flow, unicode });
    return got === yaml
      ? []
      : [`${JSON.stringify({ value, flow, unicode })}: wanted ${JSON.stringify(yaml)}, got ${JSON.stringify(got)}`];
  });
  expect(wrong.slice(0, 60)).toEqual([]);
});

function read(text: string): unknown {
  try {
    return hexed(typed(parseYaml(text)));
  } catch (error) {
    if (error instanceof BrineError) return 'refused';
    throw new Error(JSON.stringify(text), { cause: error });
  }
}

/** The oracle's adapter writes bytes as text; here they are hexadecimal. */
function hexed(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(hexed);
  if (typeof data !== 'object' || data === null) return data;
  const { t, v } = data as { t: string; v: unknown };
  if (t === 'bytes') return { t, v: Buffer.from(v as string, 'utf8').toString('hex') };
  return { t, v: t === 'map' ? (v as unknown[]).map(hexed) : v };
}

function untyped(data: unknown): Value {
  if (data === null || typeof data === 'string' || typeof data === 'boolean') return data;
  if (Array.isArray(data)) return data.map(untyped);
  const { t, v } = data as { t: string; v: never };
  switch (t) {
    case 'int':
      return BigInt(v);
    case 'float':
      return Number(String(v).replace('inf', 'Infinity'));
    case 'bytes':
      return new Bytes(new Uint8Array(Buffer.from(v, 'hex')));
    case 'tuple':
      return new Tuple((v as unknown[]).map(untyped));
    default:
      return Dict.from((v as [unknown, unknown][]).map(([key, item]) => [untyped(key), untyped(item)] as const));
  }
}
