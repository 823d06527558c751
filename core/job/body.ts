/** The body of a job as it is signed and named by its digest: `{arg, kwarg, tgt, tgt_type, …}`. Steps 11 and 12. */
import * as v from 'valibot';
import { BrineError } from '../errors.ts';
import { parseMinionId } from '../ids.ts';
import { decode, encode } from '../json.ts';
import { Dict, fromPlain, toPlain, type Value } from '../value.ts';
import { type JobBody, TARGET_TYPES, type Target } from './job.ts';

export function encodeJobBody(body: JobBody): string {
  const { tgt, tgt_type, literal, delimiter } = body.target;
  const dict = Dict.of({
    arg: [...body.arg],
    kwarg: body.kwarg,
    tgt: fromPlain(tgt),
    tgt_type,
    literal: fromPlain(literal),
    delimiter,
  });
  if (body.literal_args) dict.set('literal_args', fromPlain(body.literal_args));
  if (body.timeout !== undefined) dict.set('timeout', fromPlain(body.timeout));
  if (body.metadata) dict.set('metadata', body.metadata);
  if (body.ret !== undefined) dict.set('ret', body.ret);
  if (body.on_crash) dict.set('on_crash', body.on_crash);
  if (body.files && body.files.length > 0) dict.set('files', fromPlain(body.files));
  if (body.auth) dict.set('auth', fromPlain(body.auth));
  return encode(dict);
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const range = v.pipe(
  v.tuple([whole, whole]),
  v.check(([from, to]) => from <= to),
);

/** Below `salt://`, and nowhere else on a host. */
const path = v.pipe(
  v.string(),
  v.regex(/^[^/\\\0][^\\\0]{0,1023}$/),
  v.check((text) => text.split('/').every((part) => part !== '' && part !== '.' && part !== '..'), 'a path leads upwards'),
);
const file = v.strictObject({ path, sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), size: whole });

/** Everything but the values of the model: they are a function's business, not a schema's. */
const frame = v.strictObject({
  tgt: v.union([v.string(), v.array(v.string())]),
  tgt_type: v.picklist(TARGET_TYPES),
  literal: v.array(v.array(range)),
  delimiter: v.pipe(v.string(), v.minLength(1), v.maxLength(8)),
  literal_args: v.exactOptional(v.array(v.tuple([whole, whole]))),
  timeout: v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(0))),
  ret: v.exactOptional(v.string()),
  on_crash: v.exactOptional(v.picklist(['interrupted', 'retry'])),
  files: v.exactOptional(v.pipe(v.array(file), v.maxLength(1000))),
  auth: v.exactOptional(v.strictObject({ id: v.string(), fingerprint: v.pipe(v.string(), v.maxLength(128)) })),
});

/** The text of a body whose digest held → the job's body. Throws `input.schema`, `json.*`, `minion.id`. */
export function parseJobBody(text: string): JobBody {
  const dict = decode(text);
  if (!(dict instanceof Dict)) throw wrong('', 'a job body is {arg, kwarg, tgt, tgt_type, …}');
  const rest = dict.copy();
  const arg = take(rest, 'arg');
  const kwarg = take(rest, 'kwarg');
  const metadata = take(rest, 'metadata');
  if (!Array.isArray(arg)) throw wrong('arg', 'arg is a list');
  if (!(kwarg instanceof Dict)) throw wrong('kwarg', 'kwarg is a mapping');
  if (metadata !== undefined && !(metadata instanceof Dict)) throw wrong('metadata', 'metadata is a mapping');
  const found = v.safeParse(frame, toPlain(rest));
  if (!found.success) throw wrong(v.getDotPath(found.issues[0]) ?? '', found.issues[0].message);
  const { tgt, tgt_type, literal, delimiter, auth, ...options } = found.output;
  const target: Target = { tgt, tgt_type, literal, delimiter };
  return {
    arg,
    kwarg,
    target,
    ...options,
    ...(metadata && { metadata }),
    ...(auth && { auth: { id: parseMinionId(auth.id), fingerprint: auth.fingerprint } }),
  };
}

function take(dict: Dict, key: string): Value | undefined {
  const value = dict.get(key);
  dict.delete(key);
  return value;
}

function wrong(path: string, text: string): BrineError {
  return new BrineError({ code: 'input.schema', text, where: { path: `job.${path}` } });
}
