/** ULIDs: 48 bits of time and 80 of chance, in Crockford's base32. They name requests, watches and platform events. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function newUlid(now: number, random: Uint8Array): string {
  let time = '';
  for (let rest = now; time.length < 10; rest = Math.floor(rest / 32)) time = `${DIGITS[rest % 32]}${time}`;
  let bits = 0n;
  for (const byte of random.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  let chance = '';
  for (; chance.length < 16; bits >>= 5n) chance = `${DIGITS[Number(bits & 31n)]}${chance}`;
  return time + chance;
}
