/** A minion's settings: `/etc/brine/minion.yaml`, environment and flags → one object; unknown keys are refused with the nearest known. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import { type MinionId, parseMinionId } from '../core/ids.ts';
import { nearest } from '../core/nearest.ts';
import { fromPlain, toPlain, type Value } from '../core/value.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import type { AgentSettings } from './agent.ts';

export interface MinionSettings extends AgentSettings {
  readonly id: MinionId;
  readonly dataDir: string;
  /** The join string. */
  readonly join: string;
  readonly grains: Readonly<Record<string, Value>>;
}

const schema = v.object({
  id: v.optional(v.string()),
  data: v.optional(v.string()),
  join: v.optional(v.string()),
  grains: v.optional(v.record(v.string(), v.unknown()), {}),
  allow: v.optional(v.array(v.string()), ['*']),
  cwd: v.optional(v.string()),
  cmd_shell: v.optional(v.boolean(), true),
  stop_timeout: v.optional(v.pipe(v.number(), v.minValue(0)), 30),
  backstop: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(86_400))),
});

export interface MinionFlags {
  readonly id?: string | undefined;
  readonly data?: string | undefined;
  readonly join?: string | undefined;
  readonly config?: string | undefined;
  readonly grains?: Readonly<Record<string, string>>;
}

/** Flags go before the environment, both before the file. */
export function readMinionSettings(flags: MinionFlags, env: Readonly<Record<string, string | undefined>>): MinionSettings {
  const path = flags.config ?? env.BRINE_MINION_CONFIG ?? '/etc/brine/minion.yaml';
  const file = existsSync(path) ? readFile(path) : v.parse(schema, {});
  const id = flags.id ?? env.BRINE_MINION_ID ?? file.id;
  const joined = flags.join ?? env.BRINE_JOIN ?? file.join;
  const missing = [id === undefined && '--id ID', joined === undefined && '--join STRING (brine relay join prints one)'].filter(
    (text) => text !== false,
  );
  if (id === undefined || joined === undefined)
    throw new BrineError({ code: 'settings.value', text: `a minion needs ${missing.join(' and ')}`, where: { file: path } });
  const parsed = parseMinionId(id);
  const dataDir = flags.data ?? env.BRINE_DATA ?? file.data ?? `/var/lib/brine/${parsed}`;
  const grains = { ...(toRecord(file.grains) as Record<string, Value>), ...flags.grains };
  return {
    id: parsed,
    dataDir,
    join: joined,
    grains,
    allow: file.allow,
    workDir: file.cwd ?? join(dataDir, 'work'),
    shellByDefault: file.cmd_shell,
    stopTimeout: file.stop_timeout,
    ...(file.backstop !== undefined && { backstop: file.backstop }),
  };
}

function readFile(path: string): v.InferOutput<typeof schema> {
  const plain = (toPlain(parseYaml(readFileSync(path, 'utf8'), { file: path })) ?? {}) as object;
  const known = Object.keys(schema.entries);
  const unknown = Object.keys(plain).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const close = nearest(unknown, known);
    throw new BrineError({
      code: 'settings.key',
      text: `there is no setting '${unknown}'`,
      where: { file: path },
      hint: close ? `did you mean '${close}'?` : `settings are ${known.join(', ')}`,
    });
  }
  const found = v.safeParse(schema, plain);
  if (found.success) return found.output;
  throw new BrineError({
    code: 'settings.value',
    text: found.issues[0].message,
    where: { file: path, path: v.getDotPath(found.issues[0]) ?? '' },
  });
}

function toRecord(grains: Readonly<Record<string, unknown>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(grains).map(([name, value]) => [name, fromPlain(value)]));
}
