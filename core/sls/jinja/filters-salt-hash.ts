/** Salt's digests, base64 and uuid. */
import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { fromBase64, toBase64 } from '../../json.ts';
import { Bytes } from '../../value.ts';
import { type Filter, pure, str } from './filter.ts';
import { arg } from './parameters.ts';
import { OperationError } from './values.ts';

const digest = (hash: (data: Uint8Array) => Uint8Array): Filter =>
  pure((of) => bytesToHex(hash(of instanceof Bytes ? of.bytes : utf8ToBytes(str(of, 'a digest')))));

/** The namespace of Salt's uuid5. */
const SPACE = [0x91, 0x63, 0x3e, 0xbf, 0x1c, 0x86, 0x5e, 0x33, 0x93, 0x5a, 0x28, 0x06, 0x1f, 0x4b, 0x48, 0x0e];

/** The same bytes as Python makes of them: bits that fill up the last digit are dropped. */
function canonical(digits: string): string {
  const rest = digits.length % 4;
  if (rest === 0) return digits;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const kept = alphabet.indexOf(digits.at(-1) as string) & (rest === 2 ? 0b110000 : 0b111100);
  return `${digits.slice(0, -1)}${alphabet[kept]}${'='.repeat(4 - rest)}`;
}

export const saltHashFilters: Readonly<Record<string, Filter>> = {
  md5: digest(md5),
  sha1: digest(sha1),
  sha256: digest(sha256),
  sha512: digest(sha512),
  base64_encode: pure((of) => toBase64(of instanceof Bytes ? of.bytes : utf8ToBytes(str(of, 'base64_encode')))),
  base64_decode: pure((of) => {
    // Python's decoder passes over what is no base64, and stops at the padding.
    const digits = (/^[A-Za-z0-9+/]*/.exec(str(of, 'base64_decode').replace(/[^A-Za-z0-9+/=]/g, '')) as RegExpExecArray)[0];
    const padded = str(of, 'base64_decode')
      .replace(/[^A-Za-z0-9+/=]/g, '')
      .slice(digits.length);
    const bytes =
      digits.length % 4 === 1 || (digits.length % 4 > 0 && padded.length < 4 - (digits.length % 4))
        ? undefined
        : fromBase64(canonical(digits));
    if (!bytes) throw new OperationError('Incorrect padding', 'jinja.value');
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return new Bytes(bytes);
    }
  }),
  hmac: pure((of, call) => {
    const key = utf8ToBytes(str(arg(call, 0, 'shared_secret'), 'hmac'));
    return toBase64(hmac(sha256, key, utf8ToBytes(str(of, 'hmac')))) === arg(call, 1, 'challenge_hmac');
  }),
  hmac_compute: pure((of, call) =>
    bytesToHex(
      hmac(sha256, utf8ToBytes(str(arg(call, 0, 'shared_secret'), 'hmac_compute')), utf8ToBytes(str(of, 'hmac_compute'))),
    ),
  ),
  uuid: pure((of) => {
    const bytes = sha1(new Uint8Array([...SPACE, ...utf8ToBytes(str(of, 'uuid'))])).slice(0, 16);
    bytes[6] = ((bytes[6] as number) & 15) | 80;
    bytes[8] = ((bytes[8] as number) & 63) | 128;
    return bytesToHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }),
};
