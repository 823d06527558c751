/** What the agent has reported lately, kept in memory for `brine minion logs`: the same lines that its process prints. */
import { type Dict, fromPlain, Dict as Mapping, type Value } from '../core/value.ts';

export type Report = (message: string, fields: Readonly<Record<string, unknown>>) => void;

export interface Reports {
  readonly report: Report;
  /** The newest, oldest of them first. */
  recent(count: number): readonly Dict[];
  watch(seen: (line: Dict) => void): () => void;
}

const KEPT = 500;
/** Characters of a text in a line that is kept. */
const LONG = 2000;

export function createReports(pass: Report, now: () => number): Reports {
  const kept: Dict[] = [];
  const watchers = new Set<(line: Dict) => void>();
  return {
    report: (message, fields) => {
      pass(message, fields);
      const line = Mapping.of({ at: BigInt(now()), message, fields: plainFields(fields) });
      kept.push(line);
      if (kept.length > KEPT) kept.shift();
      for (const seen of watchers) seen(line);
    },
    recent: (count) => kept.slice(-count),
    watch: (seen) => {
      watchers.add(seen);
      return () => watchers.delete(seen);
    },
  };
}

function plainFields(fields: Readonly<Record<string, unknown>>): Dict {
  return Mapping.from(Object.entries(fields).map(([name, value]) => [name, textOf(value)] as const));
}

function textOf(value: unknown): Value {
  if (typeof value === 'number') return fromPlain(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (typeof value === 'string') return value.slice(0, LONG);
  const text = JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? String(item) : item)) ?? 'undefined';
  return text.slice(0, LONG);
}
