/**
 * What an event is: as a host or function writes it (`Emitted`), as it lies on the bus (`Detail`), and as templates see it (`Event`).
 * Design section 3, trust section 5.
 */
import * as v from 'valibot';
import { BrineError } from './errors.ts';
import { type Incarnation, type MinionId, parseIncarnation, parseMinionId, parseUid, type Uid } from './ids.ts';
import { decode, decodePlain, encode } from './json.ts';
import { parseTag, returnedJid, type Tag } from './tag.ts';
import { Dict, fromPlain, toPlain, type Value } from './value.ts';

/** Where an event came from in the chain of reactions; outside of `data`. */
export interface Cause {
  readonly root: Uid;
  readonly parent: Uid;
  /** Reactions between the root and this event. */
  readonly hops: number;
}

/** A certificate of a function instance: the text as it was signed, and the signature of a root. Trust section 2. */
export interface Certificate {
  readonly text: string;
  readonly sig: string;
}

/** The signed head of the job that a return answers. Trust section 6. */
export interface Receipt {
  readonly cert: Certificate;
  readonly head: string;
  readonly sig: string;
}

/** One event in the body of a batch. The uid is never carried: its reader makes it from the verified signer and the place. */
export interface Emitted {
  readonly tag: Tag;
  /** Milliseconds UTC, platform time, when it was fired. */
  readonly stamp: number;
  /** What was fired. For a host's plain event any value; for returns, beacons and platform events the flat mapping. */
  readonly data: Value;
  readonly cause?: Cause;
  readonly receipt?: Receipt;
}

/** A host's batch as it lies in `detail.batches`; `body` is the text exactly as it was signed. */
export interface MinionBatch {
  readonly id: MinionId;
  readonly incarnation: Incarnation;
  /** The number of the first event in the body. */
  readonly seq: number;
  /** Milliseconds UTC, platform time, of signing. */
  readonly at: number;
  readonly body: string;
  readonly sig: string;
}

/** What a function put on the bus, signed by its certified key. */
export interface PlatformBatch {
  readonly cert: Certificate;
  readonly ulid: string;
  readonly at: number;
  readonly body: string;
  readonly sig: string;
}

export type Batch = MinionBatch | PlatformBatch;

/** `Detail` of an EventBridge entry. `tag` only wakes a rule; who acts matches the tags of the signed bodies. */
export interface Detail {
  readonly v: 1;
  readonly tag: readonly string[];
  readonly batches: readonly Batch[];
  /** `salt/presence/change` of a relay's sessions, with no batch beside it: unsigned, so nothing is decided by it. */
  readonly presence?: Presence;
}

export interface Presence {
  /** Milliseconds UTC. */
  readonly at: number;
  readonly new: readonly MinionId[];
  readonly lost: readonly MinionId[];
  /** Whose sessions they are: the relay's key, and when it was started. One that was killed never said who left it. */
  readonly relay?: string;
  readonly since?: number;
}

export type Source = 'brine.minion' | 'brine.relay' | 'brine.platform' | 'brine.operator';

/** Constant: EventBridge's detail-type holds 128 characters, tags may be longer. */
export const DETAIL_TYPE = 'brine';

export type Origin =
  | { readonly kind: 'minion'; readonly id: MinionId; readonly incarnation: Incarnation; readonly seq: number }
  | { readonly kind: 'platform'; readonly role: string };

/** An event after its signature held: what `react` gets. */
export interface Event {
  readonly tag: Tag;
  /** Exactly what Salt's templates would be given (salt-semantics 2.2), platform fields included. */
  readonly data: Dict;
  readonly uid: Uid;
  readonly stamp: number;
  readonly origin: Origin;
  /** Absent for an event that no reaction caused. */
  readonly cause?: Cause;
}

/** Salt 3008's `_stamp`: UTC, six digits of fraction, `+00:00`. */
export function formatStamp(at: number): string {
  return `${new Date(at).toISOString().slice(0, -1)}000+00:00`;
}

/** What Salt's master writes into a host's event, over whatever the host put there; `takenAt` in milliseconds UTC. */
export function saltData(emitted: Emitted, id: MinionId, takenAt: number, head?: ReturnHead): Dict {
  const ts = BigInt(Math.floor(takenAt / 1000));
  const stamp = formatStamp(emitted.stamp);
  const load = emitted.data instanceof Dict ? emitted.data : new Dict();
  if (head && returnedJid(id, emitted.tag) === head.jid) {
    const { jid, fun, fun_args } = head;
    const data = load
      .copy()
      .set('cmd', '_return')
      .set('id', id)
      .set('jid', jid)
      .set('fun', fun)
      .set('ts', ts)
      .set('_stamp', stamp);
    return fun_args ? data.set('fun_args', fun_args) : data;
  }
  if (emitted.tag.startsWith(`salt/beacon/${id}/`)) return load.copy().set('id', id).set('_stamp', stamp);
  return Dict.of({ id, tag: emitted.tag, data: emitted.data, cmd: '_minion_event', ts, _stamp: stamp });
}

/** What a return's data takes from its receipt and the job's body, never from the host's word. */
export interface ReturnHead {
  readonly jid: string;
  readonly fun: string;
  /** Absent: the host's own word stays. */
  readonly fun_args?: Value[];
}

const certificate = v.strictObject({ text: v.pipe(v.string(), v.maxLength(1024)), sig: v.pipe(v.string(), v.maxLength(256)) });
const receipt = v.strictObject({
  cert: certificate,
  head: v.pipe(v.string(), v.maxLength(8192)),
  sig: v.pipe(v.string(), v.maxLength(128)),
});
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const cause = v.strictObject({ root: v.string(), parent: v.string(), hops: v.pipe(whole, v.maxValue(10_000)) });

/** One event in the body, `data` apart: it is a value, not a schema's business. */
const frame = v.strictObject({ tag: v.string(), stamp: whole, cause: v.optional(cause), receipt: v.optional(receipt) });

/** `{events: [...]}` as it is signed. */
export function encodeBody(events: readonly Emitted[]): string {
  return encode(
    Dict.of({
      events: events.map((event) => {
        const item = Dict.of({ tag: event.tag, stamp: BigInt(event.stamp), data: event.data });
        if (event.cause) item.set('cause', fromPlain(event.cause));
        if (event.receipt) item.set('receipt', fromPlain(event.receipt));
        return item;
      }),
    }),
  );
}

/** The body of a batch whose signature held → its events. Throws `input.schema`, `event.tag`, `json.*`. */
export function parseBody(text: string): Emitted[] {
  const body = decode(text);
  const events = body instanceof Dict && body.size === 1 ? body.get('events') : undefined;
  if (!Array.isArray(events)) throw new BrineError({ code: 'input.schema', text: 'a body is {events: [...]}' });
  return events.map((item, i) => {
    if (!(item instanceof Dict) || !item.has('data')) {
      throw new BrineError({
        code: 'input.schema',
        text: 'an event is {tag, stamp, data, cause?, receipt?}',
        where: { path: `events[${i}]` },
      });
    }
    const rest = item.copy();
    rest.delete('data');
    const found = v.safeParse(frame, toPlain(rest));
    if (!found.success) {
      throw new BrineError({
        code: 'input.schema',
        text: found.issues[0].message,
        where: { path: `events[${i}].${v.getDotPath(found.issues[0]) ?? ''}` },
      });
    }
    const { tag, stamp, cause: by, receipt: slip } = found.output;
    return {
      tag: parseTag(tag),
      stamp,
      data: item.get('data') as Value,
      ...(by && { cause: { root: parseUid(by.root), parent: parseUid(by.parent), hops: by.hops } }),
      ...(slip && { receipt: slip }),
    };
  });
}

const text = (limit: number) => v.pipe(v.string(), v.maxLength(limit));
const minionBatch = v.strictObject({
  id: v.string(),
  incarnation: v.string(),
  seq: whole,
  at: whole,
  body: text(1_048_576),
  sig: text(128),
});
const platformBatch = v.strictObject({
  cert: certificate,
  ulid: v.pipe(v.string(), v.regex(/^[0-9A-Z]{26}$/)),
  at: whole,
  body: text(1_048_576),
  sig: text(128),
});
const detail = v.strictObject({
  v: v.literal(1),
  tag: v.array(v.string()),
  batches: v.array(v.union([minionBatch, platformBatch])),
  presence: v.exactOptional(
    v.strictObject({
      at: whole,
      new: v.array(v.string()),
      lost: v.array(v.string()),
      relay: v.exactOptional(text(64)),
      since: v.exactOptional(whole),
    }),
  ),
});

/** `Detail` text, or the object that Lambda was given, → batches; nothing in it is believed yet. Throws `input.schema`, `minion.id`. */
export function parseDetail(input: unknown): Detail {
  const found = v.safeParse(detail, typeof input === 'string' ? decodePlain(input) : input);
  if (!found.success) {
    throw new BrineError({
      code: 'input.schema',
      text: found.issues[0].message,
      where: { path: `detail.${v.getDotPath(found.issues[0]) ?? ''}` },
    });
  }
  const batches = found.output.batches.map((batch) =>
    'cert' in batch ? batch : { ...batch, id: parseMinionId(batch.id), incarnation: parseIncarnation(batch.incarnation) },
  );
  const { tag, presence } = found.output;
  if (!presence) return { v: 1, tag, batches };
  return {
    v: 1,
    tag,
    batches,
    presence: { ...presence, new: presence.new.map(parseMinionId), lost: presence.lost.map(parseMinionId) },
  };
}
