/** Frames between minion and relay: `[topic, kind, …]` both ways. Sizes are looked at before anything is read. Trust section 3. */
import * as v from 'valibot';
import { decodePlain, encode, utf8 } from '../core/json.ts';
import { fromPlain } from '../core/value.ts';

export const TOPIC_BYTES = 16;
const HELLO_BYTES = 4096;
const GRAINS_BYTES = 65_536;
export const BATCH_BYTES = 262_144;
const OTHER_BYTES = 1024;
/** A piece of a file is 128 KB, in base64url. */
const PIECE_BYTES = 180_000;
/** The largest single frame that either side takes from the wire. */
export const FRAME_BYTES = BATCH_BYTES;

export interface HelloParts {
  readonly text: string;
  readonly sig: string;
  readonly grains?: string;
  readonly tokenSig?: string;
}

export interface StateParts {
  readonly text: string;
  readonly cert: { readonly text: string; readonly sig: string };
  readonly sig: string;
  readonly epk?: string;
  readonly box?: string;
}

export interface BatchParts {
  readonly seq: number;
  readonly at: number;
  readonly body: string;
  readonly sig: string;
}

export interface FetchParts {
  readonly text: string;
  readonly sig: string;
}

/** What an answer to `fetch` is about; with a code there are no bytes. */
export interface PieceParts {
  readonly sha256: string;
  readonly offset: number;
  /** Bytes of the whole file. */
  readonly size: number;
  readonly code?: string;
  /** base64url. */
  readonly data: string;
}

/** What a minion says. */
export type Up =
  | { readonly kind: 'hello'; readonly hello: HelloParts }
  | { readonly kind: 'batch'; readonly batch: BatchParts }
  | { readonly kind: 'fetch'; readonly fetch: FetchParts }
  | { readonly kind: 'ping'; readonly n: string };

/** A batch, or an event of it, that was not taken. `link.busy` means later, everything else means never. */
export interface RefusedEvent {
  readonly seq: number;
  readonly code: string;
}

/**
 * What a relay says. `again` without a code asks for a hello; with one it says why the last hello went no further. A pong says whether the relay
 * hears its control queue, so that it could pass a bell.
 */
export type Down =
  | { readonly kind: 'state'; readonly state: StateParts }
  | { readonly kind: 'ack'; readonly upTo: number; readonly refused: readonly RefusedEvent[] }
  | { readonly kind: 'again'; readonly code: string }
  | { readonly kind: 'piece'; readonly piece: PieceParts }
  | { readonly kind: 'bell' }
  | { readonly kind: 'pong'; readonly n: string; readonly hears: boolean };

/** What is counted and otherwise ignored. */
export type Dropped = 'topic' | 'kind' | 'size' | 'form';

export type Read<T> =
  | { readonly topic: Uint8Array; readonly message: T }
  | { readonly dropped: Dropped; readonly topic?: Uint8Array };

export function encodeUp(topic: Uint8Array, up: Up): Uint8Array[] {
  return frames(topic, up.kind, upParts(up));
}

function upParts(up: Up): string[] {
  if (up.kind === 'hello') return [up.hello.text, up.hello.sig, up.hello.grains ?? '', up.hello.tokenSig ?? ''];
  if (up.kind === 'ping') return [up.n];
  if (up.kind === 'fetch') return [up.fetch.text, up.fetch.sig];
  const { seq, at, body, sig } = up.batch;
  return [encode(fromPlain({ seq, at })), body, sig];
}

export function encodeDown(topic: Uint8Array, down: Down): Uint8Array[] {
  return frames(topic, down.kind, downParts(down));
}

function downParts(down: Down): string[] {
  switch (down.kind) {
    case 'state': {
      const { text, cert, sig, epk, box } = down.state;
      return [text, cert.text, cert.sig, sig, epk ?? '', box ?? ''];
    }
    case 'ack':
      return [encode(fromPlain({ upTo: down.upTo, refused: down.refused }))];
    case 'piece': {
      const { data, ...head } = down.piece;
      return [encode(fromPlain(head)), data];
    }
    case 'again':
      return [down.code];
    case 'pong':
      return [down.n, down.hears ? 'hears' : ''];
    case 'bell':
      return [];
  }
}

function frames(topic: Uint8Array, kind: string, parts: readonly string[]): Uint8Array[] {
  return [topic, ...[kind, ...parts].map((part) => Buffer.from(part, 'utf8'))];
}

/** How many parts each kind has, and how many bytes each of them at most. */
const UP: Readonly<Record<string, readonly number[]>> = {
  hello: [HELLO_BYTES, 128, GRAINS_BYTES, 128],
  batch: [128, BATCH_BYTES, 128],
  fetch: [OTHER_BYTES, 128],
  ping: [64],
};

const DOWN: Readonly<Record<string, readonly number[]>> = {
  state: [4096, OTHER_BYTES, 256, 128, 64, 8192],
  ack: [65_536],
  piece: [256, PIECE_BYTES],
  again: [64],
  bell: [],
  pong: [64, 8],
};

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const batchHead = v.strictObject({ seq: whole, at: whole });
const codeText = v.pipe(v.string(), v.regex(/^[a-z_]{1,32}\.[a-z_]{1,32}$/));
const pieceHead = v.strictObject({
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  offset: whole,
  size: whole,
  code: v.exactOptional(codeText),
});
const ackText = v.strictObject({
  upTo: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)),
  refused: v.array(v.strictObject({ seq: whole, code: codeText })),
});

/** What came from a peer whom nobody knows: any number of frames of any size. Never throws. */
export function parseUp(received: readonly Uint8Array[]): Read<Up> {
  const split = splitFrames(received, UP);
  if ('dropped' in split) return split;
  const { topic, kind, parts } = split;
  const [a = '', b = '', c = '', d = ''] = parts;
  if (kind === 'ping') return { topic, message: { kind, n: a } };
  if (kind === 'hello') {
    return { topic, message: { kind, hello: { text: a, sig: b, ...(c && { grains: c }), ...(d && { tokenSig: d }) } } };
  }
  if (kind === 'fetch') return { topic, message: { kind, fetch: { text: a, sig: b } } };
  const head = read(batchHead, a);
  return head ? { topic, message: { kind: 'batch', batch: { ...head, body: b, sig: c } } } : { dropped: 'form', topic };
}

export function parseDown(received: readonly Uint8Array[]): Read<Down> {
  const split = splitFrames(received, DOWN);
  if ('dropped' in split) return split;
  const { topic, kind, parts } = split;
  const [a = '', b = '', c = '', sig = '', epk = '', box = ''] = parts;
  if (kind === 'bell') return { topic, message: { kind } };
  if (kind === 'pong') return { topic, message: { kind, n: a, hears: b === 'hears' } };
  if (kind === 'again') return { topic, message: { kind, code: a } };
  if (kind === 'state') {
    const state = { text: a, cert: { text: b, sig: c }, sig, ...(epk && { epk }), ...(box && { box }) };
    return { topic, message: { kind, state } };
  }
  if (kind === 'piece') {
    const head = read(pieceHead, a);
    return head ? { topic, message: { kind, piece: { ...head, data: b } } } : { dropped: 'form', topic };
  }
  const ack = read(ackText, a);
  return ack ? { topic, message: { kind: 'ack', ...ack } } : { dropped: 'form', topic };
}

function splitFrames(
  received: readonly Uint8Array[],
  kinds: Readonly<Record<string, readonly number[]>>,
): { topic: Uint8Array; kind: string; parts: string[] } | { dropped: Dropped; topic?: Uint8Array } {
  const [topic, kindFrame, ...rest] = received;
  if (topic?.length !== TOPIC_BYTES || !kindFrame) return { dropped: 'topic' };
  const kind = kindFrame.length <= 16 ? Buffer.from(kindFrame).toString('latin1') : '';
  const limits = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!limits) return { dropped: 'kind', topic };
  if (rest.length !== limits.length) return { dropped: 'form', topic };
  if (rest.some((frame, i) => frame.length > (limits[i] ?? 0))) return { dropped: 'size', topic };
  try {
    return { topic, kind, parts: rest.map(utf8) };
  } catch {
    return { dropped: 'form', topic };
  }
}

function read<S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> | null {
  try {
    const found = v.safeParse(schema, decodePlain(text));
    return found.success ? found.output : null;
  } catch {
    return null;
  }
}
