/** A minion's settings: `/etc/brine/minion.yaml`, environment and flags → one object; unknown keys are refused with the nearest known. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import { type MinionId, parseMinionId } from '../core/ids.ts';
import { nearest } from '../core/nearest.ts';
import { compileRegex } from '../core/regex/compile.ts';
import { type Dict, fromPlain, toPlain, type Value } from '../core/value.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import type { RedactRules } from './redact.ts';
import type { AgentSettings } from './settings.ts';

export interface MinionSettings extends AgentSettings {
  readonly id: MinionId;
  readonly dataDir: string;
  /** The join string. */
  readonly join: string;
  readonly grains: Readonly<Record<string, Value>>;
}

const names = v.array(v.string());

const schema = v.object({
  id: v.optional(v.string()),
  data: v.optional(v.string()),
  join: v.optional(v.string()),
  grains: v.optional(v.record(v.string(), v.unknown()), {}),
  allow: v.optional(v.array(v.string()), ['*']),
  cwd: v.optional(v.string()),
  cmd_shell: v.optional(v.boolean(), true),
  stop_timeout: v.optional(v.pipe(v.number(), v.minValue(0)), 30),
  grains_file: v.optional(v.string(), '/etc/salt/grains'),
  grains_dir: v.optional(v.string(), '/etc/brine/grains.d'),
  grains_refresh_every: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
  enable_fqdns_grains: v.optional(v.boolean(), false),
  ec2: v.optional(v.boolean(), false),
  redact: v.optional(
    v.union([
      names,
      v.strictObject({
        names: v.optional(names, []),
        values: v.optional(names, []),
        files: v.optional(names, []),
        patterns: v.optional(names, []),
      }),
    ]),
  ),
  cmd_whitelist_glob: v.optional(names, []),
  cmd_blacklist_glob: v.optional(names, []),
  file_read: v.optional(names, ['/']),
  file_write: v.optional(names, ['/']),
  file_remove: v.optional(names),
  file_max_bytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 10_485_760),
  module_memory: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 512),
  config: v.optional(v.record(v.string(), v.unknown()), {}),
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
  // Jobs run elsewhere: a relative path would be one of theirs.
  const dataDir = resolve(flags.data ?? env.BRINE_DATA ?? file.data ?? `/var/lib/brine/${parsed}`);
  const grains = { ...(toRecord(file.grains) as Record<string, Value>), ...flags.grains };
  const workDir = file.cwd ?? join(dataDir, 'work');
  return {
    id: parsed,
    dataDir,
    join: joined,
    grains,
    ...grainSettings(file),
    redact: redactRules(file.redact, path),
    commands: { whitelist: file.cmd_whitelist_glob, blacklist: file.cmd_blacklist_glob },
    files: {
      read: file.file_read,
      write: file.file_write,
      remove: file.file_remove ?? ['/tmp', '/var/tmp', workDir],
      maxBytes: file.file_max_bytes,
    },
    moduleMemory: file.module_memory,
    shown: fromPlain(shownOf(file)) as Dict,
    allow: file.allow,
    workDir,
    shellByDefault: file.cmd_shell,
    stopTimeout: file.stop_timeout,
    ...(file.backstop !== undefined && { backstop: file.backstop }),
  };
}

type File = v.InferOutput<typeof schema>;

function grainSettings(file: File) {
  return {
    grainsFile: file.grains_file,
    grainsDir: file.grains_dir,
    grainsEvery: file.grains_refresh_every,
    fqdns: file.enable_fqdns_grains,
    ec2: file.ec2,
  };
}

/** Everything but what is secret or a person's; of `config:` each key by itself, as Salt has its settings. */
function shownOf({ join: _, redact: __, config, ...file }: File): object {
  return { ...config, ...file };
}

/** A list is one of names. The lines of secrets' files are secrets. */
function redactRules(given: File['redact'], path: string): RedactRules {
  if (given === undefined) return { names: [], values: [], patterns: [] };
  if (Array.isArray(given)) return { names: given, values: [], patterns: [] };
  const { files, ...rules } = given;
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined)
    throw new BrineError({
      code: 'settings.value',
      text: `there is no file ${missing}`,
      where: { file: path, path: 'redact.files' },
    });
  for (const pattern of rules.patterns) compileRegex(pattern);
  return { ...rules, values: [...rules.values, ...files.map((file) => readFileSync(file, 'utf8'))] };
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
