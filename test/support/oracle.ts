/** The adapter through which the oracles ask Brine; `test/fixtures/oracle` holds what Python and Salt answered. */

import { makeProject } from '../../core/bundle.ts';
import { formatWhere } from '../../core/errors.ts';
import { matchGlob } from '../../core/glob.ts';
import type { Uid } from '../../core/ids.ts';
import type { Target, TargetType } from '../../core/job/job.ts';
import { pyRepr } from '../../core/python/print.ts';
import { Recursive } from '../../core/python/recursive.ts';
import { PySet } from '../../core/python/set.ts';
import { parseReactorConfig } from '../../core/reactor/config.ts';
import { compileEventPattern } from '../../core/reactor/event-pattern.ts';
import { translateGlob } from '../../core/reactor/pattern.ts';
import { react } from '../../core/reactor/react.ts';
import { defaultSettings } from '../../core/settings.ts';
import { Evaluator } from '../../core/sls/jinja/evaluate.ts';
import { joined } from '../../core/sls/jinja/frame.ts';
import { plain } from '../../core/sls/jinja/text.ts';
import type { Tag } from '../../core/tag.ts';
import { matchTarget } from '../../core/target/match.ts';
import { Bytes, Dict, fromPlain, Tuple, type Value } from '../../core/value.ts';
import { parseYaml } from '../../core/yaml/parse.ts';

export type Typed = null | boolean | string | Typed[] | { readonly t: string; readonly v?: unknown };

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
  if ((value as unknown) instanceof Recursive) return { t: 'recursive' } as Typed;
  if ((value as unknown) instanceof PySet) return { t: 'set', v: (value as unknown as PySet).members.map(typed) };
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
  const values = context instanceof Dict ? context : (fromOracle(context) as Dict);
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
  return template.endsWith('\n') ? `${text}\n` : text;
}

export interface OracleCall {
  kind: string;
  fun: string;
  tgt?: unknown;
  tgtType?: string;
  args: unknown[];
  kwargs: unknown;
  id: string;
  sls: string;
}

export interface Outcome {
  calls: OracleCall[];
  errors: { code: string; where: string; message: string }[];
}

/** What a reactor.conf, its files and one event lead to, in the order of dispatch. */
export function reactions(input: {
  reactorConf: string;
  files: Record<string, string>;
  event: { tag: string; data: unknown };
}): Outcome {
  const config = parseReactorConfig([{ path: 'reactor.conf', text: input.reactorConf }]);
  const files = new Map(Object.entries(input.files).map(([path, text]) => [path, { text }] as const));
  const project = makeProject({
    settings: { ...defaultSettings, nodegroups: config.nodegroups },
    entries: config.entries,
    files,
  });
  const data = input.event.data instanceof Dict ? input.event.data : fromOracle(input.event.data);
  const event = {
    tag: input.event.tag as Tag,
    data: data as Dict,
    uid: 'x:y:1' as Uid,
    stamp: 0,
    origin: { kind: 'platform', role: 'test' } as const,
  };
  const result = react(project, event, { grains: null, now: 1_795_360_266_000, random: () => 0.5 });
  return {
    calls: result.reactions.map(({ kind, fun, target, given, args, kwargs, id, sls }) => ({
      kind,
      fun,
      ...(target && { tgt: toOracle(given === undefined ? (target.tgt as Value) : given), tgtType: target.tgt_type }),
      args: args.map(toOracle),
      kwargs: toOracle(kwargs),
      id,
      sls,
    })),
    errors: [...config.problems, ...result.problems].map(({ code, where, text }) => ({
      code,
      where: where ? formatWhere(where) : '',
      message: text,
    })),
  };
}

/** Values as the reactor oracle writes them. */
export function toOracle(value: Value): unknown {
  if (typeof value === 'bigint') return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : { $int: String(value) };
  if (typeof value === 'number') return Number.isInteger(value) || !Number.isFinite(value) ? { $float: pyRepr(value) } : value;
  if (Array.isArray(value)) return value.map(toOracle);
  if (value instanceof Tuple) return value.items.map(toOracle);
  if (value instanceof Bytes) return { $bytes: Buffer.from(value.bytes).toString('base64') };
  if (!(value instanceof Dict)) return value;
  if ([...value.keys()].every((key) => typeof key === 'string'))
    return Object.fromEntries([...value].map(([key, item]) => [key, toOracle(item)]));
  return { $map: [...value].map(([key, item]) => [toOracle(key), toOracle(item)]) };
}

/** EventBridge patterns for reactor keys. */
export function patterns(globs: string[]): { patterns: object[]; exact: boolean[] } {
  const translated = globs.map(translateGlob);
  return { patterns: translated.map(({ values }) => ({ detail: { tag: values } })), exact: translated.map(({ exact }) => exact) };
}

export function patternMatches(pattern: object, event: object): boolean {
  return compileEventPattern(pattern).matches(event);
}
