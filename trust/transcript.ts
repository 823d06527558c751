/** The bytes that are signed: kind, stack and parts, each with its length before it, so no two lists of parts give the same bytes. */
import { createHash } from 'node:crypto';
import type { Stack } from '../core/ids.ts';

/** Text is UTF-8, a number stands in decimal. */
export type Part = string | number | Uint8Array;

export function transcript(stack: Stack, kind: string, ...parts: readonly Part[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (const part of [`brine-${kind}-1`, stack, ...parts]) {
    const bytes = part instanceof Uint8Array ? part : Buffer.from(String(part), 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    chunks.push(length, bytes);
  }
  return Buffer.concat(chunks);
}

export function sha256(part: string | Uint8Array): Uint8Array {
  return createHash('sha256').update(part).digest();
}

/** base64url without padding, as keys, digests and signatures travel. */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

/** The bytes of a text that `toBase64Url` wrote; null for every other text, so that one value has one spelling. */
export function fromBase64Url(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

/** SHA-256, base64url: the form in which one text names another. */
export function digest(part: string | Uint8Array): string {
  return toBase64Url(sha256(part));
}
