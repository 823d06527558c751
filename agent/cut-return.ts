/** A return above 200 KB travels as head, tail, size and digest; the whole stays on the host. Nothing is cut without saying so. */
import { sha256 } from '@noble/hashes/sha2.js';
import { encode } from '../core/json.ts';
import { Dict, type Value } from '../core/value.ts';

const LIMIT = 200_000;
const KEPT = 50_000;

/** `{return}` as it is, or `{return, cut}`. */
export async function cutReturn(value: Value, _jid: string): Promise<Record<string, Value>> {
  const text = typeof value === 'string' ? value : encode(value);
  if (text.length * 3 < LIMIT || Buffer.byteLength(text) <= LIMIT) return { return: value };
  const size = Buffer.byteLength(text);
  const digest = Buffer.from(sha256(new TextEncoder().encode(text))).toString('hex');
  const notice = `\n… ${size - 2 * KEPT} of ${size} bytes left out; the whole: brine jobs output …\n`;
  return { return: text.slice(0, KEPT) + notice + text.slice(-KEPT), cut: Dict.of({ size: BigInt(size), sha256: digest }) };
}
