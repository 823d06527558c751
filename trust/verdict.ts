/** What a check gives: the thing itself, now believed, or the code of the first line that did not hold. Checks never throw. */
import * as v from 'valibot';
import type { ErrorCode } from '../core/errors.ts';
import { decodePlain } from '../core/json.ts';
import { fromBase64Url } from './transcript.ts';

export type TrustCode = Extract<ErrorCode, `trust.${string}`>;

export interface Refusal {
  readonly ok: false;
  readonly code: TrustCode;
}

export type Verdict<T> = ({ readonly ok: true } & T) | Refusal;

export function refuse(code: TrustCode): Refusal {
  return { ok: false, code };
}

/** Text of a message of ours → what the schema says it is. `v` is looked at first, so that a later version is refused by name. */
export function parseMessage<S extends v.GenericSchema>(schema: S, text: string): Verdict<{ message: v.InferOutput<S> }> {
  let plain: unknown;
  try {
    plain = decodePlain(text);
  } catch {
    return refuse('trust.schema');
  }
  if (typeof plain === 'object' && plain !== null && 'v' in plain && plain.v !== 1) return refuse('trust.version');
  const found = v.safeParse(schema, plain);
  return found.success ? { ok: true, message: found.output } : refuse('trust.schema');
}

export const text = (limit: number) => v.pipe(v.string(), v.maxLength(limit));

/** base64url of exactly this many bytes: a key, a digest, a signature. */
export const bytes = (count: number) =>
  v.pipe(
    v.string(),
    v.length(Math.ceil((count * 4) / 3)),
    v.check((value) => fromBase64Url(value)?.length === count),
  );

/** Milliseconds UTC. */
export const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A text that this parser takes, as the type that it makes. */
export function parsed<T>(parse: (input: unknown) => T) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch {
        addIssue({ message: 'not of its form' });
        return NEVER;
      }
    }),
  );
}

/** Bytes of UTF-8. */
export function size(value: string | undefined): number {
  return value === undefined ? 0 : Buffer.byteLength(value, 'utf8');
}
