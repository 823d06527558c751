/** Ed25519 keys: a host's identity on disk, a join token's seed, and the one place where a signature by them is made or verified. */
import {
  createPrivateKey,
  createPublicKey,
  sign as ed25519Sign,
  verify as ed25519Verify,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BrineError } from '../core/errors.ts';
import { fromBase64Url, sha256, toBase64Url } from './transcript.ts';

export interface Identity {
  /** Raw public key, base64url. */
  readonly key: string;
  readonly fingerprint: string;
  /** Signature over a transcript, base64url. */
  sign(transcript: Uint8Array): string;
}

/** What stands before a raw Ed25519 seed in PKCS #8. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The identity of a 32-byte seed: a host's file, or the token of a join string. */
export function identityOf(seed: Uint8Array): Identity {
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  return identityWith(secret);
}

/** A new key that lives in memory alone: a function instance's. */
export function createIdentity(): Identity {
  return identityWith(generateKeyPairSync('ed25519').privateKey);
}

function identityWith(secret: KeyObject): Identity {
  const { x } = createPublicKey(secret).export({ format: 'jwk' });
  const key = String(x);
  return { key, fingerprint: fingerprint(key), sign: (bytes) => toBase64Url(ed25519Sign(null, bytes, secret)) };
}

/** `SHA256:` and base64 of the digest of the raw key, as OpenSSH prints it. */
export function fingerprint(key: string): string {
  return `SHA256:${Buffer.from(sha256(fromBase64Url(key) ?? new Uint8Array()))
    .toString('base64')
    .replace(/=+$/, '')}`;
}

/** Does this Ed25519 key vouch for these bytes? False for anything that is no key or no signature. */
export function verify(key: string, transcript: Uint8Array, sig: string): boolean {
  const signature = fromBase64Url(sig);
  const object = signature?.length === 64 ? verifier(key) : null;
  return object !== null && signature !== null && ed25519Verify(null, transcript, object, signature);
}

// Making a key object costs as much as a fifth of a verification; the same hosts come again and again.
const known = new Map<string, KeyObject>();
const KNOWN = 4096;

function verifier(key: string): KeyObject | null {
  const seen = known.get(key);
  if (seen) return seen;
  if (fromBase64Url(key)?.length !== 32) return null;
  try {
    const object = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' });
    if (known.size >= KNOWN) known.delete(known.keys().next().value as string);
    known.set(key, object);
    return object;
  } catch {
    return null;
  }
}

/** The identity in this file, made at first (mode 0600, whole or not at all). Throws `trust.identity`. */
export async function loadIdentity(path: string): Promise<Identity> {
  const seed = await readSeed(path);
  if (seed) return identityOf(seed);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const half = `${path}.${toBase64Url(randomBytes(6))}`;
  const file = await open(half, 'wx', 0o600);
  try {
    await file.writeFile(`${toBase64Url(randomBytes(32))}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  // A link fails when another process was faster; its key is then the one that stays.
  await link(half, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(half);
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
  return loadIdentity(path);
}

async function readSeed(path: string): Promise<Uint8Array | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new BrineError({ code: 'trust.identity', text: 'the key cannot be read', where: { file: path } }, { cause });
  }
  const seed = fromBase64Url(text.trim());
  if (seed?.length === 32) return seed;
  throw new BrineError({
    code: 'trust.identity',
    text: 'expected 32 bytes in base64url, found something else',
    where: { file: path },
    hint: 'remove the file to make a new identity, which has to be accepted again',
  });
}
