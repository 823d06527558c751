/** The two roots in KMS: signing for those whom the key's own policy names, and the public halves for those who check. */
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import type { Root, Roots } from '../trust/certificate.ts';
import { toBase64Url } from '../trust/transcript.ts';

export function createRoot(client: KMSClient, alias: string): Root {
  return {
    async sign(message) {
      const { Signature } = await client.send(
        new SignCommand({ KeyId: alias, Message: message, MessageType: 'RAW', SigningAlgorithm: 'ECDSA_SHA_256' }),
      );
      return Signature as Uint8Array;
    },
  };
}

/** Read once an instance: rotation makes new functions. */
export async function readRoots(client: KMSClient, aliases: { readonly jobs: string; readonly enroll: string }): Promise<Roots> {
  const read = async (alias: string) => [
    toBase64Url((await client.send(new GetPublicKeyCommand({ KeyId: alias }))).PublicKey as Uint8Array),
  ];
  const [jobs, enroll] = await Promise.all([read(aliases.jobs), read(aliases.enroll)]);
  return { jobs, enroll };
}
