/**
 * What a client sends is checked once, here, before an operation sees it: AWS answers a body of another form with a SerializationException, and a
 * member beyond its limits with a ValidationException.
 */
import * as v from 'valibot';
import { AwsError } from './service.ts';

export function shaped<const Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  const found = v.safeParse(schema, input);
  if (found.success) return found.output;
  const [issue] = found.issues;
  const path = v.getDotPath(issue) ?? 'the body';
  // A member of another kind is not read; one of the right kind that is too long or too large is refused by its limit.
  if (issue.kind === 'schema' || FORMS.has(issue.type)) throw new AwsError('SerializationException', `${path}: ${issue.message}`);
  const given = String(issue.input).slice(0, 100);
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${given}' at '${path}' failed to satisfy constraint: ${issue.message}`,
  );
}

/** Checks that say of what kind a value is. */
const FORMS: ReadonlySet<string> = new Set(['integer', 'base64']);

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
