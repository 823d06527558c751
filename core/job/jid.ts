/** Job ids: twenty digits of UTC time as Salt's, and a suffix that makes a plan's jids the same at each repetition. */
import { sha256 } from '@noble/hashes/sha2.js';
import { BrineError } from '../errors.ts';
import { base32 } from '../ids.ts';

/** `YYYYMMDDhhmmssffffff`, then optionally `_` and a suffix (Salt's own test). */
export type Jid = string & { readonly brand: 'Jid' };

export function parseJid(text: unknown): Jid {
  if (typeof text === 'string' && /^\d{20}(_[A-Za-z0-9]{1,64})?$/.test(text)) return text as Jid;
  throw new BrineError({
    code: 'job.jid',
    text: `expected a job id, found ${JSON.stringify(text)?.slice(0, 80)}`,
    hint: 'twenty digits, for example 20261122151106494646; brine jobs list shows the newest',
  });
}

/** `at` in milliseconds UTC; `parts` name the reaction: (uid, entry index, file, reaction id, function, ordinal). */
export function makeJid(at: number, parts: readonly (string | number)[]): Jid {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(0, 17);
  const digest = sha256(new TextEncoder().encode(JSON.stringify(parts)));
  return `${digits}000_${base32(digest, 16)}` as Jid;
}
