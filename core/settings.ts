/** `brine.yaml`'s text → settings. Names as in Salt's master configuration where Salt has them. */

/** Who may do what through the operator function: Salt's `publisher_acl` in form (design section 6). */
export type OperatorRule = string | Readonly<Record<string, readonly string[]>>;

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
  /** Role ARN (or glob of one) → rules; null: the account's administrators alone. */
  readonly operators: Readonly<Record<string, readonly OperatorRule[]>> | null;
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
  values: {},
  allow_undefined: false,
  jinja_env: {},
};
