/** CURVE key pairs and their Z85 spelling (ZeroMQ RFC 32): the keys of the link alone; nothing is believed because of them. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

export interface CurveKeys {
  /** 40 characters of Z85. */
  readonly publicKey: string;
  readonly secretKey: string;
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** 4 bytes → 5 characters; the length must be a multiple of 4. */
export function toZ85(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 4) {
    const word = Buffer.from(bytes.subarray(i, i + 4)).readUInt32BE(0);
    for (let power = 85 ** 4; power >= 1; power /= 85) out += DIGITS[Math.floor(word / power) % 85];
  }
  return out;
}

/** null for what is no Z85 of a multiple of 4 bytes. */
export function fromZ85(text: string): Uint8Array | null {
  if (text.length % 5 !== 0) return null;
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let i = 0; i < text.length; i += 5) {
    let word = 0;
    for (const char of text.slice(i, i + 5)) {
      const digit = DIGITS.indexOf(char);
      if (digit < 0) return null;
      word = word * 85 + digit;
    }
    if (word > 0xffffffff) return null;
    bytes.writeUInt32BE(word, (i / 5) * 4);
  }
  return bytes;
}

export function isCurveKey(text: string): boolean {
  return text.length === 40 && fromZ85(text) !== null;
}

export function createCurveKeys(): CurveKeys {
  return keysOf(Buffer.from(String(generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' }).d), 'base64url'));
}

/** The pair of a secret that was kept; null for what is no secret. */
export function curveKeysOf(secretKey: string): CurveKeys | null {
  const secret = secretKey.length === 40 ? fromZ85(secretKey) : null;
  return secret && keysOf(secret);
}

const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

function keysOf(secret: Uint8Array): CurveKeys {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return { publicKey: toZ85(Buffer.from(String(x), 'base64url')), secretKey: toZ85(secret) };
}
