/** ULIDs for what functions fire: 48 bits of time, 80 of chance, Crockford's base32. */
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
