/** `Detail` of the entries that a relay puts: batches packed in order, as large as an entry may be. Step 5. */
import type { MinionBatch, Presence } from '../core/event.ts';
import type { BusEntry } from '../core/ports.ts';

/** One event is billed for each 64 KB of an entry, so an entry is filled up to that. */
export const ENTRY_BYTES = 65_536;
/** What EventBridge takes in one call, with room for what it adds to each entry. */
export const CALL_ENTRIES = 10;
export const CALL_BYTES = 1_000_000;
/** `{"v":1,"tag":[],"batches":[]}`, source, detail type and time. */
const FRAME = 128;

/** A batch that waits for its place. */
export interface Waiting {
  /** JSON of the batch, and of each tag in it, once. */
  readonly json: string;
  readonly tags: readonly string[];
  readonly bytes: number;
  /** True: EventBridge has it. */
  readonly done: (taken: boolean) => void;
  /** Milliseconds UTC after which it is given up. */
  readonly until: number;
}

export interface Packed {
  readonly entry: BusEntry;
  readonly bytes: number;
  readonly batches: readonly Waiting[];
}

export function waitingBatch(batch: MinionBatch, tags: Iterable<string>, until: number, done: (taken: boolean) => void): Waiting {
  const json = carryable(JSON.stringify(batch));
  const names = [...new Set(tags)].map((tag) => carryable(JSON.stringify(tag)));
  const bytes = Buffer.byteLength(json) + names.reduce((sum, name) => sum + Buffer.byteLength(name) + 1, 1);
  return { json, tags: names, bytes, until, done };
}

/** SQS, where some rules lead, refuses these characters as they are. */
function carryable(json: string): string {
  return json.replace(/[\u007f-\u009f\ufffe\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Takes from the front of the queue what fits one entry; a batch that is larger than an entry's share travels alone. */
export function packEntry(queue: Waiting[], pack: number): Packed {
  const batches: Waiting[] = [];
  let bytes = FRAME;
  for (let next = queue[0]; next; next = queue[0]) {
    if (batches.length > 0 && (bytes + next.bytes > ENTRY_BYTES || batches.length === pack)) break;
    queue.shift();
    batches.push(next);
    bytes += next.bytes;
  }
  const tags = [...new Set(batches.flatMap((batch) => batch.tags))];
  const detail = `{"v":1,"tag":[${tags.join()}],"batches":[${batches.map((batch) => batch.json).join()}]}`;
  return { entry: { source: 'brine.minion', detail }, bytes, batches };
}

/** A link fact of the relay's own; nobody signs it and nothing is decided by it. */
export function presenceEntry(presence: Presence): BusEntry {
  return { source: 'brine.relay', detail: JSON.stringify({ v: 1, tag: ['salt/presence/change'], batches: [], presence }) };
}
