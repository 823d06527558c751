/** A P-256 key of KMS: what is said of it, what it signs, and whether a signature is its own. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { AwsError } from '../service.ts';

export interface Key {
  readonly id: string;
  readonly arn: string;
  readonly pem: string;
  policy: string;
}

export interface Asked {
  readonly Message?: string | undefined;
  readonly MessageType?: string | undefined;
  readonly Signature?: string | undefined;
  readonly SigningAlgorithm?: string | undefined;
}

export const ALGORITHM = 'ECDSA_SHA_256';
/** Bytes of a message; longer ones are digested by their sender. */
const LONGEST = 4096;

export function metadata(key: Key, account: string) {
  return {
    AWSAccountId: account,
    KeyId: key.id,
    Arn: key.arn,
    Enabled: true,
    KeyState: 'Enabled',
    KeyManager: 'CUSTOMER',
    Origin: 'AWS_KMS',
    MultiRegion: false,
    KeySpec: 'ECC_NIST_P256',
    KeyUsage: 'SIGN_VERIFY',
    SigningAlgorithms: [ALGORITHM],
  };
}

export function signed(key: Key, asked: Asked) {
  const message = messageOf(asked);
  const Signature = sign('sha256', message, createPrivateKey(key.pem)).toString('base64');
  return { KeyId: key.arn, SigningAlgorithm: ALGORITHM, Signature };
}

export function verified(key: Key, asked: Asked) {
  const message = messageOf(asked);
  if (!verify('sha256', message, createPublicKey(key.pem), Buffer.from(asked.Signature ?? '', 'base64')))
    throw new AwsError('KMSInvalidSignatureException', 'The signature is not one of this key over this message.');
  return { KeyId: key.arn, SigningAlgorithm: ALGORITHM, SignatureValid: true };
}

function messageOf({ Message = '', MessageType = 'RAW', SigningAlgorithm = '' }: Asked): Buffer {
  if (SigningAlgorithm !== ALGORITHM)
    throw new AwsError('InvalidKeyUsageException', `Algorithm ${SigningAlgorithm} is incompatible with key spec ECC_NIST_P256.`);
  // Node signs no digest that somebody else made, and Brine has its messages signed raw.
  if (MessageType !== 'RAW')
    throw new AwsError('UnsupportedOperationException', 'the embedded AWS signs raw messages, and no digests');
  const message = Buffer.from(Message, 'base64');
  if (message.length < 1 || message.length > LONGEST)
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length less than or equal to ${LONGEST}`,
    );
  return message;
}
