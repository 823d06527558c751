/** Credentials for one host's queue: AssumeRole for an hour, narrowed by session policy and by the tag that the role's own policy names. */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { CredentialIssuer } from '../core/ports.ts';
import { sessionPolicy } from './roles.ts';
import { roleArn, type StackParts } from './topology.ts';

export function createCredentialIssuer(client: STSClient, parts: StackParts): CredentialIssuer {
  const prefix = `${parts.name}-m-`;
  return {
    async issue(queue) {
      const mq = queue.slice(prefix.length);
      const { Credentials: given } = await client.send(
        new AssumeRoleCommand({
          RoleArn: roleArn(parts, `${parts.name}-minion`),
          RoleSessionName: mq,
          DurationSeconds: 3600,
          Policy: sessionPolicy(parts, queue),
          Tags: [{ Key: 'mq', Value: mq }],
        }),
      );
      return {
        accessKeyId: given?.AccessKeyId ?? '',
        secretAccessKey: given?.SecretAccessKey ?? '',
        sessionToken: given?.SessionToken ?? '',
        expires: given?.Expiration?.getTime() ?? 0,
      };
    },
  };
}
