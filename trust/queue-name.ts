/** The name of a minion's own queue: nothing is inherited under an old id, key or incarnation. Trust section 4, line 3. */
import { base32, type Incarnation, type MinionId, type Stack } from '../core/ids.ts';
import { fromBase64Url, sha256, transcript } from './transcript.ts';

export interface QueueOwner {
  readonly id: MinionId;
  /** Raw Ed25519 key, base64url. */
  readonly key: string;
  readonly incarnation: Incarnation;
}

/** `<name>-m-` and 26 characters of base32. */
export function queueName(stack: Stack, { id, key, incarnation }: QueueOwner): string {
  const name = stack.slice(stack.lastIndexOf('/') + 1);
  const hash = sha256(transcript(stack, 'queue', id, fromBase64Url(key) ?? key, incarnation));
  return `${name}-m-${base32(hash, 26)}`;
}
