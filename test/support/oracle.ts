/** The adapter through which the oracles ask Brine; `test/fixtures/oracle` holds what Python and Salt answered. */

import { matchGlob } from '../../core/glob.ts';
import type { Target, TargetType } from '../../core/job/job.ts';
import { pyRepr } from '../../core/python/print.ts';
import { Evaluator, joined } from '../../core/sls/jinja/evaluate.ts';
import { plain } from '../../core/sls/jinja/text.ts';
import { matchTarget } from '../../core/target/match.ts';
import { Bytes, Dict, fromPlain, Tuple, type Value } from '../../core/value.ts';
import { parseYaml } from '../../core/yaml/parse.ts';

export type Typed = null | boolean | string | Typed[] | { readonly t: string; readonly v: unknown };

/** Text → the value as the oracle writes it; throws a located error. */
export function yaml(text: string): Typed {
  return typed(parseYaml(text));
}

export function typed(value: Value): Typed {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return { t: 'int', v: String(value) };
  if (typeof value === 'number') return { t: 'float', v: pyRepr(value) };
  if (Array.isArray(value)) return value.map(typed);
  if (value instanceof Tuple) return { t: 'tuple', v: value.items.map(typed) };
  if (value instanceof Bytes) return { t: 'bytes', v: Buffer.from(value.bytes).toString('utf8') };
  return { t: 'map', v: [...(value as Dict)].map(([key, item]) => [typed(key), typed(item)]) };
}

export function fnmatch(tag: string, glob: string): boolean {
  return matchGlob(tag, glob);
}

/** Does the target of this type mean the minion? */
export function match(
  tgtType: string,
  tgt: unknown,
  minion: { id: string; grains: object; pillar: object; nodegroups?: object },
): boolean {
  if (typeof tgt === 'object' && tgt !== null && !Array.isArray(tgt)) return match(tgtType, Object.keys(tgt), minion);
  const list = Array.isArray(tgt);
  const target: Target = {
    tgt_type: tgtType as TargetType,
    tgt: list ? tgt.map(String) : String(tgt),
    literal: list ? tgt.map(() => []) : [[]],
    delimiter: ':',
  };
  const dict = (plain: object) => fromOracle(plain) as Dict;
  const found = { id: minion.id, grains: dict(minion.grains), pillar: dict(minion.pillar) };
  return matchTarget(target, found, { nodegroups: (minion.nodegroups ?? {}) as Record<string, unknown> }) === true;
}

/** Values as the oracles write them: `{$int}`, `{$float}`, `{$map}`. Whole numbers are int. */
export function fromOracle(data: unknown): Value {
  if (Array.isArray(data)) return data.map(fromOracle);
  if (typeof data !== 'object' || data === null) return fromPlain(data);
  const { $int, $float, $map } = data as { $int?: string; $float?: string; $map?: [unknown, unknown][] };
  if ($int !== undefined) return BigInt($int);
  if ($float !== undefined) return Number($float.replace('inf', 'Infinity'));
  if ($map !== undefined) return Dict.from($map.map(([key, value]) => [fromOracle(key), fromOracle(value)] as const));
  return Dict.from(Object.entries(data).map(([key, value]) => [key, fromOracle(value)] as const));
}

/** Renders as Salt does; throws a located error. */
export function jinja(
  template: string,
  context: unknown,
  files: Record<string, string> = {},
  options: Record<string, unknown> = {},
): string {
  const values = fromOracle(context) as Dict;
  const evaluator = new Evaluator(
    {
      load: (path) => files[path] ?? files[path.replace(/^\/srv\/salt\//, '')],
      options,
      random: () => 0.5,
      now: 1_795_360_266_000,
    },
    Object.fromEntries([...values].map(([key, value]) => [String(key), value])),
  );
  const text = plain(joined(evaluator.render(template, 'template')));
  return template.endsWith('\n') && !text.endsWith('\n') ? `${text}\n` : text;
}
