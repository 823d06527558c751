/** ULIDs: 48 bits of time and 80 of chance in Crockford's base32, for requests, watches and platform events; or always the same, of words. */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `now` in milliseconds UTC; of `chance` the first ten bytes count. */
export function newUlid(now: number, chance: Uint8Array): string {
  return digits(BigInt(now), 10) + digits(bitsOf(chance.subarray(0, 10)), 16);
}

/**
 * The same for the same words: an event that is fired again by a repetition (Lambda, SQS and EventBridge all deliver at least once) keeps its uid, so
 * that it is planned once.
 */
export function ulidOf(...words: readonly (string | number)[]): string {
  const text = words.map((word) => `${String(word).length}:${word}`).join('');
  return digits(bitsOf(sha256(utf8ToBytes(text)).subarray(0, 16)), 26);
}

function bitsOf(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function digits(bits: bigint, count: number): string {
  let text = '';
  for (let rest = bits; text.length < count; rest >>= 5n) text = `${DIGITS[Number(rest & 31n)]}${text}`;
  return text;
}
