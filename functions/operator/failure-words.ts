/** A dead letter's text → what happened, in a sentence. The forms are those of Lambda, EventBridge, SQS and Brine's own. */
import * as v from 'valibot';
import { codes, isCode } from '../../core/errors.ts';

export type Place = 'reactor' | 'runner' | 'recorder' | 'enroll' | 'operator' | 'dispatch' | 'shards';

const tags = v.looseObject({ tag: v.array(v.string()) });
/** Brine's own: an event that was refused, or a reaction that failed. */
const refused = v.looseObject({ code: v.string(), signer: v.string(), event: v.unknown() });
const reaction = v.looseObject({
  reaction: v.looseObject({
    uid: v.string(),
    tag: v.string(),
    problems: v.array(v.looseObject({ code: v.string(), text: v.string() })),
  }),
});
/** Lambda's record of an asynchronous call that failed for good. */
const lambda = v.looseObject({
  requestContext: v.looseObject({ approximateInvokeCount: v.optional(v.number()), condition: v.optional(v.string()) }),
  requestPayload: v.optional(v.unknown()),
  responsePayload: v.optional(v.unknown()),
});
/** EventBridge's event, that no target took or that the recorder could not handle. */
const event = v.looseObject({ detail: tags });
const job = v.looseObject({ head: v.string() });
const head = v.looseObject({ jid: v.string(), fun: v.string(), user: v.string(), expires: v.number() });
const shard = v.looseObject({ plan: v.string(), from: v.number(), to: v.number() });

export function describeFailure(place: Place, text: string): string {
  const body = parse(text);
  const failed = read(reaction, body);
  if (failed) {
    const { tag, uid, problems } = failed.reaction;
    const [first] = problems;
    return `a reaction to ${tag} (${uid}) failed: ${first?.code}: ${first?.text}${problems.length > 1 ? `, and ${problems.length - 1} more` : ''}`;
  }
  const not = read(refused, body);
  if (not) return `${place} refused ${eventWords(not.event)} from ${not.signer} with ${not.code}: ${meaning(not.code)}`;
  const record = read(lambda, body);
  if (record) {
    const message = (record.responsePayload as { errorMessage?: unknown } | undefined)?.errorMessage;
    const times = record.requestContext.approximateInvokeCount ?? 3;
    const why = typeof message === 'string' ? message.slice(0, 300) : (record.requestContext.condition ?? 'no reason was given');
    return `${place} failed ${times} times with ${eventWords(record.requestPayload)}: ${why}`;
  }
  const found = read(event, body);
  if (found) return `${eventWords(found)} ${place === 'recorder' ? 'could not be recorded' : 'could not be delivered'}`;
  const asked = read(head, parse(read(job, body)?.head ?? ''));
  if (asked) return `${asked.fun} of ${asked.user} (${asked.jid}) failed each time`;
  const part = read(shard, body);
  if (part) return `hosts ${part.from} to ${part.to} of the plan ${part.plan} could not be sent to`;
  return `of no form that is known: ${text.slice(0, 120)}`;
}

export function isReaction(text: string): boolean {
  return read(reaction, parse(text)) !== null;
}

/** Milliseconds UTC at which a runner's job expires; 0 for what is none. */
export function expiryOf(text: string): number {
  return read(head, parse(read(job, parse(text))?.head ?? ''))?.expires ?? 0;
}

/** The event as it was delivered, marked as an operator's replay: it may then be older than two hours. What was planned is only sent to its end. */
export function replayOf(text: string): string {
  const body = (parse(text) ?? {}) as { requestPayload?: object; event?: object };
  return JSON.stringify({ ...(body.requestPayload ?? body.event ?? body), 'brine-replay': true });
}

function eventWords(value: unknown): string {
  const found = read(event, value);
  if (!found) return 'what was no event';
  const all = [...new Set(found.detail.tag)];
  return `the event${all.length > 1 ? 's' : ''} ${all.slice(0, 3).join(', ')}${all.length > 3 ? ` and ${all.length - 3} more` : ''}`;
}

function meaning(code: string): string {
  return isCode(code) ? codes[code][1] : 'no reason is known';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function read<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> | null {
  const found = v.safeParse(schema, value);
  return found.success ? found.output : null;
}
