/** The embedded AWS through the real SDK clients. */
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateAliasCommand, CreateKeyCommand, GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, startAws } from '../../local/aws.ts';

let aws: Aws;
let sqs: SQSClient;
let events: EventBridgeClient;
let url: string;
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };

beforeAll(async () => {
  aws = await startAws({ dir: null, credentials });
  const config = { endpoint: aws.endpoint, region: aws.region, credentials, maxAttempts: 1 };
  sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  events = new EventBridgeClient(config);
  url = (await sqs.send(new CreateQueueCommand({ QueueName: 'q' }))).QueueUrl as string;
});

afterAll(() => aws.close());

describe('SQS', () => {
  it('gives back what was sent, hides it while it is worked on, and forgets it when it is deleted', async () => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'hello',
        MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } },
      }),
    );
    const received = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 1, MessageSystemAttributeNames: ['All'] }),
    );
    expect(received.Messages?.[0]).toMatchObject({ Body: 'hello', Attributes: { ApproximateReceiveCount: '1' } });
    expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }))).Messages).toBeUndefined();
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: received.Messages?.[0]?.ReceiptHandle }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(Attributes?.ApproximateNumberOfMessagesNotVisible).toBe('0');
  });

  it('wakes a long poll when a message is sent', async () => {
    const polled = sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }));
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'wake' }));
    const { Messages } = await polled;
    expect(Messages?.[0]?.Body).toBe('wake');
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: Messages?.[0]?.ReceiptHandle }));
  });

  it.each([
    [
      'a message of more than 1 MiB',
      () => new SendMessageCommand({ QueueUrl: url, MessageBody: 'x'.repeat(1_048_577) }),
      'InvalidParameterValue',
    ],
    ['a control character', () => new SendMessageCommand({ QueueUrl: url, MessageBody: '\u0000' }), 'InvalidMessageContents'],
    [
      'more than ten entries',
      () =>
        new SendMessageBatchCommand({
          QueueUrl: url,
          Entries: Array.from({ length: 11 }, (_, i) => ({ Id: `${i}`, MessageBody: 'x' })),
        }),
      'TooManyEntriesInBatchRequest',
    ],
    [
      'two entries of one id',
      () => new SendMessageBatchCommand({ QueueUrl: url, Entries: [1, 2].map(() => ({ Id: 'a', MessageBody: 'x' })) }),
      'BatchEntryIdsNotDistinct',
    ],
    [
      'a delay above 900 s',
      () => new SendMessageCommand({ QueueUrl: url, MessageBody: 'x', DelaySeconds: 901 }),
      'InvalidParameterValue',
    ],
    [
      'a retention above 14 days',
      () => new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { MessageRetentionPeriod: '1209601' } }),
      'InvalidAttributeValue',
    ],
    [
      'a queue name of more than 80 characters',
      () => new CreateQueueCommand({ QueueName: 'x'.repeat(81) }),
      'InvalidParameterValue',
    ],
    [
      'a queue that does not exist',
      () => new SendMessageCommand({ QueueUrl: `${aws.endpoint}/000000000000/none`, MessageBody: 'x' }),
      'QueueDoesNotExist',
    ],
  ])('refuses %s by its code', async (_what, command, code) => {
    const error = await sqs.send(command() as never).then(
      () => null,
      (thrown: Error & { Code?: string }) => thrown,
    );
    expect([error?.name, error?.Code]).toContain(code);
  });
});

describe('EventBridge', () => {
  it('delivers an event that a rule matches to a queue whose policy lets that rule in, and to no other', async () => {
    await events.send(new CreateEventBusCommand({ Name: 'bus' }));
    const rule = await events.send(
      new PutRuleCommand({
        EventBusName: 'bus',
        Name: 'r',
        EventPattern: JSON.stringify({ detail: { tag: [{ wildcard: 'salt/*/start' }] } }),
      }),
    );
    const arn = 'arn:aws:sqs:us-east-1:000000000000:q';
    await events.send(new PutTargetsCommand({ EventBusName: 'bus', Rule: 'r', Targets: [{ Id: '1', Arn: arn }] }));
    const put = (tag: string) =>
      events.send(
        new PutEventsCommand({
          Entries: [{ EventBusName: 'bus', Source: 'x', DetailType: 'y', Detail: JSON.stringify({ tag: [tag] }) }],
        }),
      );
    await put('salt/a/start');
    expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }))).Messages).toBeUndefined();
    const policy = {
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arn,
          Condition: { ArnEquals: { 'aws:SourceArn': rule.RuleArn } },
        },
      ],
    };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy: JSON.stringify(policy) } }));
    await put('salt/a/stop');
    await put('salt/b/start');
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 1 }));
    expect(JSON.parse(Messages?.[0]?.Body ?? '{}')).toMatchObject({ source: 'x', detail: { tag: ['salt/b/start'] } });
  });

  const entry = { EventBusName: 'bus', Source: 's', DetailType: 't', Detail: '{}' };
  it.each([
    [
      'more than ten entries',
      () => new PutEventsCommand({ Entries: Array.from({ length: 11 }, () => entry) }),
      'ValidationException',
    ],
    [
      '1 MB in one request',
      () => new PutEventsCommand({ Entries: [{ ...entry, Detail: JSON.stringify({ x: 'y'.repeat(1_048_576) }) }] }),
      'ValidationException',
    ],
    [
      'a pattern of more than 2,048 characters',
      () =>
        new PutRuleCommand({ EventBusName: 'bus', Name: 'long', EventPattern: JSON.stringify({ source: ['x'.repeat(2048)] }) }),
      'LimitExceededException',
    ],
    [
      'a wildcard rule that is too complex',
      () =>
        new PutRuleCommand({
          EventBusName: 'bus',
          Name: 'wild',
          EventPattern: JSON.stringify({ source: [{ wildcard: '*:*:*:*:*:event-bus/*' }] }),
        }),
      'InvalidEventPatternException',
    ],
    [
      'two stars in a row',
      () =>
        new PutRuleCommand({
          EventBusName: 'bus',
          Name: 'stars',
          EventPattern: JSON.stringify({ source: [{ wildcard: 'a**b' }] }),
        }),
      'InvalidEventPatternException',
    ],
    [
      'a sixth target',
      () =>
        new PutTargetsCommand({
          EventBusName: 'bus',
          Rule: 'r',
          Targets: ['2', '3', '4', '5', '6'].map((Id) => ({ Id, Arn: 'arn:aws:sqs:us-east-1:000000000000:q' })),
        }),
      'LimitExceededException',
    ],
  ])('refuses %s by its code', async (_what, command, code) => {
    await expect(events.send(command() as never)).rejects.toMatchObject({ name: code });
  });

  it('takes thirty rules with wildcards and refuses the next', async () => {
    await events.send(new CreateEventBusCommand({ Name: 'wild' }));
    const put = (i: number) =>
      events.send(
        new PutRuleCommand({
          EventBusName: 'wild',
          Name: `w${i}`,
          EventPattern: JSON.stringify({ source: [{ wildcard: `a*${i}` }] }),
        }),
      );
    for (let i = 0; i < 30; i += 1) await put(i);
    await expect(put(30)).rejects.toMatchObject({ name: 'LimitExceededException' });
  });

  it('answers for each entry: a source of AWS is refused, the others go in', async () => {
    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({ Entries: [entry, { ...entry, Source: 'aws.x' }, { ...entry, Detail: 'no' }] }),
    );
    expect(FailedEntryCount).toBe(2);
    expect(Entries?.map((item) => item.ErrorCode)).toEqual([undefined, 'NotAuthorizedForSourceException', 'MalformedDetail']);
  });
});

it('signs with a key whose policy names the signer', async () => {
  const kms = new KMSClient({ endpoint: aws.endpoint, region: aws.region, credentials });
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/brine-jobs', TargetKeyId: KeyMetadata?.KeyId }));
  const signed = await kms.send(
    new SignCommand({
      KeyId: 'alias/brine-jobs',
      Message: Buffer.from('x'),
      SigningAlgorithm: 'ECDSA_SHA_256',
      MessageType: 'RAW',
    }),
  );
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: 'alias/brine-jobs' }));
  const { createPublicKey, verify } = await import('node:crypto');
  const key = createPublicKey({ key: Buffer.from(PublicKey as Uint8Array), format: 'der', type: 'spki' });
  expect(verify('sha256', Buffer.from('x'), key, signed.Signature as Uint8Array)).toBe(true);
});

it('keeps items', async () => {
  const dynamo = new DynamoDBClient({ endpoint: aws.endpoint, region: aws.region, credentials });
  await dynamo.send(
    new CreateTableCommand({
      TableName: 'items',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
  const put = () =>
    dynamo.send(
      new PutItemCommand({ TableName: 'items', Item: { pk: { S: 'a' } }, ConditionExpression: 'attribute_not_exists(pk)' }),
    );
  await put();
  await expect(put()).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
});

it('believes a signature alone', async () => {
  const sts = (secretAccessKey: string, accessKeyId = credentials.accessKeyId) =>
    new STSClient({ endpoint: aws.endpoint, region: aws.region, credentials: { accessKeyId, secretAccessKey } });
  expect((await sts(credentials.secretAccessKey).send(new GetCallerIdentityCommand({}))).Account).toBe('000000000000');
  await expect(sts('wrong').send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  await expect(sts('x', 'AKIANOBODY').send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'InvalidClientTokenId',
  });
  expect((await fetch(aws.endpoint, { headers: { origin: 'http://evil' } })).status).toBe(403);
  expect((await fetch(aws.endpoint, { method: 'POST', body: 'null' })).status).toBe(403);
});
