import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type OracleCall, reactions } from '../../support/oracle.ts';

interface SaltCall extends OracleCall {
  given?: Record<string, unknown>;
  params?: string[];
  effective?: { args: unknown[]; kwargs: unknown };
}
interface Salt {
  calls: SaltCall[];
  errors: { kind: string; sls?: string; id?: string }[];
  file_order?: number[];
  dropped?: { id: string }[];
}
interface Case {
  id: string;
  reactorConf: string;
  files: Record<string, string>;
  event: { tag: string; data: unknown };
  salt: Salt;
  as_meant?: Salt | SaltCall[];
  salt_next?: Salt;
  salt3008?: Salt;
  salt_is_silent?: unknown;
}
const text = readFileSync(join(import.meta.dirname, '../../fixtures/oracle/reactor.json'), 'utf8');
const oracle: { cases: Case[] } = JSON.parse(text);
/** Data of events without loss: a float without a fraction stays one. */
const marked = text.replace(
  /("(?:[^"\\]|\\.)*")|(-?\d+\.0+)(?![\d.])/g,
  (_all, quoted, float) => quoted ?? `{"$float":"${float}"}`,
);
const exact: { cases: Case[] } = JSON.parse(marked);
oracle.cases.forEach((one, i) => {
  one.event.data = exact.cases[i]?.event.data;
});
/** Cases that are not right yet. */
const open: readonly string[] = JSON.parse(readFileSync(join(import.meta.dirname, 'open-cases.json'), 'utf8'));

/** What both sides say of a call; positions and names of runner arguments are compared as what the file gave. */
function shape(call: SaltCall) {
  const { kind, fun, tgt, tgtType, id, sls } = call;
  return { kind, fun, ...(kind === 'local' && { tgt: Array.isArray(tgt) ? tgt : String(tgt), tgtType }), id, sls };
}

function named(call: SaltCall, params: readonly string[] | undefined): unknown {
  return { ...Object.fromEntries(call.args.map((value, i) => [params?.[i] ?? `#${i}`, value])), ...(call.kwargs as object) };
}

function sameCall(mine: OracleCall, salt: SaltCall): boolean {
  try {
    expect(shape(mine as SaltCall)).toEqual(shape(salt));
    if (salt.given && salt.params) expect(named(mine as SaltCall, salt.params)).toEqual(salt.given);
    else expect([mine.args, mine.kwargs]).toEqual([salt.args, salt.kwargs]);
    return true;
  } catch {
    return false;
  }
}

function fits(found: ReturnType<typeof reactions>, one: Case): boolean {
  const variants: (Salt | SaltCall[])[] = [one.salt, one.as_meant, one.salt_next, one.salt3008].filter(
    (variant) => variant !== undefined,
  );
  const right = variants.some((variant) => {
    const calls = Array.isArray(variant) ? variant : (variant.calls ?? one.salt.calls);
    const order = !Array.isArray(variant) && variant.file_order ? variant.file_order.map((i) => calls[i] as SaltCall) : calls;
    return [order, calls].some(
      (list) => list.length === found.calls.length && list.every((call, i) => sameCall(found.calls[i] as OracleCall, call)),
    );
  });
  if (right) return true;
  // A report instead of what Salt twists in silence.
  if (one.salt_is_silent !== undefined && found.errors.length > 0) return true;
  // Where Salt is silent, drops something or dies: what is sound runs, and the rest is reported.
  const sound = one.salt.calls.every((call) => found.calls.some((mine) => sameCall(mine, call)));
  return (
    (one.salt_is_silent !== undefined || (one.salt.dropped ?? []).length > 0 || one.salt.errors.length > 0) &&
    sound &&
    (found.errors.length > 0 || one.salt_is_silent !== undefined)
  );
}

it.each(oracle.cases.filter(({ id }) => !open.includes(id)))('$id does what Salt does, or says why not', (one) => {
  const found = reactions(one);
  expect({ fits: fits(found, one), found: found.calls, salt: one.salt.calls }).toMatchObject({ fits: true });
  if (one.salt.errors.length > 0 && one.salt_is_silent === undefined && one.as_meant === undefined)
    expect(found.errors.length).toBeGreaterThan(0);
});

it.each(oracle.cases.filter(({ id }) => open.includes(id)))(
  '$id is open still (when it is right, take it off the list)',
  (one) => {
    const found = reactions(one);
    const right =
      fits(found, one) && !(one.salt.errors.length > 0 && one.salt_is_silent === undefined && found.errors.length === 0);
    expect(right).toBe(false);
  },
);
