/** A return above 200 KB travels as head, tail, size and digest; the whole stays on the host. Nothing is cut without saying so. */
import { sha256 } from '@noble/hashes/sha2.js';
import { encode } from '../core/json.ts';
import { Dict, type Value } from '../core/value.ts';
import type { JobFiles } from './job-files.ts';

/** Bytes as the event carries them: quotes and line breaks of a text count as they are escaped. */
const LIMIT = 200_000;
const KEPT = 50_000;
/** Arguments are the platform's to say; a host that echoes large ones would make its return too large to travel. */
const ARGUMENTS = 30_000;

export interface CutReturn {
  readonly load: Readonly<Record<string, Value>>;
  /** Whether the job's files have to stay. */
  readonly cut: boolean;
}

/** `{return}` as it is, or `{return, cut: {size, sha256}}`, where size and digest are of the whole's UTF-8. */
export function cutReturn(value: Value, jid: string, files: Pick<JobFiles, 'keep'>): CutReturn {
  const encoded = encode(value);
  if (bytesOf(encoded) <= LIMIT) return { load: { return: value }, cut: false };
  // Half a character, which a host may print, has no bytes of its own: it is counted and kept as what it travels as.
  const text = Buffer.from(typeof value === 'string' ? value : encoded).toString();
  const size = bytesOf(text);
  const digest = Buffer.from(sha256(new TextEncoder().encode(text))).toString('hex');
  const [head, tail] = [ofBytes(text, KEPT, false), ofBytes(text, KEPT, true)];
  const left = size - bytesOf(head) - bytesOf(tail);
  const where = files.keep(jid, text)
    ? `the whole: brine jobs output ${jid} ID`
    : 'the disk is full, the whole could not be kept';
  const notice = `\n… ${left} of ${size} bytes left out; ${where}\n`;
  return { load: { return: head + notice + tail, cut: Dict.of({ size: BigInt(size), sha256: digest }) }, cut: true };
}

export function tooLong(args: readonly Value[]): boolean {
  return bytesOf(encode([...args])) > ARGUMENTS;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** Of a character that was cut in two. */
const HALF = /^[\udc00-\udfff]|[\ud800-\udbff]$/g;

/** As much of the beginning or the end as its JSON may take, in whole characters. */
function ofBytes(text: string, most: number, fromEnd: boolean): string {
  let [low, high] = [0, Math.min(text.length, most)];
  const part = (length: number) => (fromEnd ? text.slice(text.length - length) : text.slice(0, length)).replace(HALF, '');
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (bytesOf(encode(part(middle))) <= most) low = middle;
    else high = middle - 1;
  }
  return part(low);
}
