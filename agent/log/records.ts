/**
 * The log's records on disk: length, CRC and JSON. A torn tail is cut off. Damage in the middle (a bad sector) costs the records that it hit:
 * whole ones behind it are found again, since what was synced once must not be lost with its neighbour.
 */
import { crc32 } from 'node:zlib';

export type Record =
  /** An event that waits to be sent. `body` is `core/event` text of it alone, `stamp` its time. */
  | { readonly t: 'event'; readonly seq: number; readonly stamp: number; readonly body: string }
  | { readonly t: 'accepted'; readonly jid: string; readonly message: string; readonly expires: number }
  | { readonly t: 'started'; readonly jid: string }
  /** The return, and the event that carries it: one record, so neither is without the other. */
  | {
      readonly t: 'done';
      readonly jid: string;
      readonly outcome: string;
      readonly seq: number;
      readonly stamp: number;
      readonly body: string;
    }
  | { readonly t: 'acked'; readonly upTo: number }
  | { readonly t: 'aside'; readonly seq: number; readonly code: string }
  /** In a rewritten log: a job id that must not be taken again before `until`. */
  | { readonly t: 'known'; readonly jid: string; readonly until: number }
  | { readonly t: 'next'; readonly seq: number };

/** A record and the place of its frame. */
export interface Placed {
  readonly record: Record;
  readonly at: number;
  readonly length: number;
}

const HEADER = 8;
/** How every body begins; what follows damage is looked for by it. */
const BEGIN = Buffer.from('{"t":"');

export function encodeRecord(record: Record): Buffer {
  const body = Buffer.from(JSON.stringify(record), 'utf8');
  const frame = Buffer.allocUnsafe(HEADER + body.length);
  frame.writeUInt32BE(body.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  body.copy(frame, HEADER);
  return frame;
}

/** The record whose frame begins here, or null. */
export function decodeRecord(bytes: Buffer, at = 0): Placed | null {
  if (at + HEADER > bytes.length) return null;
  const length = HEADER + bytes.readUInt32BE(at);
  if (length === HEADER || at + length > bytes.length) return null;
  const body = bytes.subarray(at + HEADER, at + length);
  if (crc32(body) !== bytes.readUInt32BE(at + 4)) return null;
  try {
    return { record: JSON.parse(body.toString('utf8')) as Record, at, length };
  } catch {
    return null;
  }
}

/** All whole records in order, where the last of them ends, and how many bytes between them belong to none. */
export function decodeRecords(bytes: Buffer): {
  readonly records: readonly Placed[];
  readonly good: number;
  readonly damaged: number;
} {
  const records: Placed[] = [];
  let good = 0;
  let damaged = 0;
  for (let at = 0; at < bytes.length; ) {
    const found = decodeRecord(bytes, at);
    if (found) {
      damaged += at - good;
      records.push(found);
      at += found.length;
      good = at;
    } else {
      const next = bytes.indexOf(BEGIN, at + HEADER + 1);
      if (next < 0) break;
      at = next - HEADER;
    }
  }
  return { records, good, damaged };
}
