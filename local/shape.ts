/** What a client sends is checked once, here, before an operation sees it: AWS's own protocols answer such a body with a SerializationException. */
import * as v from 'valibot';
import { AwsError } from './service.ts';

export function shaped<const Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  const found = v.safeParse(schema, input);
  if (found.success) return found.output;
  const [issue] = found.issues;
  const path = v.getDotPath(issue);
  throw new AwsError('SerializationException', `${path === null ? 'the body' : path}: ${issue.message}`);
}

/** Lists that a client may send are of no more than this; the operations' own limits are far below. */
export const many = 1000;
export const text = v.string();
export const whole = v.pipe(v.number(), v.integer());
export const texts = v.pipe(v.array(text), v.maxLength(many));
export const strings = v.record(text, text);

/** An object of these members; valibot's own takes a list for one too. */
export const struct = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(
    v.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'an object is wanted'),
    v.object(entries),
  );
