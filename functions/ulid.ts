/** ULIDs for what functions fire: 48 bits of time, 80 of chance, Crockford's base32; or, for what a repetition fires again, always the same. */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Clock, Random } from '../core/ports.ts';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function newUlid({ clock, random }: { readonly clock: Clock; readonly random: Random }): string {
  let time = '';
  for (let rest = clock.now(); time.length < 10; rest = Math.floor(rest / 32)) time = `${DIGITS[rest % 32]}${time}`;
  let bits = random.bytes(10).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let chance = '';
  for (; chance.length < 16; bits >>= 5n) chance = `${DIGITS[Number(bits & 31n)]}${chance}`;
  return time + chance;
}

/**
 * The same for the same words: an event that is fired again by a repetition (Lambda, SQS and EventBridge all deliver at least once) keeps its uid, so
 * that it is planned once.
 */
export function ulidOf(...words: readonly (string | number)[]): string {
  let bits = sha256(utf8ToBytes(words.map((word) => `${String(word).length}:${word}`).join(''))).reduce(
    (sum, byte, i) => (i < 16 ? (sum << 8n) | BigInt(byte) : sum),
    0n,
  );
  let text = '';
  for (; text.length < 26; bits >>= 5n) text = `${DIGITS[Number(bits & 31n)]}${text}`;
  return text;
}
