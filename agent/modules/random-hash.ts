/** A random digest in hexadecimal. */
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { InvocationError } from './module.ts';

const HASHES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = { sha224, sha256, sha384, sha512 };

export function randomHash(type: string): string {
  const hash = Object.hasOwn(HASHES, type) ? HASHES[type] : undefined;
  if (!hash) throw new InvocationError(`hash_type: expected one of ${Object.keys(HASHES).join(', ')}, found '${type}'`);
  return Buffer.from(hash(crypto.getRandomValues(new Uint8Array(64)))).toString('hex');
}
