/** KMS and STS: the roots that sign, and the credentials of one host's queue. */
import { createPublicKey, verify } from 'node:crypto';
import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect } from 'vitest';
import { createCredentialIssuer } from '../../aws/credentials.ts';
import { rolePolicy, rolesOf, trustPolicy } from '../../aws/roles.ts';
import { createRoot, readRoots } from '../../aws/roots.ts';
import { fromBase64Url } from '../../trust/transcript.ts';
import { type Clients, codesOf, contract } from './endpoints.ts';

contract('the ports Root, Roots and CredentialIssuer', ({ it }) => {
  it('what a root signs, its public half verifies, and the other root’s does not', async (to) => {
    const aliases = { jobs: `alias/${to.unique}-jobs`, enroll: `alias/${to.unique}-enroll` };
    for (const AliasName of Object.values(aliases)) {
      const { KeyMetadata } = await to.kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
      await to.kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyMetadata?.KeyId }));
    }
    const message = new TextEncoder().encode('a certificate');
    const signature = await createRoot(to.kms, aliases.jobs).sign(message);
    const roots = await readRoots(to.kms, aliases);
    const holds = (key: string | undefined) =>
      verify(
        'sha256',
        message,
        createPublicKey({ key: Buffer.from(fromBase64Url(key ?? '') ?? []), format: 'der', type: 'spki' }),
        signature,
      );
    expect(holds(roots.jobs[0])).toBe(true);
    expect(holds(roots.enroll[0])).toBe(false);
  });

  const issued = async (to: Clients, mq: string) => {
    const enroll = `${to.parts.name}-enroll`;
    for (const role of to.embedded ? rolesOf(to.parts) : []) {
      const policies = new Map([['brine', JSON.stringify(rolePolicy(role))]]);
      to.embedded?.services.iam.access.roles.set(role.name, { trust: JSON.stringify(trustPolicy(role)), policies });
    }
    const session = to.embedded?.services.sts.open(enroll, 'contract', { seconds: 900 });
    const sts = session ? new STSClient({ ...to.config, credentials: session }) : to.sts;
    const given = await createCredentialIssuer(sts, to.parts).issue(`${to.parts.name}-m-${mq}`);
    const config = { ...to.config, maxAttempts: 1, useQueueUrlAsEndpoint: false };
    return { given, sqs: new SQSClient({ ...config, credentials: { ...given, expiration: new Date(given.expires) } }) };
  };
  const queue = async (to: Clients, mq: string) =>
    (await to.sqs.send(new CreateQueueCommand({ QueueName: `${to.parts.name}-m-${mq}` }))).QueueUrl as string;

  it('the credentials last an hour at most, and receive and delete on that queue', async (to) => {
    const QueueUrl = await queue(to, 'mine');
    await to.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    const { given, sqs } = await issued(to, 'mine');
    expect(given.expires - Date.now()).toBeGreaterThan(3_000_000);
    expect(given.expires - Date.now()).toBeLessThanOrEqual(3_605_000);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(Messages?.[0]?.Body).toBe('x');
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages?.[0]?.ReceiptHandle }));
  });

  it(
    'another host’s queue, sending, and any other service are closed to them',
    async (to) => {
      const [mine, other] = [await queue(to, 'first'), await queue(to, 'second')];
      const { sqs, given } = await issued(to, 'first');
      const denied = expect.stringContaining('AccessDenied');
      expect(await codesOf(sqs.send(new ReceiveMessageCommand({ QueueUrl: other })))).toContainEqual(denied);
      expect(await codesOf(sqs.send(new SendMessageCommand({ QueueUrl: mine, MessageBody: 'x' })))).toContainEqual(denied);
      const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
      const credentials = { ...given, expiration: new Date(given.expires) };
      const events = new EventBridgeClient({ ...to.config, credentials });
      const entry = { Source: 'brine.minion', DetailType: 'x', Detail: '{}' };
      expect(await codesOf(events.send(new PutEventsCommand({ Entries: [entry] })))).toContainEqual(denied);
    },
    'session policy',
  );

  it(
    'a request is believed by its signature alone',
    async (to) => {
      const sts = (secretAccessKey: string, accessKeyId: string) =>
        new STSClient({ ...to.config, credentials: { accessKeyId, secretAccessKey } });
      const { accessKeyId } = await to.sts.config.credentials();
      expect((await to.sts.send(new GetCallerIdentityCommand({}))).Account).toBe(to.parts.account);
      const ask = new GetCallerIdentityCommand({});
      expect(await codesOf(sts('wrong', accessKeyId).send(ask))).toContain('SignatureDoesNotMatch');
      expect(await codesOf(sts('x', 'AKIANOBODY').send(ask))).toContain('InvalidClientTokenId');
    },
    'signatures',
  );
});
