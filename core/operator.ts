/**
 * What the operator function is asked and what it answers: one schema for both ends (names.md, `operator`). Bodies are `core/json` texts, so
 * values keep their types; `arg` and `kwarg` are checked apart because they are values and no schema's business.
 */
import * as v from 'valibot';
import { BrineError } from './errors.ts';
import { TARGET_TYPES } from './job/job.ts';
import { decode } from './json.ts';
import { Dict, toPlain, type Value } from './value.ts';

const ulid = v.pipe(v.string(), v.regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'a ULID'));
const name = (limit: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(limit));
const seconds = (limit: number) => v.pipe(v.number(), v.minValue(0), v.maxValue(limit));
const tgt = v.union([name(16_384), v.array(name(253))]);
const jid = v.pipe(
  v.string(),
  v.regex(
    /^\d{20}(_[A-Za-z0-9]{1,64})?$/,
    'expected a job id: twenty digits, for example 20261122151106494646; brine jobs list shows the newest',
  ),
);

/** `request` is made by the caller: the same call, sent again after a lost answer, is the same plan. */
export const operatorRequest = v.variant('action', [
  v.strictObject({
    action: v.literal('run'),
    request: ulid,
    tgt,
    tgt_type: v.picklist(TARGET_TYPES),
    fun: name(200),
    delimiter: v.optional(name(8)),
    /** Seconds the function may run on the host. */
    timeout: v.optional(seconds(7 * 86_400)),
    /** Seconds the job may wait for its host. */
    expires: v.optional(seconds(7 * 86_400)),
    metadata: v.optional(v.record(v.string(), v.unknown())),
    /** Send to at most this many of the matched hosts, chosen at random. */
    subset: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    /** Say whom it would reach and stop. */
    preview: v.optional(v.boolean()),
  }),
  v.strictObject({ action: v.literal('fire'), request: ulid, tag: name(1024) }),
  v.strictObject({ action: v.literal('runner'), request: ulid, fun: name(200) }),
  v.strictObject({ action: v.literal('wheel'), request: ulid, fun: name(200) }),
  v.strictObject({
    action: v.literal('key'),
    op: v.picklist(['list', 'accept', 'reject', 'delete', 'token', 'join']),
    /** Glob of ids. */
    match: v.optional(name(253)),
    fingerprint: v.optional(name(64)),
    /** The very keys that a preview showed: what came meanwhile is not acted on unseen. */
    keys: v.optional(v.pipe(v.array(v.strictObject({ id: name(253), fingerprint: name(64) })), v.maxLength(1000))),
    /** Say what the glob hits and stop. */
    preview: v.optional(v.boolean()),
    /** For `token` and `join`: seconds that it is good for, and the public half of a token's key. */
    expires: v.optional(seconds(365 * 86_400)),
    key: v.optional(name(64)),
    /** For `token`: whom it accepts may fire and is asked nothing. */
    edge: v.optional(v.boolean()),
    /** For `join`: relays to remember; a join string names all that are remembered. */
    relays: v.optional(
      v.array(
        v.strictObject({
          push: name(300),
          sub: name(300),
          key: name(64),
          name: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,32}$/))),
        }),
      ),
    ),
  }),
  v.strictObject({
    action: v.literal('jobs'),
    op: v.picklist(['list', 'show', 'answers', 'absent']),
    jid: v.optional(jid),
    /** For `absent`: whose silence is to be explained. */
    ids: v.optional(v.pipe(v.array(name(253)), v.maxLength(500))),
    /** For `show` and `answers`: the `next` of the page before. */
    after: v.optional(name(400)),
    limit: v.optional(v.number()),
  }),
  v.strictObject({ action: v.literal('plan'), uid: name(400) }),
  v.strictObject({ action: v.literal('minions'), op: v.picklist(['list', 'show', 'status']), match: v.optional(name(253)) }),
  v.strictObject({
    action: v.literal('watch'),
    /** `probe` fires the watch's own event again; `key` tells the accepted key of a host, with which its events are checked. */
    op: v.picklist(['start', 'probe', 'renew', 'stop', 'key']),
    /** `*`, or an fnmatch glob of tags. */
    glob: v.optional(name(1024)),
    watch: v.optional(ulid),
    id: v.optional(name(253)),
  }),
  v.strictObject({
    action: v.literal('failures'),
    op: v.picklist(['list', 'retry', 'drop']),
    place: v.optional(name(80)),
    id: v.optional(name(200)),
  }),
  v.strictObject({ action: v.literal('status') }),
]);

export type OperatorRequest = v.InferOutput<typeof operatorRequest> & {
  /** Positional arguments (run, runner, wheel). */
  readonly arg: readonly Value[];
  /** Keyword arguments (run, runner, wheel); for `fire` its data. */
  readonly kwarg: Dict;
};

/** The body of a POST → a checked request. Throws `input.schema` with the path of what is wrong, `json.*`. */
export function parseOperatorRequest(text: string): OperatorRequest {
  const body = decode(text);
  if (!(body instanceof Dict)) throw new BrineError({ code: 'input.schema', text: 'a request is a mapping with an action' });
  const rest = body.copy();
  const arg = rest.get('arg') ?? [];
  const kwarg = rest.get('kwarg') ?? new Dict();
  rest.delete('arg');
  rest.delete('kwarg');
  if (!Array.isArray(arg)) throw new BrineError({ code: 'input.schema', text: 'arg is a list', where: { path: 'arg' } });
  if (!(kwarg instanceof Dict))
    throw new BrineError({ code: 'input.schema', text: 'kwarg is a mapping', where: { path: 'kwarg' } });
  const found = v.safeParse(operatorRequest, toPlain(rest));
  if (!found.success) {
    const issue = found.issues[0];
    throw new BrineError({ code: 'input.schema', text: issue.message, where: { path: v.getDotPath(issue) ?? 'action' } });
  }
  return { ...found.output, arg, kwarg };
}
