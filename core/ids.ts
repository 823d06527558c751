/** The identifiers that travel through every room. Each is made only by its parser, so a value of the type has its form. */
import { BrineError } from './errors.ts';

/** `[A-Za-z0-9][A-Za-z0-9._-]{0,252}` */
export type MinionId = string & { readonly brand: 'MinionId' };
/** 13 characters of base32, made with the agent's state directory: a rebuilt host under an old name is another incarnation. */
export type Incarnation = string & { readonly brand: 'Incarnation' };
/** 13 characters of base32, made at each start of the agent. A run is (incarnation, boot). */
export type Boot = string & { readonly brand: 'Boot' };
/** `<minion>:<incarnation>:<seq>` for a host's event, `<role>:<ulid>` (then `.1`, `.2` … within one signed body) for the platform's. */
export type Uid = string & { readonly brand: 'Uid' };
/** `<account>/<region>/<name>` */
export type Stack = string & { readonly brand: 'Stack' };

/** The id under which the runner's jobs are addressed; no host can have it. */
export const RUNNER_ID = '@runner';

export function parseMinionId(text: unknown): MinionId {
  if (typeof text === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(text)) return text as MinionId;
  throw new BrineError({
    code: 'minion.id',
    text: `expected a minion id, found ${typeof text === 'string' ? JSON.stringify(text.slice(0, 80)) : typeof text}`,
    hint: 'letters, digits, dot, underscore and hyphen, beginning with a letter or digit, 253 characters at most',
  });
}

const RUN = /^[a-z2-7]{13}$/;

export function parseIncarnation(text: unknown): Incarnation {
  if (typeof text === 'string' && RUN.test(text)) return text as Incarnation;
  throw new BrineError({ code: 'input.schema', text: 'an incarnation is 13 characters of a-z and 2-7' });
}

export function parseBoot(text: unknown): Boot {
  if (typeof text === 'string' && RUN.test(text)) return text as Boot;
  throw new BrineError({ code: 'input.schema', text: 'a boot is 13 characters of a-z and 2-7' });
}

export function parseStack(text: unknown): Stack {
  if (typeof text === 'string' && /^\d{12}\/[a-z0-9-]{1,32}\/[A-Za-z][A-Za-z0-9-]{0,31}$/.test(text)) return text as Stack;
  throw new BrineError({ code: 'input.schema', text: 'a stack is <12-digit account>/<region>/<name>' });
}

/** The uid of the event at `seq` in a host's log. */
export function minionUid(id: MinionId, incarnation: Incarnation, seq: number): Uid {
  return `${id}:${incarnation}:${seq}` as Uid;
}

/** The uid of the event at `index` in a body that a function signed under `ulid`. */
export function platformUid(role: string, ulid: string, index = 0): Uid {
  return `${role}:${ulid}${index ? `.${index}` : ''}` as Uid;
}

/** Checks only the form of a uid that somebody typed or claimed (a cause, `--event UID`). */
export function parseUid(text: unknown): Uid {
  if (typeof text === 'string' && text.length <= 300 && /^[A-Za-z0-9@][A-Za-z0-9._@-]*(:[A-Za-z0-9.]+){1,2}$/.test(text))
    return text as Uid;
  throw new BrineError({ code: 'input.schema', text: 'expected an event uid, <minion>:<incarnation>:<seq> or <role>:<ulid>' });
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Lower-case base32 without padding of the first `length` characters' worth of bits. */
export function base32(bytes: Uint8Array, length: number): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff;
    held += 8;
    while (held >= 5 && text.length < length) {
      held -= 5;
      text += BASE32[(bits >> held) & 31];
    }
  }
  if (text.length < length)
    throw new BrineError({ code: 'internal.assumption', text: `${bytes.length} bytes are too few for ${length} digits` });
  return text;
}
