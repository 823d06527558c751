/** The log's records on disk: length, CRC and JSON. A torn or damaged tail is cut off; what was synced before it stays. */
import { crc32 } from 'node:zlib';

export type Record =
  /** An event that waits to be sent. `body` is `core/event` text of it alone. */
  | { readonly t: 'event'; readonly seq: number; readonly body: string }
  | { readonly t: 'accepted'; readonly jid: string; readonly message: string; readonly expires: number }
  | { readonly t: 'started'; readonly jid: string }
  /** The return, and the event that carries it: one record, so neither is without the other. */
  | { readonly t: 'done'; readonly jid: string; readonly outcome: string; readonly seq: number; readonly body: string }
  | { readonly t: 'acked'; readonly upTo: number }
  | { readonly t: 'aside'; readonly seq: number; readonly code: string }
  /** In a rewritten log: a job id that must not be taken again before `until`. */
  | { readonly t: 'known'; readonly jid: string; readonly until: number; readonly outcome: string }
  | { readonly t: 'next'; readonly seq: number };

const HEADER = 8;

export function encodeRecord(record: Record): Buffer {
  const body = Buffer.from(JSON.stringify(record), 'utf8');
  const frame = Buffer.allocUnsafe(HEADER + body.length);
  frame.writeUInt32BE(body.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  body.copy(frame, HEADER);
  return frame;
}

/** Whole records from the front, and how many bytes they take. */
export function decodeRecords(bytes: Buffer): { readonly records: readonly Record[]; readonly good: number } {
  const records: Record[] = [];
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const end = at + HEADER + length;
    if (length === 0 || end > bytes.length) break;
    const body = bytes.subarray(at + HEADER, end);
    if (crc32(body) !== bytes.readUInt32BE(at + 4)) break;
    try {
      records.push(JSON.parse(body.toString('utf8')) as Record);
    } catch {
      break;
    }
    at = end;
  }
  return { records, good: at };
}
