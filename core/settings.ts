/** `brine.yaml`'s text → settings. Names as in Salt's master configuration where Salt has them. */
import * as v from 'valibot';
import { BrineError } from './errors.ts';
import { nearest } from './nearest.ts';
import { administratorsSchema, type Operators, operatorsSchema } from './operators.ts';

export interface Settings {
  readonly nodegroups: Readonly<Record<string, string | readonly string[]>>;
  /** Seconds a reaction's job waits for its host unless it says `queue_ttl`; 900. */
  readonly queue_ttl: number;
  /** Events an EventBridge entry may carry; 0 = as many as fit 64 KB, 1 = one each. */
  readonly pack: number;
  /** Reactions in a chain before it is cut as a loop. */
  readonly max_hops: number;
  /** Salt's accidents on request: alphabetical order in an event, the same ID in two files replacing the earlier. */
  readonly compat: { readonly order: 'file' | 'salt'; readonly ids: 'both' | 'last' };
  /** Who may do what through the operator function; null: the account's administrators alone. */
  readonly operators: Operators | null;
  /** Callers who may do everything, beside the account's root: roles or users, written out. */
  readonly administrators: readonly string[];
  /** For an emulator that names no caller: whoever reaches the operator function is an administrator. */
  readonly anonymous_operators: boolean;
  /** `config.get` of templates reads these, under the name given. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Salt's `allow_undefined`, `jinja_env`. */
  readonly allow_undefined: boolean;
  readonly jinja_env: Readonly<Record<string, unknown>>;
}

export const defaultSettings: Settings = {
  nodegroups: {},
  queue_ttl: 900,
  pack: 0,
  max_hops: 16,
  compat: { order: 'file', ids: 'both' },
  operators: null,
  administrators: [],
  anonymous_operators: false,
  values: {},
  allow_undefined: false,
  jinja_env: {},
};

const whole = (from: number, to: number) => v.pipe(v.number(), v.integer(), v.minValue(from), v.maxValue(to));
const group = v.union([v.string(), v.array(v.string())]);

const schema = v.object({
  nodegroups: v.optional(
    v.union([
      v.record(v.string(), group),
      v.pipe(
        v.array(v.record(v.string(), group)),
        v.transform((list) => Object.assign({}, ...list) as Record<string, string | string[]>),
      ),
    ]),
    {},
  ),
  queue_ttl: v.optional(whole(1, 604_800), defaultSettings.queue_ttl),
  pack: v.optional(whole(0, 1), defaultSettings.pack),
  max_hops: v.optional(whole(0, 1000), defaultSettings.max_hops),
  compat: v.optional(
    v.strictObject({
      order: v.optional(v.picklist(['file', 'salt']), 'file'),
      ids: v.optional(v.picklist(['both', 'last']), 'both'),
    }),
    {},
  ),
  operators: v.optional(v.nullable(operatorsSchema), null),
  administrators: v.optional(administratorsSchema, []),
  anonymous_operators: v.optional(v.boolean(), false),
  values: v.optional(v.record(v.string(), v.unknown()), {}),
  allow_undefined: v.optional(v.boolean(), false),
  jinja_env: v.optional(v.record(v.string(), v.unknown()), {}),
});

/** Plain data → settings; throws `settings.key` for an unknown name (with the nearest known), `settings.value` for one that does not fit. */
export function parseSettings(input: unknown, file = 'brine.yaml'): Settings {
  const plain = input ?? {};
  if (typeof plain !== 'object' || Array.isArray(plain))
    throw new BrineError({ code: 'settings.value', text: 'expected a mapping of settings', where: { file } });
  const known = Object.keys(schema.entries);
  const unknown = Object.keys(plain).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const close = nearest(unknown, known);
    throw new BrineError({
      code: 'settings.key',
      text: `there is no setting '${unknown}'`,
      where: { file, path: unknown },
      hint: close ? `did you mean '${close}'?` : `settings are ${known.join(', ')}`,
    });
  }
  const found = v.safeParse(schema, plain);
  if (found.success) return found.output;
  const issue = found.issues[0];
  throw new BrineError({ code: 'settings.value', text: issue.message, where: { file, path: v.getDotPath(issue) ?? '' } });
}
