/** Digests by Salt's names. */
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { Exception } from './module.ts';

const HASHES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = { md5, sha1, sha224, sha256, sha384, sha512 };
/** By the length of their hexadecimal form. */
const BY_LENGTH: Readonly<Record<number, string>> = {
  32: 'md5',
  40: 'sha1',
  56: 'sha224',
  64: 'sha256',
  96: 'sha384',
  128: 'sha512',
};

export function hashOf(bytes: Uint8Array, type: string): string {
  const hash = Object.hasOwn(HASHES, type) ? HASHES[type] : undefined;
  if (!hash) throw new Exception('ValueError', `Invalid hash type: ${type}`);
  return Buffer.from(hash(bytes)).toString('hex');
}

export function hashTypeOf(hex: string): string | undefined {
  return BY_LENGTH[hex.length];
}
